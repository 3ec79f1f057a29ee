import { expect, test } from 'vitest'
import { detachOnly } from '../../../designs/drivers/devices.js'
import { iommufd } from '../../../designs/drivers/iommufd.js'
import { type Design, fullName } from '../../../designs/index.js'
import { replays } from '../../../designs/lifecycle.js'
import { onDemand4k } from '../../../designs/on-demand-4k.js'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, scope: ScopeInput = {}): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 2, vcpus: 1, hotplug: true, ...scope },
})

test('a VMM that maps at boot alone loses DMA under type1: the last device takes all mappings', () => {
  const setup = setupOf('on-demand-4k', 'type1v2')
  const shortest = violatedBy(setup)
  expect(Object.keys(shortest)).toEqual(['no-shared-fault', 'conversion-ends'])
  const { verdict, steps } = checkedIn10s(setup, 'no-shared-fault')
  expect([verdict, steps]).toEqual(['violated', shortest['no-shared-fault']])
})

test('it loses none under iommufd, whose areas stay and are filled again', () => {
  for (const driver of ['iommufd', 'compat']) {
    for (const backing of ['separate', 'in-place'] as const) {
      expect([driver, backing, violatedBy(setupOf('on-demand-4k', driver, { backing }))]).toEqual([driver, backing, {}])
    }
  }
})

test('to map again when a device comes holds on every driver, with two vCPUs, two devices or a failure', {
  tags: 'long',
  timeout: 120_000,
}, () => {
  for (const { name } of replays.drivers) {
    for (const more of [{ vcpus: 2 }, { devices: 2 }, { failures: 1 }, { backing: 'in-place' }] as const) {
      expect([name, more, violatedBy(setupOf(fullName(replays), name, more))]).toEqual([name, more, {}])
    }
  }
})

test('without its lock it maps a page that turns private meanwhile', () => {
  const scope = { vcpus: 2, backing: 'in-place', requests: 'pages', teardown: false } as const
  const setup: MachineConfigInput = { ...setupOf(fullName(replays), 'type1v2', scope), lock: 'none' }
  const shortest = violatedBy(setup, ['no-private-reach'])
  const { verdict, steps } = checkedIn10s(setup, 'no-private-reach', { seed: 20_000 })
  expect([verdict, steps]).toEqual(['violated', shortest['no-private-reach']])
}, 60_000)

test('a driver that keeps pins and entries when the last device goes fails accounts-balance', () => {
  const draft: Design = { ...onDemand4k, variant: 'draft', drivers: [{ ...iommufd, detach: detachOnly }] }
  const found = checkedIn10s(setupOf('on-demand-4k/draft', 'iommufd'), 'accounts-balance', { own: [draft] })
  expect(found).toMatchObject({ verdict: 'violated', why: expect.stringContaining('no device') })
})

test('areas that were punched are backed again at the attach: under pin-all a page then has two frames', () => {
  expect(violatedBy(setupOf('pin-all', 'iommufd'))).toHaveProperty('single-backing')
})

test('a conversion whose undo fails, too, is said to be refused for what failed first', () => {
  const draft: Design = { ...replays, variant: 'draft', removed: { before: [], after: [] } }
  const setup = setupOf('on-demand-4k/draft', 'type1v2', { vcpus: 2, requests: 'pages', teardown: false })
  const { verdict, why } = checkedIn10s(setup, 'conversion-ends', { own: [draft] })
  expect([verdict, why]).toEqual([
    'violated',
    expect.stringMatching(/: vfio\.unmap-dma on 0 by vCPU \d fails with EINVAL/),
  ])
})
