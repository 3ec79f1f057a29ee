import { expect, test } from 'vitest'
import { fullName } from '../../../designs/index.js'
import { convertsAtFault, repeatsAtFault } from '../../../designs/lifecycle.js'
import { onDemand4k } from '../../../designs/on-demand-4k.js'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, scope: ScopeInput): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 2, vcpus: 2, ...scope },
})

test('a guest that touches the other side of a page has it converted, and nothing is violated', {
  tags: 'long',
  timeout: 120_000,
}, () => {
  for (const { name } of onDemand4k.drivers) {
    for (const backing of ['separate', 'in-place'] as const) {
      for (const failures of [0, 1]) {
        const setup = setupOf('on-demand-4k', name, { implicit: 'own', vcpus: 1, backing, failures })
        expect([name, backing, failures, violatedBy(setup)]).toEqual([name, backing, failures, {}])
      }
    }
  }
})

test('a VMM that converts at each memory fault turns back, at a stray load, what it has just turned private', () => {
  for (const [driver, shortest] of [
    ['type1v2', 24],
    ['iommufd', 26],
  ] as const) {
    const setup = setupOf(fullName(convertsAtFault), driver, { implicit: 'stray' })
    expect(violatedBy(setup)).toEqual({ 'conversion-ends': shortest })
    const { verdict, why } = checkedIn10s(setup, 'conversion-ends')
    expect([verdict, why]).toEqual(['violated', expect.stringContaining('turns a page from what the guest was told')])
  }
}, 60_000)

test('without its lock the two conversions leave a device at a frame that does not back the page', () => {
  const scope = { implicit: 'stray', requests: 'pages', teardown: false } as const
  const setup: MachineConfigInput = { ...setupOf(fullName(convertsAtFault), 'type1v2', scope), lock: 'none' }
  const shortest = violatedBy(setup, ['no-stale-frame'])
  const { verdict, steps } = checkedIn10s(setup, 'no-stale-frame')
  expect([verdict, steps]).toEqual(['violated', shortest['no-stale-frame']])
}, 60_000)

test('a VMM that runs the vCPU again while the page is under conversion holds on every driver', () => {
  for (const { name } of repeatsAtFault.drivers) {
    for (const backing of ['separate', 'in-place'] as const) {
      const setup = setupOf(fullName(repeatsAtFault), name, { implicit: 'both', backing })
      expect([name, backing, violatedBy(setup)]).toEqual([name, backing, {}])
    }
  }
}, 60_000)
