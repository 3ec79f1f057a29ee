import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as spec from '../spec/index.js'
import { makeLitmus } from './litmus.js'
import { runLitmus } from './run.js'

const folder = new URL('architectures/', import.meta.url)
const files = readdirSync(folder).flatMap((architecture) =>
  readdirSync(new URL(`${architecture}/`, folder)).map((name) => `${architecture}/${name}`),
)

test('an architecture has ten litmus tests of its own, or more', () => {
  for (const architecture of readdirSync(folder)) {
    expect(files.filter((file) => file.startsWith(`${architecture}/`)).length).toBeGreaterThanOrEqual(10)
  }
})

describe.each(files)('%s', { tags: 'long' }, (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8')

  test('has the verdict that its file says, on its architecture', () => {
    const made = makeLitmus(text)
    if (!made.ok) throw new Error(JSON.stringify(made))
    const { observation, cut } = runLitmus(made.value)
    expect([observation, cut]).toEqual([/Result: (\w+) \*\)/.exec(text)?.[1], undefined])
    expect(text).toMatch(new RegExp(`^platform ${file.split('/')[0]}( |$)`, 'm'))
  })

  test('names its source, and only rules that there are', () => {
    const known = new Set<string>(Object.values(spec).map(({ id }) => id))
    const named = /Rules: ([^*]*?)\.\n/.exec(text)?.[1]?.split(/,\s+/) ?? []
    expect([named.length > 0, named.filter((id) => !known.has(id))]).toEqual([true, []])
    expect(text).toMatch(/\n {3}Source: [^\n]+\.\n/)
    expect(`DMA ${file.replace(/^.*\/|\.litmus$/g, '')}`).toBe(text.split('\n')[0])
  })
})
