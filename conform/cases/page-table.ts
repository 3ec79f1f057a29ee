import type { Call } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { type TestTarget, testSetupOf } from '../protocol/setting.js'

/** Where something begins or ends, in pages, for superpages of some size in a container of some pages. */
type Place = (superpage: number, pages: number) => number

const start: Place = () => 0
const inside: Place = (superpage) => superpage >> 1
const last: Place = (superpage) => superpage - 1
const next: Place = (superpage) => superpage
const insideNext: Place = (superpage) => superpage + (superpage >> 1)
const third: Place = (superpage) => 2 * superpage
const everything: Place = (_, pages) => pages

/** How a range lies to the first two superpages. */
const begins: readonly (readonly [name: string, Place])[] = [
  ['the first superpage', start],
  ['inside the first superpage', inside],
  ['the last page of the first superpage', last],
  ['the second superpage', next],
]
const ends: readonly (readonly [name: string, Place])[] = [
  ['inside the first', inside],
  ['the end of the first', next],
  ['inside the second', insideNext],
  ['the end of the second', third],
  ['the end of everything', everything],
]

type Range = readonly [first: number, count: number]

const each = (first: number, end: number): Range[] =>
  Array.from({ length: end - first }, (_, at) => [first + at, 1] as const)

// biome-ignore format: one line a case
/** What is mapped before, map by map: superpages, small leaves, and holes at every place between them. */
const leaves: readonly (readonly [name: string, maps: (superpage: number) => readonly Range[]])[] = [
  ['nothing', () => []],
  ['a superpage', (size) => [[0, size]]],
  ['two superpages', (size) => [[0, 2 * size]]],
  ['a hole, then a superpage', (size) => [[size, size]]],
  ['a superpage, a hole, a superpage', (size) => [[0, size], [2 * size, size]]],
  ['small leaves, then a superpage', (size) => [...each(0, size), [size, size]]],
  ['a superpage, then small leaves', (size) => [[0, size], ...each(size, 2 * size)]],
  ['a small leaf at the start', () => [[0, 1]]],
  ['a small leaf in the middle', (size) => [[size >> 1, 1]]],
  ['a small leaf at the end', (size) => [[size - 1, 1]]],
  ['a small leaf at either end', (size) => [[0, 1], [size - 1, 1]]],
  ['small leaves but for the middle', (size) => each(0, size).filter(([page]) => page !== size >> 1)],
]

/** Both sides of every edge: pages that the call should have changed, and pages that it should not. */
const edges: readonly Place[] = [
  start,
  () => 1,
  inside,
  last,
  next,
  (size) => size + 1,
  insideNext,
  (size) => 2 * size - 1,
  third,
  (size) => 3 * size - 1,
]

/** What is done to a range of the leaves. */
const calls: readonly (readonly [name: string, call: (range: Range) => Call])[] = [
  ['unmap', ([iovfn, count]) => ({ call: 'unmap', iovfn, count, flaw: 'none' })],
  ['map', ([iovfn, count]) => map([iovfn, count])],
]

const map = ([iovfn, count]: Range, permissions = 3): Call => {
  return { call: 'map', iovfn, page: iovfn, count, permissions, flaw: 'none' }
}

/** What superpages hold, which no map or unmap of a part of one may change: zeroes, and what looks like an entry. */
const data: readonly (readonly [Place, value: number])[] = [
  [start, 0],
  [next, 7],
]

/** An access caches what is there: what the call takes away must be gone from the caches as well. */
const touch = (iovfn: number): Call => ({ call: 'dma-read', device: 0, iovfn })
const look = (iovfn: number): Call[] => [
  { call: 'dma-write', device: 0, iovfn, value: 100 + iovfn },
  { call: 'host-read', page: iovfn },
  touch(iovfn),
]

/**
 * The fixed list for page tables: a map and an unmap of every range over leaves of every kind, so that each begins and
 * ends at a superpage, inside one, at a hole and behind small leaves. Where superpages are single pages, some are one.
 * A kernel takes minutes for all of it, so cases that are alike lie apart.
 */
export function pageTableCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const { superpage, pages } = setting
  const inContext = lookedAt(superpage, pages)
  const all = leaves.flatMap(([over, maps]) => {
    const before = maps(superpage)
    return [
      ...rangesOf(superpage, pages).flatMap(([where, range]) =>
        calls.map(
          ([name, call]): Case => [`${name}: ${where}, over ${over}`, before.map((leaf) => map(leaf)), call(range)],
        ),
      ),
      ...rightsCases(over, before, superpage),
    ]
  })
  const sequences = all.map(([from, before, call]) => {
    return { from: `boundary ${from}`, setting, calls: inContext(before, call) }
  })
  return spread([...new Map(sequences.map((one) => [JSON.stringify(one.calls), one])).values()])
}

const goldenRatio = (1 + Math.sqrt(5)) / 2

/** The same in the order of the multiples of the golden ratio, modulo 1, by index: each part is as mixed as all. */
function spread<T>(list: readonly T[]): T[] {
  return list
    .map((one, index) => ({ one, key: (index * goldenRatio) % 1 }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one)
}

type Case = readonly [from: string, before: readonly Call[], call: Call]

/** The calls of a case, behind what caches and fills, and before what looks for a change. */
function lookedAt(superpage: number, pages: number): (before: readonly Call[], call: Call) => Call[] {
  const seen = [...new Set(edges.map((place) => place(superpage, pages)))].filter((page) => page < pages)
  const held = data
    .map(([place, value]) => ({ page: place(superpage, pages), value }))
    .filter(({ page }) => page < pages)
  const write = held.map((one): Call => ({ call: 'host-write', ...one }))
  const read = held.map(({ page }): Call => ({ call: 'host-read', page }))
  return (before, call) => [...write, ...before, ...seen.map(touch), call, ...read, ...seen.flatMap(look)]
}

/** Rights that leaves have, and others that a map over them asks for. */
const rights: readonly (readonly [name: string, old: number, asked: number])[] = [
  ['for writes too, over read-only leaves', 1, 3],
  ['read-only, over writable leaves', 3, 1],
]

/**
 * Superpages over leaves with other rights. A page has one frame in every map, so what the IOTLB keeps of an older leaf
 * shows by its rights alone.
 */
function rightsCases(over: string, before: readonly Range[], superpage: number): Case[] {
  return [1, 2].flatMap((count) =>
    rights.map(([name, old, asked]): Case => {
      const where = `${count === 1 ? 'a superpage' : 'two superpages'} ${name}: ${over}`
      return [`map: ${where}`, before.map((leaf) => map(leaf, old)), map([0, count * superpage], asked)]
    }),
  )
}

function rangesOf(superpage: number, pages: number): (readonly [where: string, Range])[] {
  return begins.flatMap(([from, first]) =>
    ends.flatMap(([to, end]) => {
      const [begin, count] = [first(superpage, pages), end(superpage, pages) - first(superpage, pages)]
      return count > 0 ? [[`from ${from} to ${to}`, [begin, count]] as const] : []
    }),
  )
}
