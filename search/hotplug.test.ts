import { expect, test } from 'vitest'
import { makeMemory } from '../checker/state-store.js'
import { detachOnly } from '../designs/drivers/devices.js'
import { iommufd } from '../designs/drivers/iommufd.js'
import { type Design, findDesign, fullName } from '../designs/index.js'
import { replays } from '../designs/lifecycle.js'
import { onDemand4k } from '../designs/on-demand-4k.js'
import type { ScopeInput } from '../model/machine/scope.js'
import { accountsBalance } from '../properties/accounts.js'
import { properties } from '../properties/index.js'
import { proveMachine } from './exhaustive/verdicts.js'
import type { MachineConfigInput } from './machine-config.js'
import { checkMachine } from './verdict.js'

const room = (words: number) => makeMemory(words, 900_000)
const platform = 'tdx-2021-reading'
const namesWith = (failures: boolean) =>
  properties
    .filter(({ parts, needsFailures }) => parts.length === 0 && (failures || needsFailures !== true))
    .map(({ name }) => name)

function setupOf(design: string, driver: string, scope: ScopeInput = {}): MachineConfigInput {
  return { design, driver, platform, scope: { pages: 2, vcpus: 1, hotplug: true, ...scope } }
}

/** What is violated in any state, with the length of a shortest run. */
function violatedBy(setup: MachineConfigInput, names = namesWith((setup.scope.failures ?? 0) > 0)) {
  const proved = proveMachine(setup, names, room)
  if ('message' in proved) throw new Error(proved.message)
  expect(proved.verdicts.filter(({ verdict }) => verdict !== 'held' && verdict !== 'violated')).toEqual([])
  return Object.fromEntries(
    proved.verdicts.flatMap(({ verdict, property, steps }) => (verdict === 'violated' ? [[property, steps]] : [])),
  )
}

function checked(setup: MachineConfigInput, property: string, own: readonly Design[] = [], seed = 1) {
  const found = checkMachine(setup, [property], { seed, runs: 50_000, length: 80, seconds: 10 }, own)
  if ('message' in found) throw new Error(found.message)
  return found[0]
}

test('a VMM that maps at boot alone loses DMA under type1: the last device takes all mappings', () => {
  const setup = setupOf('on-demand-4k', 'type1v2')
  const shortest = violatedBy(setup)
  expect(Object.keys(shortest)).toEqual(['no-shared-fault', 'conversion-ends'])
  const found = checked(setup, 'no-shared-fault')
  expect([found?.verdict, found?.steps]).toEqual(['violated', shortest['no-shared-fault']])
})

test('it loses none under iommufd, whose areas stay and are filled again', () => {
  for (const driver of ['iommufd', 'compat']) {
    for (const backing of ['separate', 'in-place'] as const) {
      expect([driver, backing, violatedBy(setupOf('on-demand-4k', driver, { backing }))]).toEqual([driver, backing, {}])
    }
  }
})

test('to map again when a device comes holds on every driver, with two vCPUs, two devices or a failure', () => {
  for (const { name } of replays.drivers) {
    for (const more of [{ vcpus: 2 }, { devices: 2 }, { failures: 1 }, { backing: 'in-place' }] as const) {
      expect([name, more, violatedBy(setupOf(fullName(replays), name, more))]).toEqual([name, more, {}])
    }
  }
}, 120_000)

test('without its lock it maps a page that turns private meanwhile', () => {
  const setup: MachineConfigInput = {
    ...setupOf(fullName(replays), 'type1v2', { vcpus: 2, backing: 'in-place', requests: 'pages', teardown: false }),
    lock: 'none',
  }
  const shortest = violatedBy(setup, ['no-private-reach'])
  const found = checked(setup, 'no-private-reach', [], 20_000)
  expect([found?.verdict, found?.steps]).toEqual(['violated', shortest['no-private-reach']])
}, 60_000)

test('a driver that keeps pins and entries when the last device goes fails accounts-balance', () => {
  const draft: Design = { ...onDemand4k, variant: 'draft', drivers: [{ ...iommufd, detach: detachOnly }] }
  const found = checked(setupOf('on-demand-4k/draft', 'iommufd'), accountsBalance.name, [draft])
  expect(found).toMatchObject({ verdict: 'violated', why: expect.stringContaining('no device') })
})

test('pins of pages that were punched come back at the attach: a page then has two frames under pin-all', () => {
  expect(findDesign('pin-all')?.drivers.map(({ name }) => name)).toContain('iommufd')
  expect(violatedBy(setupOf('pin-all', 'iommufd'))).toHaveProperty('single-backing')
})
