import type { Call } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { type TestTarget, testSetupOf } from '../protocol/setting.js'
import {
  deviceReads,
  hostFills,
  hostReads,
  look,
  map,
  observe,
  type Pages,
  unmap,
  warm,
  withNeighbours,
} from './looks.js'

/** How a punched range lies to the mapping 4..7. */
const punched: readonly (Pages & { readonly name: string })[] = [
  { name: 'its first page', first: 4, count: 1 },
  { name: 'its last page', first: 7, count: 1 },
  { name: 'its middle', first: 5, count: 2 },
  { name: 'all of it and its neighbours', first: 3, count: 6 },
]

/**
 * A page whose backing goes while a device reaches it keeps its frame for the device, until the unmap; both neighbours
 * hold a value, which stays.
 */
export function backingCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const all = withNeighbours({ first: 4, count: 4 })
  return punched.map(({ name, first, count }) => ({
    from: `boundary backing: ${name} punched while mapped`,
    setting,
    calls: [
      ...hostFills(all),
      map(4, 4),
      ...deviceReads(all),
      { call: 'punch-hole', page: first, count },
      observe,
      ...deviceReads(all),
      ...hostReads(all),
      ...look(all),
      ...deviceReads(all),
      unmap(4, 4),
      ...look(all, 120),
      observe,
      map(4, 4),
      ...deviceReads(all),
    ],
  }))
}

/** Microseconds from the begin of an unmap to a device's write: an unmap of three pages takes no longer. */
const latest = 96
const perSequence = 6

/** A device writes at some moment of an unmap, to a page whose frame has no other owner than the pin. */
export function underDmaCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const moments = Array.from({ length: latest / 2 / perSequence }, (_, at) => at * 2 * perSequence)
  return moments.map((from) => ({
    from: `boundary backing: unmapped while a device writes, ${from} microseconds on and later`,
    setting,
    calls: Array.from({ length: perSequence }, (_, at) => from + 2 * at).flatMap((before): Call[] => [
      map(4, 3),
      ...warm([4, 5, 6]),
      { call: 'punch-hole', page: 4, count: 3 },
      { call: 'unmap-under-dma', iovfn: 4, count: 3, device: 0, before },
    ]),
  }))
}

/** A part of a mapping is unmapped and mapped again, over frames that are others by then: a device must find those. */
export function remappingCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const all = withNeighbours({ first: 4, count: 4 })
  return punched.map(({ name, first, count }) => ({
    from: `boundary backing: ${name} unmapped, punched and mapped again`,
    setting,
    calls: [
      ...[4, 5, 6, 7].map((page) => map(page, 1)),
      ...warm(all),
      unmap(first, count),
      { call: 'punch-hole', page: first, count },
      ...hostFills(all),
      ...deviceReads(all),
      ...[4, 5, 6, 7].filter((page) => page >= first && page < first + count).map((page) => map(page, 1)),
      ...deviceReads(all),
      ...look(all),
      observe,
    ],
  }))
}
