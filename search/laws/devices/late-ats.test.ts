import { expect, test } from 'vitest'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, scope: ScopeInput = {}): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading ats=true',
  scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 1, lateAts: true, ...scope },
})

test('a device whose ATS is turned on without a tag for flushes keeps what is unmapped', () => {
  const setup = setupOf('on-demand-4k/ats-untagged', 'type1v2-ats-untagged')
  const shortest = violatedBy(setup)
  expect(shortest).toHaveProperty('no-stale-frame')
  const { verdict, steps } = checkedIn10s(setup, 'no-stale-frame')
  expect([verdict, steps]).toEqual(['violated', shortest['no-stale-frame']])
})

test('so does one that gets its tag a moment later, if another thread unmaps meanwhile', () => {
  const late = (more: ScopeInput) => setupOf('on-demand-4k/ats-untagged', 'type1v2-ats-tagged-late', more)
  expect(violatedBy(late({}))).toEqual({})
  const two = late({ vcpus: 2, requests: 'pages', teardown: false })
  const { verdict, steps } = checkedIn10s(two, 'no-stale-frame', { seed: 10_000 })
  expect([verdict, { 'no-stale-frame': steps }]).toEqual(['violated', violatedBy(two, ['no-stale-frame'])])
}, 60_000)

test('ATS with its tag holds on every driver, whenever it is turned on', () => {
  for (const driver of ['type1v2', 'iommufd']) {
    for (const more of [{}, { pages: 2, pagesPerSuperpage: 2 }, { vcpus: 2 }, { devices: 2 }]) {
      expect([driver, more, violatedBy(setupOf('on-demand-4k', driver, more))]).toEqual([driver, more, {}])
    }
  }
}, 120_000)
