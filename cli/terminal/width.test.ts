/** @module-tag long */
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mailWidth } from '../../report/columns/wrap.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import { explainedNames } from '../commands/explain.js'
import { listNames } from '../commands/list.js'
import { assemble, run } from '../program.js'
import { runBuilt, type Said } from '../testing/built.js'
import { fakeIo } from '../testing/fake-io.js'

/** Lines for machines: a saved trace, herd's answer, a cell of a plan. */
const isForMachines = (line: string): boolean => /^(\{|Observation |\S+\t)/.test(line)

/** Lines that are too long for a mail and have a blank at which they could be broken. */
const tooLong = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.length > mailWidth && !isForMachines(line))
    .filter((line) => line.replace(/ \\$/, '').trim().includes(' '))

const program = await assemble(fakeIo(), () => undefined)

const wordsOf = (command: Command): string[] =>
  command.parent === null ? [] : [...wordsOf(command.parent), command.name()]

const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)]

/** The lines of what a command prints where no terminal shows it that are too long, each behind the command. */
async function longLines(words: readonly string[]): Promise<string[]> {
  const io = fakeIo({ isTerminal: false })
  const status = await run(words, io)
  return longIn(words, status, io.said().out)
}

/** The same of many lines that one assembly of the commands parses. */
async function longLinesOf(lines: readonly (readonly string[])[]): Promise<string[]> {
  const io = fakeIo({ isTerminal: false })
  let status = -1
  const commands = await assemble(io, (given) => {
    status = given
  })
  const found: string[] = []
  for (const words of lines) {
    const before = io.said().out.length
    status = -1
    await commands.parseAsync(words, { from: 'user' })
    found.push(...longIn(words, status, io.said().out.slice(before)))
  }
  return found
}

function longIn(words: readonly string[], status: number, out: string): string[] {
  const found = tooLong(out).map((line) => `${words.join(' ')}: ${line}`)
  return status === 0 && out !== '' ? found : [`${words.join(' ')}: status ${status}, ${out.length} characters`]
}

const allLong = async (lines: readonly (readonly string[])[]): Promise<string[]> =>
  (await Promise.all(lines.map(longLines))).flat()

test('a line that could be broken is reported; a long path, a continued one, and a line for machines are none', () => {
  const path = `/${'x'.repeat(90)}`
  const excused = [
    'short',
    `  ${path}`,
    `    ${path} \\`,
    `{"a": "${path} b"}`,
    `Observation ${path} b`,
    `key\t${path} b`,
  ]
  expect(tooLong([...excused, `kept in ${path}`].join('\n'))).toEqual([`kept in ${path}`])
})

/** Lines of a help that would be folded, and behind which its paragraph continues: it would be ragged. */
const ragged = (text: string): string[] => {
  const lines = text.split('\n')
  return lines.filter((line, at) => line.length > 80 && /^\S/.test(line) && /^(\S| +\d)/.test(lines[at + 1] ?? ''))
}

test('a paragraph of a help is one line, which folds as a whole; one that is broken is reported', async () => {
  const line = 'x'.repeat(81)
  expect(ragged(`${line}\ncontinues\n\n${line}\n  2 bad input\n\n${line}\n\nends\n  ${line}\n`)).toEqual([line, line])
  for (const command of commandsOf(program)) {
    const io = fakeIo({ isTerminal: true })
    await run([...wordsOf(command), '--help'], io)
    expect([command.name(), ...ragged(io.said().out)]).toEqual([command.name()])
  }
})

describe('where no terminal shows it, no line is too long for a mail in', () => {
  test('the help of every command', async () => {
    const helps = commandsOf(program).map((command) => [...wordsOf(command), '--help'])
    expect(helps.length).toBeGreaterThan(20)
    expect(await allLong(helps)).toEqual([])
  })

  test('every list', async () => {
    expect(await allLong([...listNames.map((name) => ['list', name]), ['bugs'], ['linux', 'list']])).toEqual([])
  })

  test('what explain says of every word', async () => {
    const words = explainedNames(builtIn, program)
    expect(words.length).toBeGreaterThan(1000)
    expect(await longLinesOf(words.map((word) => ['explain', word]))).toEqual([])
  }, 240_000)
})

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-width-'))
afterAll(() => rmSync(folder, { recursive: true }))
// by a short path, wherever this repository is: what a command line of the user's has is printed as it is
symlinkSync(resolve('examples'), join(folder, 'examples'))
const target = 'python3 examples/page_table.py wrong-cursor'
const few = ['--runs', '300', '--configuration', 'plain']

/** Reports of commands that save what others read; `report.test.ts` has those of `explore` and `litmus`. */
const reports: Readonly<Record<string, readonly string[]>> = {
  bugs: ['bugs', 'Q01'],
  check: ['check', 'pin-all', ...few, '--stats', '--save', 'traces'],
  'check, its plan': ['check', 'pin-all', ...few, '--plan', '--results', 'results'],
  conform: ['conform', target, '--interface', 'page-table', '--runs', '100', '--save', 'conformance'],
}

const files = (name: string): string[] => readdirSync(join(folder, name)).map((file) => join(name, file))

/** What reads what those have saved. */
const rereads: Readonly<Record<string, () => readonly string[]>> = {
  'replay of many': () => ['replay', ...files('traces'), ...files('conformance')],
}

describe('nor in a report of', () => {
  const said = new Map<string, Said>()
  beforeAll(async () => {
    for (const [name, words] of Object.entries(reports)) said.set(name, await runBuilt(folder, words))
    for (const [name, words] of Object.entries(rereads)) said.set(name, await runBuilt(folder, words()))
  }, 300_000)

  test.each([...Object.keys(reports), ...Object.keys(rereads)])('%s', (name) => {
    const { status, out = '', err } = said.get(name) ?? {}
    expect({ name, status, err }).toEqual({ name, status: expect.toSatisfy((one) => one === 0 || one === 1), err })
    expect(out.length).toBeGreaterThan(10)
    expect(tooLong(out)).toEqual([])
  })
})
