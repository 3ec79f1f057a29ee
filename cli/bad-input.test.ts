import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { maxThreads } from '../checker/control/counters.js'
import { maxCompressedStates } from '../checker/memory/store-memory.js'
import { run } from './program.js'
import { fakeIo } from './testing/fake-io.js'

/** Runs a command line that is refused: status 2, nothing on stdout, no stack. @returns the message */
async function refused(...words: string[]): Promise<string> {
  const io = fakeIo()
  const status = await run(words, io)
  const { out, err } = io.said()
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toMatch(/^dmaproof: /)
  expect(err).not.toMatch(/\n\s+at /)
  return err
}

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** A trace as check saves it. */
async function savedTrace(): Promise<string> {
  const save = join(folder, 'traces')
  const words = [
    'check',
    'pin-all',
    '--property',
    'no-stale-frame',
    '--scope',
    'backing=separate',
    '--jobs',
    '0',
    '--save',
    save,
  ]
  await run(words, fakeIo())
  return readFileSync(join(save, readdirSync(save)[0] ?? ''), 'utf8')
}
const trace = await savedTrace()

test.each<[string, string[], string]>([
  ['design', ['check', 'on-demand-5k'], 'design: unknown name "on-demand-5k"; did you mean on-demand-4k?'],
  ['property', ['check', 'pin-all', '--property', 'no-stale'], '"no-stale"; did you mean no-stale-frame?'],
  ['preset', ['check', 'pin-all', '--platform', 'linux-7.1'], '"linux-7.1"; did you mean linux-7.2'],
  ['platform field', ['check', 'pin-all', '--platform', 'linux-7.2 drian=none'], '"drian"; did you mean drain?'],
  ['platform value', ['check', 'pin-all', '--platform', 'linux-7.2 drain=no'], '--platform drain: found "no"'],
  ['scope field', ['check', 'pin-all', '--scope', 'pags=4'], '--scope: unknown name "pags"; did you mean pages?'],
  ['driver', ['check', 'pin-all', '--driver', 'x'], 'expected one of type1v2, iommufd, all'],
  ['part', ['check', 'pin-all', '--parts', 'tlb'], '--parts: unknown name "tlb"; did you mean deviceTlb?'],
  ['configuration', ['check', 'pin-all', '--configuration', 'device-tlb'], '"device-tlb"; did you mean device TLB?'],
  ['lock', ['check', 'pin-all', '--lock', 'maybe'], 'Allowed choices are vm, none.'],
  ['option', ['check', 'pin-all', '--rnus', '3'], "unknown option '--rnus'\n(Did you mean --runs?)"],
  ['command', ['chekc'], "unknown command 'chekc'\n(Did you mean check?)"],
  [
    'list',
    ['list', 'things'],
    'Allowed choices are designs, properties, rules, platforms, configurations, bugs, formats, commands,',
  ],
  ['name to explain', ['explain', 'drian'], 'unknown name "drian"; did you mean drain or drains or drawn?'],
  ['bug', ['bugs', 'Q01', 'T99'], 'bugs: unknown name "T99"; did you mean T01'],
])('an unknown %s is named, with what may have been meant', async (_, words, message) => {
  expect(await refused(...words)).toContain(message)
})

test.each([
  ['pages=3', '--scope: scope.pages: found 3, expected a multiple of pagesPerSuperpage (2)'],
  ['pages=0', '--scope pages: found 0; Too small'],
  ['pages', '--scope: found "pages", expected pages=VALUE'],
  ['pages=2=3', '--scope: found "pages=2=3", expected pages=VALUE'],
  ['pages=2,pages=4', '--scope: "pages" stands here twice'],
  ['backing=sideways', '--scope backing: found sideways; Invalid option'],
  ['frames=pool,pages=128', '--scope: scope.frames: found pool, expected page, for a guest of more than 64 pages'],
])('the scope %s cannot be', async (scope, message) => {
  expect(await refused('check', 'pin-all', '--scope', scope)).toContain(message)
})

