import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { properties } from '../../properties/index.js'
import { Catalogue } from '../catalogue/catalogue.js'
import { proveMachine } from '../exhaustive/verdicts.js'
import type { MachineConfigInput } from '../machine-config.js'
import { type MatrixProof, proofs } from './exhaustive-matrix.js'
import { cells, type MatrixCell } from './matrix.js'

const room = (packing: Packing) => makeOwnMemory(packing, 300_000)
const small = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 } as const

/** Verdicts of one machine, by property. */
function verdictsOf(setup: MachineConfigInput, properties: readonly string[]): Record<string, string> {
  const proved = must(proveMachine(setup, properties, room))
  return Object.fromEntries(proved.verdicts.map(({ property, verdict }) => [property, verdict]))
}

describe('a conversion', () => {
  const ends = ['conversion-ends']
  const inPlace = { ...small, backing: 'in-place' } as const

  test('ends in every fair way of on-demand-4k', () => {
    const setup: MachineConfigInput = {
      design: 'on-demand-4k',
      driver: 'type1v2',
      platform: 'tdx-2021-reading',
      scope: small,
    }
    expect(verdictsOf(setup, ends)).toEqual({ 'conversion-ends': 'held' })
  })

  test('never ends where a pinned page is refused with EAGAIN, and pin-all keeps the pin', () => {
    const platform = 'tdx-2021-reading inPlacePinCheck=refuse'
    const setup: MachineConfigInput = { design: 'pin-all', driver: 'type1v2', platform, scope: inPlace }
    expect(verdictsOf(setup, ends)).toEqual({ 'conversion-ends': 'violated' })
  })
})

test('a property that no state puts to the test is vacuous, and not held', () => {
  const scope = { ...small, start: 'private', entryLimit: 0 } as const
  const setup: MachineConfigInput = { design: 'on-demand-4k', driver: 'type1v2', platform: 'tdx-2021-reading', scope }
  expect(verdictsOf(setup, ['no-shared-fault'])).toEqual({ 'no-shared-fault': 'vacuous' })
})

test('a bound that is reached is inconclusive, and not held', () => {
  const setup: MachineConfigInput = {
    design: 'on-demand-4k',
    driver: 'type1v2',
    platform: 'tdx-2021-reading',
    scope: small,
  }
  const proved = proveMachine(setup, ['no-stale-frame'], (words) => makeOwnMemory(words, 500))
  const verdict = { verdict: 'inconclusive', why: expect.stringMatching(/500 states found/) }
  expect(proved).toMatchObject({ ok: true, value: { verdicts: [verdict] } })
})

test('every design is among the proofs, and nothing is asked of more than it names', () => {
  const all = proofs()
  expect(new Set(all.map(({ setup }) => setup.design)).size).toBe(24)
  expect(proofs(['hitless-cut']).every(({ setup }) => setup.design === 'hitless-cut')).toBe(true)
})

test('what is asked of units that count faults is asked of the plain machine, and nothing is lost by it', () => {
  const named = ({ setup: { design, driver, scope }, asks }: MatrixCell) => [design, driver, scope.backing, asks]
  const asked = (proof: MatrixProof) =>
    proof.platforms.flatMap((platform) =>
      proof.properties.map((property) => JSON.stringify([...named(proof), platform, property])),
    )
  const cell = (one: MatrixCell) =>
    one.properties.map((property) => JSON.stringify([...named(one), one.setup.platform, property]))
  const all = proofs()
  expect(all.flatMap(asked).sort()).toEqual(cells().flatMap(cell).sort())
  expect(all.filter(({ properties: judged }) => judged.join() === 'blocked-is-recorded')).toEqual([])
})

test('the plain machine does not count faults where a property of the user would see the counts', () => {
  const [mine] = properties.map((property) => ({ ...property, name: 'mine' }))
  if (mine === undefined) throw new Error('there are properties')
  const all = proofs(['on-demand-4k'], new Catalogue({ properties: [mine] }))
  const plain = all.filter(({ properties: judged }) => judged.includes('mine'))
  expect(plain.map(({ setup }) => setup.parts)).toEqual(plain.map(() => undefined))
})
