/** @module-tag long */
import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { findDesign } from '../../designs/index.js'
import type { PresetName } from '../../model/machine/platform.js'
import type { Scope } from '../../model/machine/scope.js'
import { properties } from '../../properties/index.js'
import { searchSmall } from '../exhaustive/small-search.js'
import { buildMachine } from '../machine-config.js'
import { configurations } from './configurations.js'
import { machineIn } from './machines.js'

// A configuration in which a design that holds falls within a few actions is one that no such host comes to: its
// start is wrong, or the property is.

const architectures: readonly PresetName[] = ['linux-7.2', 'sev-snp', 'riscv-cove', 'arm-cca', 'tdx-connect', 'pkvm']
const names = properties.map(({ name }) => name)
/** States from the first, in the order of a breadth-first search. */
const few = { states: 40, seconds: 60 }
const holding = [
  ['on-demand-4k', 'separate'],
  ['on-demand-4k', 'in-place'],
  ['fd-offset', 'separate'],
  ['attributes-first/undone', 'separate'],
  ['hitless-cut', 'separate'],
  ['hitless-cut', 'in-place'],
  ['hitless-coalesce', 'separate'],
  ['replace-domain', 'separate'],
  ['mirror-guest-memfd', 'in-place'],
  ['bounce-pool', 'separate'],
  ['bounce-pool', 'in-place'],
] as const

/** What a design violates in the first states of its machines: `CONFIGURATION: PROPERTY`. */
function violatedAtOnce(name: string, backing: Scope['backing'], platform: PresetName) {
  const design = findDesign(name)
  if (design === undefined) throw new Error(`no design ${name}`)
  const driver = design.drivers[0].name
  const question = { design, driver, backing, scope: {}, platform, parts: [], properties: names }
  const machines = configurations.flatMap((configuration) => {
    const machine = machineIn(question, configuration)
    return machine === undefined || !buildMachine(machine.setup).ok ? [] : [{ configuration, machine }]
  })
  const found = machines.flatMap(({ configuration, machine }) =>
    must(searchSmall(machine.setup, machine.properties, few)).map((one) => `${configuration.name}: ${one.property}`),
  )
  return { name, backing, machines: machines.length, found }
}

test.each(architectures)('on %s no design that holds falls in the first states', { timeout: 300_000 }, (platform) => {
  const asked = platform === 'pkvm' ? ([...holding, ['pin-all', 'in-place']] as const) : holding
  const judged = asked.map(([name, backing]) => violatedAtOnce(name, backing, platform))
  expect(judged.filter(({ found }) => found.length > 0)).toEqual([])
  expect(judged.reduce((sum, { machines }) => sum + machines, 0)).toBeGreaterThan(100)
})

test('what falls at once is seen: a design that pins all, where memory is private from the start', () => {
  expect(violatedAtOnce('pin-all', 'in-place', 'arm-cca').found).toContain('guest, common pool: no-private-reach')
})