test('a platform whose field has two values is refused', async () => {
  const message = await refused('check', 'pin-all', '--platform', 'linux-7.2 drain=none drain=both')
  expect(message).toContain('--platform: "drain" stands here twice')
})

test.each([
  ['--runs', 'many', 'Found "many", expected a whole number from 1'],
  ['--runs', '0', 'Found "0", expected a whole number from 1'],
  ['--seed', '1.5', 'Found "1.5", expected a whole number'],
  ['--time', '-3', 'Found "-3", expected seconds above 0'],
  ['--time', '10000000', 'Found "10000000", expected seconds above 0 and up to 1000000'],
])('%s %s is no number that fits', async (option, value, message) => {
  expect(await refused('check', 'pin-all', option, value)).toContain(message)
})

test.each([
  ['--states', maxCompressedStates],
  ['--workers', maxThreads],
])('explore takes %s up to what the search has room for, and says how many', async (option, most) => {
  const message = `expected a whole number from 1 to ${most}.`
  expect(await refused('explore', 'b1', option, String(most + 1))).toContain(message)
})

test('explore --random: a design that its platform does not allow is no internal error', async () => {
  const words = ['explore', 'fd-offset', '--platform', 'linux-6.12', '--random']
  expect(await refused(...words)).toContain('none of the machines can be: Linux 6.12 has no map by file and offset.')
})

test('a command without its design says what is missing', async () => {
  expect(await refused('check')).toContain("missing required argument 'design'")
})

for (const command of ['replay', 'minimise']) {
  test(`${command}: a file that is not there`, async () => {
    expect(await refused(command, join(folder, 'nowhere'))).toContain('nowhere: there is no such file; give the path')
  })

  test(`${command}: a folder instead of a file`, async () => {
    expect(await refused(command, folder)).toContain(`${folder}: found a folder, expected a file`)
  })

  test.each([
    ['an empty file', '', ':1: the file is empty; expected a trace header'],
    ['a file of another kind', 'hello\n', ':1: not a trace header: found a line that is not JSON'],
    ['a trace cut off between lines', `${trace.split('\n').slice(0, 3).join('\n')}\n`, ':3: found 2 steps, expected 4'],
    ['a trace cut off inside a line', trace.slice(0, -30), ':5: found a line that is not JSON'],
    ['a trace of another model', trace.replace(/"model":\d+/, '"model":99'), ':1: the trace is from model 99, this is'],
    [
      'a trace of another format',
      trace.replace(/"format":\d+/, '"format":99'),
      ':1: the trace is of format 99, this reads',
    ],
    [
      'a trace of a design that is not known',
      trace.replace('"pin-all"', '"mine"'),
      'If it is your own, name the module that exports it',
    ],
    [
      'a trace of an unknown property',
      trace.replace('no-stale-frame', 'no-stale'),
      '"no-stale"; did you mean no-stale-frame?',
    ],
    [
      'an action that does not exist',
      trace.replace('shmem.punch-hole', 'shmem.drill'),
      'no action is called "shmem.drill"',
    ],
  ])(`${command}: %s`, async (name, text, message) => {
    expect(await refused(command, file(`${command} ${name}`, text))).toContain(message)
  })
}

test('replay: an action that is not enabled names its line and what is enabled', async () => {
  const lines = trace.split('\n')
  const text = [lines[0]?.replace('"steps":4', '"steps":3'), ...lines.slice(2)].join('\n')
  const message = await refused('replay', file('not enabled', text))
  expect(message).toContain(':2: the recorded action is not enabled here\n  recorded  lock.acquire')
})

test('minimise: a trace that violates nothing', async () => {
  const lines = trace.split('\n')
  const text = `${[lines[0]?.replace('"steps":4', '"steps":1'), lines[1]].join('\n')}\n`
  expect(await refused('minimise', file('harmless', text))).toContain('without a violation of no-stale-frame')
})
