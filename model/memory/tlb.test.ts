import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { noParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { makeScope } from '../machine/scope.js'
import { idleHost } from '../plan/idle-host.js'
import { drop, fill, findKey, isDropped, keyDomain, keyFirst, keyIsLarge, ownLeaf, tlbKey } from './tlb.js'

const scope = must(makeScope({ pages: 8, pagesPerSuperpage: 4, iotlbEntries: 3 }))
const machineWith = (psiMatch: 'within' | 'containment') =>
  machineFrom(scope, { ...presets['linux-7.2'], psiMatch }, noParts, idleHost)
const m = machineWith('within')
const entry = fc.record({
  domain: fc.nat(1),
  iovfn: fc.nat(7),
  large: fc.boolean(),
  leaf: fc.integer({ min: 1, max: 99 }),
})

test.prop([entry])('a key says its domain, its first page and its size', ({ domain, iovfn, large }) => {
  const key = tlbKey(m, domain, iovfn, large)
  expect([keyDomain(m, key), keyIsLarge(key)]).toEqual([domain, large])
  expect(keyFirst(m, key)).toBe(large ? iovfn - (iovfn % 4) : iovfn)
})

test.prop([
  fc.uniqueArray(entry, { maxLength: 4, selector: ({ domain, iovfn, large }) => tlbKey(m, domain, iovfn, large) }),
])('a cache with the same entries is the same bytes, in whatever order they came', (entries) => {
  const cached = (order: typeof entries) => {
    const [keys, leaves] = [new Uint8Array(6), new Uint8Array(6)]
    for (const { domain, iovfn, large, leaf } of order) fill(keys, leaves, 1, 4, tlbKey(m, domain, iovfn, large), leaf)
    return [...keys, ...leaves]
  }
  expect(cached(entries.toReversed())).toEqual(cached(entries))
})

test.prop([fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 4, maxLength: 4 }), fc.nat(3)])(
  'an entry that is dropped leaves no gap and no neighbour touched',
  (added, at) => {
    const [keys, leaves] = [new Uint8Array(6).fill(7), new Uint8Array(6).fill(7)]
    keys.fill(0, 1, 5)
    for (const key of added) fill(keys, leaves, 1, 4, key, key + 100)
    const left = [...keys.subarray(1, 5)].filter((_, slot) => slot !== at)
    drop(keys, leaves, 1, 4, at + 1)
    expect([...keys]).toEqual([7, ...left, 0, 7])
    expect([...leaves]).toEqual([7, ...left.map((key) => key + 100), 0, 7])
  },
)

test('a full cache takes no new entry, but a new leaf for one that it has', () => {
  const [keys, leaves] = [new Uint8Array(2), new Uint8Array(2)]
  expect([fill(keys, leaves, 0, 2, 5, 1), fill(keys, leaves, 0, 2, 9, 2)]).toEqual([true, true])
  expect(fill(keys, leaves, 0, 2, 7, 3)).toBe(false)
  expect(fill(keys, leaves, 0, 2, 5, 4)).toBe(true)
  expect([findKey(keys, 0, 2, 7), leaves[findKey(keys, 0, 2, 5)]]).toEqual([-1, 4])
})

describe('a page-selective invalidation', () => {
  /** What is left of a small and a superpage entry for page 5, and a foreign domain's, after [first, end). */
  const leftAfter = (psiMatch: 'within' | 'containment', first: number, end: number) => {
    const names = { small: tlbKey(m, 0, 5, false), large: tlbKey(m, 0, 5, true), foreign: tlbKey(m, 1, 5, false) }
    const isLeft = (key: number) => !isDropped(m, key, 0, { first, end }, () => psiMatch === 'containment')
    return Object.entries(names).flatMap(([name, key]) => (isLeft(key) ? [name] : []))
  }

  test('drops what lies inside its range under both readings, and nothing of another domain', () => {
    for (const reading of ['within', 'containment'] as const) {
      expect(leftAfter(reading, 4, 8)).toEqual(['foreign'])
      expect(leftAfter(reading, 0, 4)).toEqual(['small', 'large', 'foreign'])
    }
  })

  test('drops a superpage entry that only contains its range where the reading is containment', () => {
    expect(leftAfter('within', 5, 6)).toEqual(['large', 'foreign'])
    expect(leftAfter('containment', 5, 6)).toEqual(['foreign'])
    expect(leftAfter('containment', 6, 7)).toEqual(['small', 'foreign'])
  })
})

test('a page has its own leaf in a cached superpage, and none where nothing is cached', () => {
  expect([0, 1, 3].map((gfn) => ownLeaf(m, 8, true, gfn))).toEqual([8, 12, 20])
  expect(ownLeaf(m, 8, false, 3)).toBe(8)
  expect(ownLeaf(m, 0, true, 3)).toBe(0)
})
