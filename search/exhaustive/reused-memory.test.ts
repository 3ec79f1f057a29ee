import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { ReusedMemory } from '../../checker/memory/reused-memory.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import type { MachineConfigInput } from '../machine-config.js'
import { proveMachine } from './verdicts.js'

const capacity = 100_000

const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 }
const before: MachineConfigInput = {
  ...{ design: 'on-demand-superpage', driver: 'type1v2', platform: 'tdx-2021-reading' },
  scope,
}
/** Of fewer states, so that ids that it does not use have what the search before left there. */
const smaller: MachineConfigInput = {
  ...{ design: 'on-demand-4k', driver: 'type1v2', platform: 'tdx-2021-reading inPlacePinCheck=refuse' },
  scope: { ...scope, backing: 'in-place' },
}

test('loops are looked for among stored states alone, in memory that holds what another search left', () => {
  const reused = new ReusedMemory()
  const ofReused = (packing: Packing) => reused.take(packing, capacity)
  const own = (packing: Packing) => makeOwnMemory(packing, capacity)
  must(proveMachine(before, ['conversion-ends'], ofReused))
  const [again] = must(proveMachine(smaller, ['conversion-ends'], ofReused)).verdicts
  const [alone] = must(proveMachine(smaller, ['conversion-ends'], own)).verdicts
  expect(again).toEqual(alone)
  expect(again?.verdict).toBe('held')
})
