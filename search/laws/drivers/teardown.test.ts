import { expect, test } from 'vitest'
import { onDemand4k } from '../../../designs/on-demand-4k.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

test('a container torn down under DMA holds with every driver: each unmap waits for what is in flight', () => {
  for (const { name: driver } of onDemand4k.drivers) {
    for (const backing of ['separate', 'in-place'] as const) {
      const scope = { pages: 2, vcpus: 1, teardownDma: true, backing }
      const setup = { design: 'on-demand-4k', driver, platform: 'tdx-2021-reading', scope }
      expect([driver, backing, violatedBy(setup)]).toEqual([driver, backing, {}])
    }
  }
}, 60_000)

test('where the wait does not drain, it leaves DMA on its way to unpinned pages; quiet devices leave none', () => {
  const setup = (teardownDma: boolean): MachineConfigInput => ({
    design: 'bounce-pool',
    driver: 'type1v2',
    platform: 'tdx-2021-reading drain=none',
    scope: { pages: 4, pagesPerSuperpage: 2, vcpus: 1, start: 'private', requests: 'superpages', teardownDma },
  })
  expect(violatedBy(setup(false), ['no-stale-frame'])).toEqual({})
  const shortest = violatedBy(setup(true), ['no-stale-frame'])
  const { verdict, steps } = checkedIn10s(setup(true), 'no-stale-frame')
  expect([verdict, steps]).toEqual(['violated', shortest['no-stale-frame']])
})
