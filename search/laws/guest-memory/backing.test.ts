import { expect, test } from 'vitest'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, scope: ScopeInput): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 2, vcpus: 1, ...scope },
})

function foundIn10s(setup: MachineConfigInput): void {
  const shortest = violatedBy(setup)
  expect(Object.keys(shortest)).toEqual(['no-stale-frame'])
  const { verdict, steps } = checkedIn10s(setup, 'no-stale-frame')
  expect([verdict, steps]).toEqual(['violated', shortest['no-stale-frame']])
}

test('a driver that pins nothing leads a device to a frame that the host took out, and holds if it takes none', () => {
  const setup = (reclaim: boolean) => setupOf('on-demand-4k/maps-unpinned', 'type1v2-unpinned', { reclaim })
  foundIn10s(setup(true))
  expect(violatedBy(setup(false))).toEqual({})
})

test('pins keep what is mapped in place, with two vCPUs or a failure', () => {
  for (const driver of ['type1v2', 'iommufd']) {
    for (const more of [{}, { vcpus: 2, requests: 'pages' }, { failures: 1 }] as const) {
      expect(violatedBy(setupOf('on-demand-4k', driver, { reclaim: true, ...more }))).toEqual({})
    }
  }
}, 60_000)

test('a file that another process makes shorter leaves the device an orphan, pinned as it is', () => {
  for (const driver of ['type1v2', 'iommufd']) foundIn10s(setupOf('on-demand-4k', driver, { truncations: 1 }))
})

test('a file that is sealed stays as it is', () => {
  for (const driver of ['type1v2', 'iommufd']) {
    expect(violatedBy(setupOf('on-demand-4k/seals-file', driver, { truncations: 1 }))).toEqual({})
  }
})
