import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as spec from '../spec/index.js'
import { makeLitmus } from './litmus.js'
import { runLitmus } from './run.js'

const folder = new URL('cases/', import.meta.url)
const cases = readdirSync(folder).sort()

describe.each(cases)('the public report behind %s', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8')

  test('has the verdict that its file says', () => {
    const made = makeLitmus(text)
    if (!made.ok) throw new Error(JSON.stringify(made))
    const { observation, cut } = runLitmus(made.value)
    expect([observation, cut]).toEqual([/Result: (\w+) \*\)/.exec(text)?.[1], undefined])
  })

  test('names its source, and only rules that there are', () => {
    expect(text).toMatch(/^DMA [\w-]+\n\(\*[^*]+\n {3}Source: [^\n]+\.\n/)
    const known = new Set<string>(Object.values(spec).map(({ id }) => id))
    const named = /Rules: ([^*]*?)\.\n/.exec(text)?.[1]?.split(/,\s+/) ?? []
    expect(named.filter((id) => !known.has(id))).toEqual([])
    expect(`DMA ${name.replace(/\.litmus$/, '')}`).toBe(text.split('\n')[0])
  })
})
