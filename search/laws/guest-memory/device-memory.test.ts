import { describe, expect, test } from 'vitest'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, scope: ScopeInput = {}): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 2, pagesPerSuperpage: 1, vcpus: 1, devicePages: 1, ...scope },
})
const reached = ['no-stale-frame', 'no-shared-fault', 'accounts-balance']

describe('a guest with a page that is memory of a device', () => {
  test('has that mapped and not counted by type1, and by iommufd through its file', () => {
    expect(violatedBy(setupOf('on-demand-4k', 'type1v2'), reached)).toEqual({})
    expect(violatedBy(setupOf('on-demand-4k', 'type1v2', { memlockLimit: 1 }), reached)).toEqual({})
    expect(violatedBy(setupOf('fd-offset', 'iommufd-file'), reached)).toEqual({})
  })

  test('is out of reach of devices where iommufd maps by address', () => {
    for (const driver of ['iommufd', 'compat']) {
      expect(Object.keys(violatedBy(setupOf('on-demand-4k', driver), reached))).toEqual(['no-shared-fault'])
    }
  })

  test('a driver that counts it when it maps it, and not when it unmaps it, is found', () => {
    const wrong = setupOf('on-demand-4k/devices-counted', 'type1v2-counting-devices')
    const { verdict, steps } = checkedIn10s(wrong, 'accounts-balance')
    expect([verdict, { 'accounts-balance': steps }]).toEqual(['violated', violatedBy(wrong, ['accounts-balance'])])
    const without = setupOf('on-demand-4k/devices-counted', 'type1v2-counting-devices', { devicePages: 0 })
    expect(violatedBy(without, ['accounts-balance'])).toEqual({})
  })
})
