import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { properties } from '../../properties/index.js'
import { proveMachine } from '../exhaustive/verdicts.js'
import type { MachineConfigInput } from '../machine-config.js'
import { checkMachine } from '../verdict.js'

const names = properties.map(({ name }) => name)
/** They say what a guest that converts pages can count on. */
const ofGuests = ['no-shared-fault', 'single-backing', 'entry-limit', 'conversion-ends']
const raw: MachineConfigInput = {
  design: 'on-demand-4k',
  driver: 'type1v2',
  scope: { pages: 2, vcpus: 1, start: 'private', calls: true },
  platform: 'linux-7.2',
}
const memory = (packing: Packing, most: number) => makeOwnMemory(packing, Math.min(most, 2000))

test('what a property of conversions says of raw calls is not applicable, with the reason, in every search', () => {
  const drawn = must(checkMachine(raw, names, { seed: 1, runs: 200, length: 160 }))
  const proved = must(proveMachine(raw, names, memory)).verdicts
  for (const verdicts of [drawn, proved]) {
    const notApplicable = verdicts.filter(({ verdict }) => verdict === 'not-applicable')
    expect(notApplicable.map(({ property }) => property)).toEqual(expect.arrayContaining(ofGuests))
    for (const { property, why } of notApplicable) if (ofGuests.includes(property)) expect(why).toMatch(/raw calls/)
  }
  expect(drawn.filter(({ verdict }) => verdict === 'violated')).toEqual([])
})

test('raw calls are witness enough for what a driver has to keep', () => {
  const drawn = must(checkMachine(raw, ['no-stale-frame', 'accounts-balance'], { seed: 1, runs: 200, length: 160 }))
  expect(drawn.map(({ verdict }) => verdict)).toEqual(['none-found', 'none-found'])
})
