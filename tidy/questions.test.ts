import { expect, test } from 'vitest'
import { presets } from '../model/machine/platform.js'
import { show } from './finding.js'
import { type Presets, questions } from './questions.js'
import { readRepository } from './repository.js'

const platform: Presets = {
  'linux-7.2': { drain: 'both', ats: false, backings: ['separate'] },
  'tdx-reading': { drain: 'both', ats: true, backings: ['separate', 'in-place'] },
}
const table = [
  '| parameter | linux-7.2 | tdx-reading |',
  '| --- | --- | --- |',
  '| `drain` | both | both |',
  '| `ats` | false | true |',
  '| `backings` | separate | both |',
]
const entries = ['', 'Parameter `drain`: `none` | `both`.', 'Parameter `ats`: yes | no.', 'Parameter `backings`: any.']
const report = (lines: readonly string[]) =>
  questions([{ path: 'spec/questions.md', text: lines.join('\n') }], platform).map(show)
const replaced = (line: string, by: string) => [...table, ...entries].map((one) => (one === line ? by : one))

test('the tables of spec/questions.md say what the presets are', () => {
  expect(questions(readRepository(), presets).map(show)).toEqual([])
})

test('tables that agree with the presets pass, and other tables are not compared', () => {
  const other = ['| design | drain |', '| --- | --- |', '| pin-all | none |', '']
  expect(report([...other, ...table, ...entries])).toEqual([])
})

test('a value that the preset does not have is reported with its line', () => {
  expect(report(replaced('| `ats` | false | true |', '| `ats` | true | true |'))).toEqual([
    'spec/questions.md:4: ats in linux-7.2 is true; platform: false',
  ])
  expect(report(replaced('| `backings` | separate | both |', '| `backings` | both | both |'))).toHaveLength(1)
})

test('a field or a preset that the platform does not have is reported once', () => {
  expect(report([...table, '| `faultCollapse` | false | true |', ...entries])).toEqual([
    'spec/questions.md:6: the platform has no field faultCollapse',
  ])
  expect(report(replaced(table[0] ?? '', '| parameter | linux-7.3 | tdx-reading |'))).toContain(
    'spec/questions.md:3: no preset is called linux-7.3',
  )
})

test('a field without a row, and one with two, is reported', () => {
  expect(report(replaced('| `ats` | false | true |', '| `drain` | both | both |'))).toEqual([
    'spec/questions.md:4: drain has 2 rows; expected one',
    'spec/questions.md:1: ats has 0 rows; expected one',
  ])
})

test('a field whose values nothing explains is reported', () => {
  expect(report(replaced('Parameter `drain`: `none` | `both`.', ''))).toEqual([
    'spec/questions.md:3: nothing says what the values of drain stand for: no "Parameter `drain`:"',
  ])
})

test('a file that is gone is reported', () => {
  expect(questions([], platform).map(show)).toEqual(['spec/questions.md:1: missing'])
})
