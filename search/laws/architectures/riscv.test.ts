import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import type { ScopeInput } from '../../../model/machine/scope.js'
import { proveMachine } from '../../exhaustive/verdicts.js'
import type { MachineConfigInput } from '../../machine-config.js'

/** A machine, a property of it, and the depth of the shortest counterexample; 0 if it holds. */
type Case = readonly [what: string, machine: MachineConfigInput, property: string, steps: number]

const onePage = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, teardown: false } as const
const inPlace = { ...onePage, backing: 'in-place', start: 'private' } as const
const onDemand = (variant: string, sizes: ScopeInput = {}): MachineConfigInput => ({
  design: `on-demand-4k${variant}`,
  driver: 'type1v2',
  scope: { ...inPlace, ...sizes },
  platform: 'riscv-cove',
  parts: ['secureEpt', 'content'],
})
/** Unmapped at once, and invalidated late: the IOTLB leads to the page when it is private already. */
const deferredFlush = (platform: string): MachineConfigInput => ({
  design: 'deferred-flush',
  driver: 'type1v2-lazy',
  scope: { ...inPlace, start: 'shared' },
  platform,
  parts: ['secureEpt', 'content'],
})

const cases: readonly Case[] = [
  ['a page that is removed is not reclaimed', onDemand('/not-reclaimed'), 'no-shared-fault', 23],
  ['a page that is removed is reclaimed', onDemand('', { pages: 2 }), 'no-shared-fault', 0],
  ['the same page is the next user’s while it is confidential', onDemand('/not-reclaimed'), 'sept-protocol', 11],
  ['the page of the right order is not', onDemand(''), 'sept-protocol', 0],
  ['a fence without an interrupt never completes', onDemand('/not-kicked', { vcpus: 2 }), 'conversion-ends', 11],
  ['a fence with one does', onDemand('', { vcpus: 2 }), 'conversion-ends', 0],
  ['a checker keeps what it has', deferredFlush('riscv-cove ioMpt=kept'), 'private-integrity', 23],
  ['a checker is invalidated', deferredFlush('riscv-cove'), 'private-integrity', 0],
]

test.each(cases)('%s', (_, machine, property, steps) => {
  const proved = must(proveMachine(machine, [property], (packing) => makeOwnMemory(packing, 900_000)))
  const [found] = proved.verdicts
  expect([found?.verdict, found?.steps ?? 0]).toEqual([steps === 0 ? 'held' : 'violated', steps])
  if (steps > 0 && property !== 'conversion-ends') expect(found?.trace?.header.broken).toMatch(/^riscv\./)
})
