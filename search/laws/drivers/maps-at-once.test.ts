import { expect, test } from 'vitest'
import { iommufd, iommufdBeside } from '../../../designs/drivers/iommufd.js'
import type { Design } from '../../../designs/index.js'
import { mapsAtOnce } from '../../../designs/on-demand-4k.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (variant: string, driver: string): MachineConfigInput => ({
  design: `on-demand-4k/${variant}`,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 2, pagesPerSuperpage: 2, vcpus: 2, start: 'private', requests: 'pages' },
})

test('of two maps that make a table for one region, one loses its own if tables are put in by a store', () => {
  const setup = setupOf('table-stored', 'iommufd-table-stored')
  const { verdict, steps } = checkedIn10s(setup, 'accounts-balance')
  expect([verdict, { 'accounts-balance': steps }]).toEqual(['violated', violatedBy(setup, ['accounts-balance'])])
})

test('none does where a table is put in by compare-exchange, and the loser uses the one that is there', () => {
  const setup = setupOf('maps-at-once', 'iommufd-maps-at-once')
  expect(violatedBy(setup, ['accounts-balance', 'no-stale-frame', 'no-shared-fault', 'conversion-ends'])).toEqual({})
}, 60_000)

test('a map that fails between its two holds of the lock is judged by what it found before the first', () => {
  const setup = setupOf('maps-at-once', 'iommufd-maps-at-once')
  const failing = { ...setup, scope: { ...setup.scope, vcpus: 1, failures: 1 } }
  expect(violatedBy(failing, ['errors-as-documented'])).toEqual({})
})

test('a device comes and goes only while no map is under way; where it takes the plain lock, the accounts fail', () => {
  const setup = setupOf('maps-at-once', 'iommufd-maps-at-once')
  const plugging = { ...setup, scope: { ...setup.scope, hotplug: true } }
  const promised = ['accounts-balance', 'calls-as-promised', 'no-stale-frame', 'single-backing']
  expect(violatedBy(plugging, [...promised, 'conversion-ends'])).toEqual({})
  const draft: Design = { ...mapsAtOnce, variant: 'draft', drivers: [{ ...iommufd, map: iommufdBeside.map }] }
  const planted = violatedBy({ ...plugging, design: 'on-demand-4k/draft', driver: 'iommufd' }, promised, [draft])
  expect(Object.keys(planted)).toEqual(expect.arrayContaining(promised))
})
