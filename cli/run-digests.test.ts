/** @module-tag long */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { planted } from '../bugs/bug.js'
import { configurationOf, huntQuestion } from '../bugs/hunt.js'
import { bugs } from '../bugs/index.js'
import { onDemand4k } from '../designs/on-demand-4k.js'
import { relation } from '../model/actions/relation.js'
import { type Property, properties } from '../properties/index.js'
import { noStaleFrame } from '../properties/reach.js'
import { golden } from '../report/testing/golden.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { type Configuration, configurations } from '../search/check/configurations.js'
import { machineIn } from '../search/check/machines.js'
import type { MachineConfigInput } from '../search/machine-config.js'
import { machines } from '../search/testing/coverage-machines.js'
import { digestOf, firstBroken, type RunDigest } from '../search/testing/run-digest.js'

const file = new URL('golden/run-digests.txt', import.meta.url)

afterEach(() => vi.restoreAllMocks())

/** A machine by what it is given beyond the defaults. */
function nameOf({ design, driver, platform, scope, parts = [] }: MachineConfigInput): string {
  const fields = Object.entries(scope ?? {}).map(([field, value]) => `${field}=${value}`)
  return [design, driver, platform, fields.join(' '), ...parts.map((part) => `with ${part}`)].join(' · ')
}

const runsOf = (setup: MachineConfigInput) => digestOf(setup, { seed: 1, runs: 3, length: 80 })

const linesOf = ({ steps, digest, broken }: RunDigest, which = '') => [
  `  ${which}${steps} steps, ${digest}`,
  ...broken.map((one) => `  ${one}`),
]

/** The configurations of `check`, which has parts and bounds on that no design asks for. */
function configured(driver: string, where: Configuration): readonly (readonly [string, MachineConfigInput])[] {
  const question = { design: onDemand4k, driver, backing: 'separate', scope: {}, platform: 'linux-7.2' } as const
  const machine = machineIn({ ...question, parts: [], properties: properties.map(({ name }) => name) }, where)
  return machine === undefined ? [] : [[`on-demand-4k · ${driver} · configuration ${where.name}`, machine.setup]]
}

const found = new Map<string, string>()
const ofCoverage = machines().map((setup) => [nameOf(setup), setup] as const)
const ofCheck = configurations
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  .flatMap((where) => ['type1v2', 'iommufd'].flatMap((driver) => configured(driver, where)))

/** Keeps what was found first: a mutant of the rules has a test run again. */
function check(name: string, lines: string): void {
  if (!found.has(name)) found.set(name, lines)
  if (process.env.DMAPROOF_UPDATE !== '1') expect(golden(file, '').includes(lines) ? '' : lines).toBe('')
}

describe.each([
  ['a machine of the coverage tests', ofCoverage],
  ['a configuration of check', ofCheck],
] as const)('the same seed takes the same runs, and properties say the same of them: %s', (_, named) => {
  test.each(named)('%s', (name, setup) => check(name, [name, ...linesOf(runsOf(setup)), ''].join('\n')))
})

describe('the same run is the first that shows a bug', () => {
  test.each(bugs.map((bug) => [bug.id, bug] as const))('%s', (id, bug) => {
    const { design, driver } = planted(bug)
    const machine = machineIn(huntQuestion(bug, { design, driver }, [bug.breaks]), configurationOf(bug))
    const property = properties.find(({ name }) => name === bug.breaks)
    if (machine === undefined || property === undefined) throw new Error(`${bug.breaks} is not judged for ${id}`)
    const seed = firstBroken(property, machine.setup, withDesigns(design), { seed: 1, runs: 400, length: 120 })
    const run = seed < 0 ? undefined : digestOf(machine.setup, { seed, runs: 1, length: 120 }, withDesigns(design))
    check(
      id,
      [`bug ${id}`, ...(run === undefined ? ['  not in 400 runs'] : linesOf(run, `run ${seed}, `)), ''].join('\n'),
    )
  })
})

test('the golden file has these machines and bugs in their order, and no others', () => {
  const names = [...[...ofCoverage, ...ofCheck].map(([name]) => name), ...bugs.map(({ id }) => id)]
  const text = names.map((name) => found.get(name)).join('')
  expect(text).toBe(golden(file, text))
})

test('a digest tells when a row does less, and when a property sees less', () => {
  const [[, setup]] = ofCoverage
  const before = runsOf(setup)
  vi.spyOn(relation['mm.pin-page'], 'apply').mockReturnValueOnce()
  expect(runsOf(setup).digest).not.toBe(before.digest)
  vi.restoreAllMocks()
  vi.spyOn(noStaleFrame as Required<Property>, 'holdsAt').mockReturnValue(true)
  expect(runsOf(setup).digest).not.toBe(before.digest)
})
