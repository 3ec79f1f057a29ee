import type { Call } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { type TestTarget, testSetupOf } from '../protocol/setting.js'
import { hostReads, map, observe, pagesOf, unmap, withNeighbours } from './looks.js'

/** Who changes the attributes: the guest by its hypercall, or the VMM by itself. */
const ways = ['convert', 'set-attributes'] as const
type Way = (typeof ways)[number]

/** What is converted, out of the pages 4..11 that are mapped. */
interface Range {
  readonly name: string
  readonly page: number
  readonly count: number
}
/** The last one crosses from one superpage, or page table, into the next. */
const ranges: readonly Range[] = [
  { name: 'a page', page: 5, count: 1 },
  { name: 'three pages', page: 5, count: 3 },
  { name: 'four pages across a boundary', page: 6, count: 4 },
]

/** Both ends of a range, and its neighbours. */
const endsOf = ({ page, count }: Range): readonly number[] => [...new Set([page, page + count - 1])]
const neighboursOf = ({ page, count }: Range): readonly number[] => [page - 1, page + count]

const each = (pages: readonly number[], calls: (page: number) => readonly Call[]): Call[] => pages.flatMap(calls)

/** The device writes one value and the guest another; who sees which says whether they are on one frame. */
const meet = (pages: readonly number[], value: number): Call[] =>
  each(pages, (page) => [
    { call: 'dma-write', device: 0, iovfn: page, value: value + page },
    { call: 'guest-read', page },
    { call: 'guest-write', page, value: value + page + 20 },
    { call: 'dma-read', device: 0, iovfn: page },
    { call: 'host-read', page },
  ])

/** The calls of a case, given what converts its range. */
type Case = (range: Range, to: (to: 'private' | 'shared') => Call) => readonly Call[]

/** All of 4..11 in one mapping, known to both sides, and then the range is private with its mapping in place. */
const left: Case = (range, to) => [
  map(4, 8),
  ...meet(endsOf(range), 10),
  to('private'),
  ...meet(endsOf(range), 60),
  observe,
]

/** What the range had is freed, and the device keeps it; the guest gets another. */
const punchedAndBack: Case = (range, to) => [
  ...left(range, to),
  { call: 'punch-hole', page: range.page, count: range.count },
  observe,
  ...each(endsOf(range), (page) => [{ call: 'dma-write', device: 0, iovfn: page, value: 110 + page }]),
  to('shared'),
  ...each(endsOf(range), (page) => [{ call: 'guest-read', page }]),
  ...meet(endsOf(range), 140),
  observe,
]

/** The mapping is replaced by what lies before the range and behind it. */
const around: Case = (range, to) => {
  const { page, count } = range
  return [
    ...left(range, to),
    unmap(4, 8),
    map(4, page - 4),
    map(page + count, 12 - page - count),
    ...meet([...endsOf(range), ...neighboursOf(range)], 110),
    observe,
    { call: 'punch-hole', page, count },
    observe,
  ]
}

const cases: readonly (readonly [name: string, Case])[] = [
  ['left mapped', left],
  ['left mapped, punched and converted back', punchedAndBack],
  ['unmapped, and the rest mapped again', around],
  [
    'left mapped, punched, converted back and mapped again',
    (range, to) => [
      ...punchedAndBack(range, to),
      unmap(4, 8),
      observe,
      map(4, 8),
      ...each(endsOf(range), (page) => [{ call: 'dma-read', device: 0, iovfn: page }]),
      ...meet([...endsOf(range), ...neighboursOf(range)], 180),
      observe,
    ],
  ],
  [
    'left mapped and converted back, nothing punched',
    (range, to) => [...left(range, to), to('shared'), ...meet(endsOf(range), 110), observe],
  ],
  [
    'mapped only after it is private',
    (range, to) => [to('private'), map(4, 8), ...meet(endsOf(range), 10), to('shared'), ...meet(endsOf(range), 60)],
  ],
  [
    'left mapped, and its private memory punched',
    (range, to) => [
      ...left(range, to),
      { call: 'punch-private', page: range.page, count: range.count },
      ...meet(endsOf(range), 110),
      observe,
    ],
  ],
  ['a mapping of its own, unmapped', ownMapping],
]

