import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import type { Packing } from '../../../checker/packing/packing.js'
import { properties } from '../../../properties/index.js'
import { proveMachine } from '../../exhaustive/verdicts.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkMachine, type Verdict } from '../../verdict.js'

const options = { seed: 1, runs: 5000, length: 80, seconds: 10 }
const room = (packing: Packing, states = 1_000_000) => makeOwnMemory(packing, states)
const oneFailure = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, failures: 1 } as const

const setup = (design: string, backing: 'separate' | 'in-place', driver = 'iommufd'): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { ...oneFailure, backing },
})

function prove(machine: MachineConfigInput, names: readonly string[]): readonly Verdict[] {
  return must(proveMachine(machine, names, room)).verdicts
}

/** Properties that a machine does not keep, of those that need no part. */
function notHeld(machine: MachineConfigInput): string[] {
  const judged = properties.filter(({ parts }) => parts.length === 0).map(({ name }) => name)
  return prove(machine, judged).flatMap(({ property, verdict }) => (verdict === 'held' ? [] : `${property} ${verdict}`))
}

describe.each([
  ['attributes-first/dma-errors-ignored', 'separate', 'no-stale-frame', 'an unmap'],
  ['attributes-first/dma-errors-ignored', 'separate', 'single-backing', 'an unmap'],
  ['attributes-first/dma-errors-ignored', 'separate', 'no-shared-fault', 'a map'],
  ['on-demand-4k/unmap-errors-ignored', 'separate', 'no-stale-frame', 'an unmap'],
  ['on-demand-4k/unmap-errors-ignored', 'in-place', 'no-private-reach', 'an unmap'],
  ['on-demand-4k/discard-errors-ignored', 'separate', 'single-backing', 'a discard'],
  ['on-demand-4k/enoent-is-done', 'separate', 'no-stale-frame', 'an unmap'],
  ['on-demand-4k/enoent-is-done', 'in-place', 'no-private-reach', 'an unmap'],
  ['on-demand-4k/bitmap-before', 'separate', 'no-stale-frame', 'an unmap'],
  ['on-demand-4k/bitmap-before', 'separate', 'single-backing', 'an unmap'],
  ['on-demand-4k/bitmap-before', 'separate', 'no-shared-fault', 'a map'],
  ['on-demand-4k/bitmap-before', 'in-place', 'no-private-reach', 'an unmap'],
] as const)('%s, %s', (design, backing, property, call) => {
  test(`violates ${property} when ${call} fails: found in 10 s, and shrunk to as few actions as there can be`, () => {
    const plain = setup(design, backing)
    const start = call === 'a map' ? 'private' : 'shared'
    const machine: MachineConfigInput = { ...plain, scope: { ...plain.scope, requests: 'pages', start } }
    const found = must(checkMachine(machine, [property], options))
    expect(found).toMatchObject([{ verdict: 'violated', steps: prove(machine, [property])[0]?.steps }])
  })
})

describe.each([
  ['on-demand-4k', 'separate', 'iommufd'],
  ['on-demand-4k', 'separate', 'type1v2'],
  ['on-demand-4k', 'in-place', 'iommufd'],
  ['attributes-first/undone', 'separate', 'iommufd'],
  ['on-demand-4k/bitmap-rolled-back', 'separate', 'iommufd'],
  ['on-demand-4k/bitmap-rolled-back', 'in-place', 'iommufd'],
  ['on-demand-4k/bitmap-after', 'separate', 'iommufd'],
  ['on-demand-4k/bitmap-after', 'in-place', 'iommufd'],
  ['hitless-cut', 'separate', 'hitless-cut'],
  ['replace-domain', 'separate', 'iommufd-replace'],
] as const)('%s, %s, %s', (design, backing, driver) => {
  test('holds whatever call fails, in every state of two pages and one vCPU', () => {
    expect(notHeld(setup(design, backing, driver))).toEqual([])
  })
})

test.each([
  'attributes-first/dma-errors-ignored',
  'on-demand-4k/unmap-errors-ignored',
  'on-demand-4k/discard-errors-ignored',
  'on-demand-4k/bitmap-before',
])('%s holds as long as no call fails', (design) => {
  const machine = setup(design, 'separate')
  const all = notHeld({ ...machine, scope: { ...machine.scope, failures: 0 } })
  expect(all).toEqual(['errors-as-documented vacuous'])
})

/** Page 0 is asked for as shared while the conversion of both pages to private is under way. */
test('a refused conversion goes back though another vCPU asks for its page as private', {
  tags: 'long',
  timeout: 120_000,
}, () => {
  const { scope, ...plain } = setup('attributes-first/undone', 'separate')
  const racing = {
    pages: 2,
    pagesPerSuperpage: 1,
    vcpus: 2,
    failures: 1,
    guest: 'arbitrary',
    teardown: false,
  } as const
  const machine = { ...plain, scope: { ...scope, ...racing } }
  const { verdicts } = must(proveMachine(machine, ['single-backing'], (packing) => room(packing, 5_000_000)))
  expect(verdicts).toMatchObject([{ property: 'single-backing', verdict: 'held' }])
})
