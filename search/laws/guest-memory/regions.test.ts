import { expect, test } from 'vitest'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, scope: ScopeInput = {}): MachineConfigInput => ({
  design,
  driver: 'iommufd',
  platform: 'tdx-2021-reading',
  scope: { pages: 2, vcpus: 1, ...scope },
})

const regions = { regionPages: 1 } as const

test('a VMM that refuses a range over two memory regions is stopped by a request that a guest may make', () => {
  const setup = setupOf('attributes-first/one-region', regions)
  const shortest = violatedBy(setup, ['conversion-ends', 'no-stale-frame', 'accounts-balance'])
  expect(Object.keys(shortest)).toEqual(['conversion-ends'])
  const found = checkedIn10s(setup, 'conversion-ends')
  expect(found).toMatchObject({ verdict: 'violated', why: expect.stringContaining('the VM is stopped') })
  expect(violatedBy({ ...setup, scope: { ...setup.scope, regionPages: 2 } })).toEqual({})
})

test('one that goes region by region holds, whatever call fails: then it stops the VM', () => {
  for (const failures of [0, 1]) {
    expect(violatedBy(setupOf('attributes-first/region-by-region', { ...regions, failures }))).toEqual({})
  }
})

test('a conversion that fails half way needs an undo where the guest runs on, and none where the VM is stopped', () => {
  const failing = { failures: 1 } as const
  expect(violatedBy(setupOf('attributes-first/stops', failing))).toEqual({})
  expect(violatedBy(setupOf('attributes-first/regions-undone', { ...regions, ...failing }))).toEqual({})
  const setup = setupOf('attributes-first/regions-half-way', { ...regions, ...failing })
  const shortest = violatedBy(setup)
  expect(Object.keys(shortest)).toContain('conversion-ends')
  expect(checkedIn10s(setup, 'conversion-ends')).toMatchObject({ verdict: 'violated' })
})

test('a VM that stops under DMA leaves nothing of it behind at its teardown', () => {
  const setup = setupOf('attributes-first/stops', { failures: 1, teardownDma: true })
  expect(violatedBy(setup)).toEqual({})
})