/** Here no neighbour is unmapped even for a moment. */
function ownMapping(range: Range, to: (to: 'private' | 'shared') => Call): readonly Call[] {
  const { page, count } = range
  const pages = [...endsOf(range), ...neighboursOf(range)]
  return [
    map(4, page - 4),
    map(page, count),
    map(page + count, 12 - page - count),
    ...meet(pages, 10),
    to('private'),
    unmap(page, count),
    ...meet(pages, 60),
    observe,
    to('shared'),
    ...meet(endsOf(range), 110),
    map(page, count),
    ...meet(pages, 140),
    observe,
  ]
}

/** What lies around a hole in the shared or in the private pages 4..7; the guest has touched all of them. */
const holes: readonly Range[] = [
  { name: 'the first page', page: 4, count: 1 },
  { name: 'the last page', page: 7, count: 1 },
  { name: 'the middle', page: 5, count: 2 },
  { name: 'all', page: 4, count: 4 },
]
const around4 = withNeighbours({ first: 4, count: 4 })
const guestFills = (pages: readonly number[], more: number): Call[] =>
  each(pages, (page) => [{ call: 'guest-write', page, value: page + more }])
const guestReads = (pages: readonly number[]): Call[] => each(pages, (page) => [{ call: 'guest-read', page }])

/** The guest reaches each page of a range and its neighbours before and after its backing goes, on either side. */
function holeCases(setting: Sequence['setting']): Sequence[] {
  return holes.flatMap(({ name, page, count }): Sequence[] => [
    {
      from: `boundary kvm: ${name} of what the guest shares is punched`,
      setting,
      calls: [
        ...guestFills(around4, 10),
        { call: 'punch-hole', page, count },
        ...guestReads(around4),
        ...hostReads(around4),
        ...guestFills(around4, 30),
        ...hostReads(around4),
      ],
    },
    {
      from: `boundary kvm: ${name} of what is private is punched`,
      setting,
      calls: [
        { call: 'set-attributes', page: 4, count: 4, to: 'private' },
        ...guestFills(around4, 10),
        { call: 'punch-private', page, count },
        ...guestReads(around4),
        ...guestFills(around4, 30),
        ...guestReads(around4),
      ],
    },
  ])
}

/** Pages 4..7, of which one, or all but one, has the attribute already that all of them are to get. */
function mixedCases(setting: Sequence['setting']): Sequence[] {
  const set = (page: number, count: number, to: 'private' | 'shared'): Call => ({
    call: 'set-attributes',
    ...{ page, count, to },
  })
  const sides = ['private', 'shared'] as const
  return sides.flatMap((to) =>
    pagesOf({ first: 4, count: 4 }).flatMap((page) =>
      sides.map((side): Sequence => {
        const others = side === 'private' ? 'shared' : 'private'
        return {
          from: `boundary kvm: page ${page} is ${side}, the others are ${others}, and all become ${to}`,
          setting,
          calls: [
            set(4, 4, others),
            set(page, 1, side),
            ...guestFills(around4, 10),
            set(4, 4, to),
            ...guestReads(around4),
            ...guestFills(around4, 30),
            ...guestReads(around4),
            ...hostReads(around4),
          ],
        }
      }),
    ),
  )
}

/** Every page of a conversion and its neighbours, by the guest and the host, there and back; all have values. */
function thereAndBack({ name, page, count }: Range, way: Way, setting: Sequence['setting']): Sequence {
  const pages = withNeighbours({ first: page, count })
  const own = pagesOf({ first: page, count })
  const to = (side: 'private' | 'shared'): Call => ({ call: way, page, count, to: side })
  return {
    from: `boundary kvm: ${name} there and back ${by(way)}`,
    setting,
    calls: [
      ...guestFills(pages, 10),
      to('private'),
      ...guestReads(pages),
      ...guestFills(own, 30),
      ...hostReads(pages),
      to('shared'),
      ...guestReads(pages),
      ...hostReads(pages),
      to('private'),
      ...guestReads(pages),
    ],
  }
}

const by = (way: Way) => (way === 'convert' ? 'by hypercall' : 'by ioctl')

/**
 * Conversions while devices reach the pages: the attribute says which side the guest is on, and leaves the device where
 * its mapping put it.
 */
export function kvmCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const together = cases.flatMap(([name, calls]) =>
    ranges.flatMap((range) =>
      ways.map((way) => ({
        from: `boundary kvm: ${range.name} converted ${by(way)}: ${name}`,
        setting,
        calls: calls(range, (to) => ({ call: way, page: range.page, count: range.count, to })),
      })),
    ),
  )
  const whole = ranges.flatMap((range) => ways.map((way) => thereAndBack(range, way, setting)))
  return [...holeCases(setting), ...whole, ...together, ...mixedCases(setting)]
}
