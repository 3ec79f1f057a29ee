import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { type1v2 } from '../../../designs/drivers/vfio-type1.js'
import { slotsUnmapped, slotsUnmappedLate } from '../../../designs/host-memory.js'
import { type Design, fullName } from '../../../designs/index.js'
import type { ScopeInput } from '../../../model/machine/scope.js'
import { withDesigns } from '../../catalogue/catalogue.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'
import { checkMachine, type Verdict } from '../../verdict.js'

const setupOf = (design: string, driver: string, scope: ScopeInput = {}): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 2, vcpus: 1, slotChanges: true, ...scope },
})

/** An unmap that leaves the entries, and takes only pins and accounting. */
const withoutFlush = type1v2.unmap.body.map((node) =>
  'each' in node ? { ...node, body: node.body.filter((inner) => 'each' in inner || 'row' in inner).slice(-2) } : node,
)

function checkedRuns(setup: MachineConfigInput, own: readonly Design[] = []): Verdict | undefined {
  const options = { seed: Number(process.env.DMAPROOF_SEED ?? 1), runs: 300, length: 160 }
  return must(checkMachine(setup, ['no-stale-frame'], options, withDesigns(...own)))[0]
}

test.each(['on-demand-4k', fullName(slotsUnmappedLate)])(
  '%s leaves a device with memory that the guest has no more: found in 10 s, as short as can be',
  (design) => {
    for (const driver of ['type1v2', 'iommufd']) {
      const setup = setupOf(design, driver)
      const shortest = violatedBy(setup)
      expect(Object.keys(shortest)).toEqual(['no-stale-frame'])
      const { verdict, steps } = checkedIn10s(setup, 'no-stale-frame')
      expect([verdict, steps]).toEqual(['violated', shortest['no-stale-frame']])
    }
  },
)

test('a VMM that unmaps before, and maps again what is shared, holds, with two slots, a failure, or in place', () => {
  for (const { name } of slotsUnmapped.drivers) {
    for (const more of [{}, { pagesPerSuperpage: 1 }, { failures: 1 }, { backing: 'in-place' }] as const) {
      expect([name, more, violatedBy(setupOf(fullName(slotsUnmapped), name, more))]).toEqual([name, more, {}])
    }
  }
}, 120_000)

test('with two vCPUs it holds under its lock; without, it maps a page of a slot that goes meanwhile', () => {
  const scope = { pagesPerSuperpage: 1, pages: 1, vcpus: 2 } as const
  const setup = setupOf(fullName(slotsUnmapped), 'iommufd', scope)
  expect(violatedBy(setup)).toEqual({})
  expect(violatedBy({ ...setup, lock: 'none' }, ['no-stale-frame'])).toEqual({ 'no-stale-frame': 26 })
  expect(checkedIn10s({ ...setup, lock: 'none' }, 'no-stale-frame')).toMatchObject({ verdict: 'violated' })
}, 60_000)

test('a raw caller that maps where there is no slot is no mistake of the driver, and a stale entry still is', () => {
  const scope = { calls: true, start: 'private' } as const
  const setup = setupOf(fullName(slotsUnmapped), 'type1v2', scope)
  expect(checkedRuns(setup)).toMatchObject({ verdict: 'none-found' })
  const own = { ...slotsUnmapped, variant: 'draft', drivers: [{ ...type1v2, unmap: { body: withoutFlush, undo: [] } }] }
  const draft = { ...setup, design: 'on-demand-4k/draft' }
  expect(checkedRuns(draft, [own])).toMatchObject({ verdict: 'violated' })
})
