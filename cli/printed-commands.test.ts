import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onOneLine } from './testing/on-one-line.js'
import { imports, OwnProject, ownDesign, type Ran } from './testing/own-project.js'

const mine = `${imports}export const mine = ${ownDesign('mine')}\n`
const own = new OwnProject({ 'v1.mjs': mine, 'v 2.mjs': mine })
afterAll(() => own.remove())

/** The words of the command that a report prints behind some words, as a shell takes them. */
function printed(text: string | undefined, behind: string): string[] {
  const [, line = ''] = new RegExp(`${behind} dmaproof (.*)`).exec(onOneLine(text)) ?? []
  return (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''))
}

const check = ['check', 'mine', '--runs', '60', '--configuration', 'plain', '--property', 'conversion-ends']
const compare = ['compare', '--design', 'mine', '--random', '--runs', '2', '--jobs', '0', '--save', 'compared']
const traces = join(own.folder, '.dmaproof/traces')

describe('a command that is printed works when it is pasted, with two modules that export one name:', () => {
  let said: Ran[] = []
  beforeAll(() => {
    said = own.ran(
      [...check, '--jobs', '0', '--designs', 'v1.mjs'],
      [...check, '--jobs', '0', '--designs', 'v 2.mjs'],
      [...check, '--jobs', '0', '--designs', 'v1.mjs'],
      [...compare, '--designs', 'v 2.mjs'],
    )
  }, 120_000)

  test('each module has a kept trace of its own, and the first is found again by the module that made it', () => {
    expect(readdirSync(traces)).toHaveLength(2)
    expect(said.map(({ err }) => err)).toEqual(['', '', '', ''])
    expect(said.slice(0, 3).map(({ out }) => onOneLine(out).includes('found before, and there again'))).toEqual([
      false,
      false,
      true,
    ])
    expect(printed(said[2]?.out, 'replay:').slice(0, 4)).toEqual(printed(said[0]?.out, 'replay:').slice(0, 4))
  })

  test('the replay of each counterexample', () => {
    const commands = [said[0]?.out, said[1]?.out].map((text) => printed(text, 'replay:').slice(0, 4))
    expect(commands.map((words) => words.slice(2))).toEqual([
      ['--designs', 'v1.mjs'],
      ['--designs', 'v 2.mjs'],
    ])
    expect(own.ran(...commands).map(({ status }) => status)).toEqual([1, 1])
  })

  test('the example of a comparison', () => {
    const words = printed(said[3]?.out, 'replay:').slice(0, 4)
    expect(words).toEqual(['replay', expect.stringMatching(/^compared/), '--designs', 'v 2.mjs'])
    expect(own.ran(words)[0]).toMatchObject({ status: 1, err: '' })
  })

  test('the search that takes the place of a trace which does not replay', () => {
    const path = join(traces, readdirSync(traces)[0] ?? '')
    const text = readFileSync(path, 'utf8')
    const [, module = ''] = /"designs":\["(.*?)"\]/.exec(text) ?? []
    writeFileSync(join(own.folder, 'old.ndjson'), text.replace('"outcome":"ok"', '"outcome":"EINVAL"'))
    const [replayed] = own.ran(['replay', 'old.ndjson', '--designs', module])
    expect(replayed).toMatchObject({ status: 2, out: '' })
    const words = printed(replayed?.err, 'Search again:')
    expect(words).toEqual([
      'check',
      'mine',
      '--driver',
      'type1v2',
      '--property',
      'conversion-ends',
      '--designs',
      module,
    ])
    expect(own.ran([...words, '--time', '5', '--jobs', '0'])[0]).toMatchObject({ status: 1, err: '' })
  }, 60_000)
})
