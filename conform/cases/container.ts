import {
  type Call,
  type FlawName,
  flawNames,
  type InterfaceName,
  isModule,
  isRmmInterface,
  type LimitName,
  noLimits,
} from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { hasDomains, type TestTarget, testSetupOf } from '../protocol/setting.js'
import { backingCases, remappingCases, underDmaCases } from './backing.js'
import { whyNotAsked } from './capabilities.js'
import { domainCases } from './domains.js'
import { kvmCases } from './kvm.js'
import { deviceReads, hostFills, hostReads, look, map, observe, pagesOf, unmap, warm, withNeighbours } from './looks.js'
import { pageTableCases } from './page-table.js'
import { rmmCases } from './rmm/boundary.js'
import { septCases } from './sept/boundary.js'

/** One thing that can be wrong with a call, or nothing: the calls before it that make it so, and the limits. */
interface Circumstance {
  readonly name: string
  readonly before?: readonly Call[]
  readonly limits?: Partial<Record<LimitName, number>>
  readonly flaw?: FlawName
  readonly permissions?: number
}

const nothing: Circumstance = { name: '' }
const mapFlaws = (on: InterfaceName): Circumstance[] => [
  nothing,
  ...flawNames.filter((flaw) => flaw !== 'guest-memfd' || on === 'iommufd-file').map((flaw) => ({ name: flaw, flaw })),
]
const rights: readonly Circumstance[] = [nothing, { name: 'no rights', permissions: 0 }]
const overlaps: readonly Circumstance[] = [nothing, { name: 'overlap', before: [map(5, 1)] }]
const entries: readonly Circumstance[] = [
  nothing,
  { name: 'no entry left', before: [map(0, 1), map(2, 1)], limits: { entries: 2 } },
]
const memlock: readonly Circumstance[] = [
  nothing,
  { name: 'too much locked', before: [map(8, 2)], limits: { memlock: 4 } },
]

/** Every set of circumstances together, so that every order of two checks is met. */
function together(...all: readonly (readonly Circumstance[])[]): Circumstance[][] {
  return all.reduce<Circumstance[][]>((sets, one) => sets.flatMap((set) => one.map((each) => [...set, each])), [[]])
}

const nameOf = (what: string, set: readonly Circumstance[]): string => {
  const names = set.map(({ name }) => name).filter((name) => name !== '')
  return `boundary ${what}: ${names.length === 0 ? 'nothing wrong' : names.join(' + ')}`
}

function mapCase(set: readonly Circumstance[], testTarget: TestTarget): Sequence {
  const limits = Object.assign({}, ...set.map((one) => one.limits ?? {}))
  const flaw = set.find((one) => one.flaw !== undefined)?.flaw ?? 'none'
  const permissions = set.find((one) => one.permissions !== undefined)?.permissions ?? 3
  const before = set.flatMap((one) => one.before ?? [])
  const call: Call = { call: 'map', iovfn: 4, page: 4, count: 3, permissions, flaw }
  const others = before.flatMap((one) => (one.call === 'map' ? pagesOf({ first: one.iovfn, count: one.count }) : []))
  const pages = [...new Set([...withNeighbours({ first: 4, count: 3 }), ...others])]
  return {
    from: nameOf('map', set),
    setting: testSetupOf(testTarget, limits),
    calls: [...before, ...warm(others), call, observe, ...look(pages), observe],
  }
}

/** How an unmap's range lies to the mappings 1..3, 4..4, 6..9 and 10..11, with 0 and 5 free. */
const ranges: readonly (readonly [name: string, iovfn: number, count: number])[] = [
  ['one mapping', 1, 3],
  ['one mapping of two pages, aligned to its size', 10, 2],
  ['one mapping and what is free around it', 0, 4],
  ['two mappings and a hole', 4, 6],
  ['the first three', 1, 9],
  ['the first page of one', 1, 1],
  ['the last page of one', 3, 1],
  ['the middle of one', 2, 1],
  ['one whole and half of the next', 4, 4],
  ['half of one and the next whole', 2, 3],
  ['half of one and half of another', 2, 6],
  ['a hole and half of the next', 5, 3],
  ['nothing mapped', 5, 1],
]
const unmapFlaws = ['none', 'misaligned', 'wraps', 'empty'] as const

/** Pages that are mapped before an unmap, in four mappings. */
const mapped = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
const four: readonly Call[] = [map(1, 3), map(4, 1), map(6, 4), map(10, 2)]
/** Those with what lies between and around them. */
const around = pagesOf({ first: 0, count: 13 })

function unmapCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  return ranges.flatMap(([name, iovfn, count]) =>
    unmapFlaws.map((flaw) => {
      const call: Call = { call: 'unmap', iovfn, count, flaw }
      const isRight = flaw === 'none'
      const pages = around.filter((page) => isRight || (page >= iovfn - 1 && page <= iovfn + count))
      const calls = [...four, ...warm(isRight ? mapped : []), call, observe, ...look(pages), observe]
      return { from: `boundary unmap: ${flaw} over ${name}`, setting, calls }
    }),
  )
}

/** Unmap-all calls on a container that is empty, and on one that is full. */
function allCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const call: Call = { call: 'unmap-all' }
  return [
    { from: 'boundary unmap-all: nothing mapped', setting, calls: [call, observe] },
    {
      from: 'boundary unmap-all: four mappings',
      setting,
      calls: [...four, ...warm(mapped), call, observe, ...look(around), observe],
    },
  ]
}

/** Each right against each access to each page, in both orders, and the translations before and after an unmap. */
function accessCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const pages = withNeighbours({ first: 4, count: 4 })
  const two = [look(pages), deviceReads(pages)]
  return [1, 2, 3].flatMap((permissions) =>
    [two, [...two].reverse()].map((both, index) => ({
      from: `boundary rights ${permissions}: ${index === 0 ? 'write, then read' : 'read, then write'}`,
      setting,
      calls: [
        ...hostFills(pages),
        map(4, 4, permissions),
        ...both.flat(),
        unmap(4, 4),
        ...both.flat(),
        ...hostReads(pages),
        observe,
      ],
    })),
  )
}

/** A limit is met, given back by an unmap, and met again; a failing call costs nothing. */
function limitCases(testTarget: TestTarget): Sequence[] {
  const again = [map(0, 1), map(4, 1), map(8, 1), observe, unmap(0, 1), map(8, 1), map(12, 1), observe]
  return [
    { from: 'boundary limit: entries given back', setting: testSetupOf(testTarget, { entries: 2 }), calls: again },
    { from: 'boundary limit: locked pages given back', setting: testSetupOf(testTarget, { memlock: 2 }), calls: again },
    ...[0, 1, 3, 5].map((memlock) => rollbackCase(testTarget, memlock)),
    ...[1, 3, 5].map((memlock) => rollbackCase(testTarget, memlock, firstOfRuns(testTarget))),
  ]
}

/** A map of six pages fails when so many are locked: what is undone is a part of it, which a smaller one gets. */
function rollbackCase(testTarget: TestTarget, memlock: number, first = 5): Sequence {
  const setting = testSetupOf(testTarget, { memlock })
  const pages = withNeighbours({ first, count: 6 }).filter((page) => page < setting.pages)
  const smaller = memlock === 0 ? [] : [map(first, memlock), ...look(pages), unmap(first, memlock), observe]
  return {
    from: `boundary limit: six pages from ${first} on where ${memlock} may be locked`,
    setting,
    calls: [map(first, 6), observe, ...look(pages), ...smaller, map(first, 6), observe],
  }
}

/** The first of the last six pages, whose frames lie in several runs. */
const firstOfRuns = (testTarget: TestTarget): number => testSetupOf(testTarget, {}).pages - 6

/** Each page of several runs, before and after it is unmapped. */
function runCases(testTarget: TestTarget): Sequence[] {
  const first = firstOfRuns(testTarget)
  const pages = pagesOf({ first: first - 1, count: 7 })
  const calls = [
    ...[...hostFills(pages), map(first, 6), observe, ...deviceReads(pages), ...look(pages), observe],
    ...[unmap(first, 6), observe, ...look(pages, 120), observe, map(first, 6), ...deviceReads(pages)],
  ]
  return [{ from: 'boundary runs: the last six pages', setting: testSetupOf(testTarget, {}), calls }]
}

/** A page table may have no memory behind it: then no call reads or writes memory. */
function forTable({ hello }: TestTarget, sequence: Sequence): Sequence {
  const ofMemory = ['host-read', 'host-write']
  if (hello.observes.includes('data')) return sequence
  return { ...sequence, calls: sequence.calls.filter(({ call }) => !ofMemory.includes(call)) }
}

/** The fixed list as an implementation is asked it, and what of it is left out. */
export interface BoundaryCases {
  /** How many there are on the interface. */
  readonly cases: number
  readonly sequences: readonly Sequence[]
  readonly leftOut: readonly LeftOutCases[]
}

/** Cases that an implementation cannot be asked, all for one reason. */
export interface LeftOutCases {
  readonly why: string
  readonly cases: number
}

/**
 * The fixed list: every errno of the container's interfaces, every order of their checks, every way in which a range
 * can lie to what is mapped. A page table is asked the ranges alone: it has no accounting, no limits and no flaws.
 */
export function containerCases(testTarget: TestTarget): BoundaryCases {
  const all = limitedLast(casesOf(testTarget)).map((sequence) => ({
    sequence,
    why: whyNotAsked(testTarget.hello, sequence)?.message,
  }))
  const reasons = all.flatMap(({ why }) => why ?? [])
  return {
    cases: all.length,
    sequences: all.flatMap(({ sequence, why }) => (why === undefined ? [sequence] : [])),
    leftOut: [...new Set(reasons)].map((why) => ({ why, cases: reasons.filter((one) => one === why).length })),
  }
}

/** What a call leaks counts against later limits: it is met by the case that shows it as itself. */
function limitedLast(all: readonly Sequence[]): Sequence[] {
  const isLimited = ({ setting }: Sequence) =>
    setting.entries !== noLimits.entries || setting.memlock !== noLimits.memlock
  return [...all.filter((one) => !isLimited(one)), ...all.filter(isLimited)]
}

function casesOf(testTarget: TestTarget): Sequence[] {
  const { hello, interface: on } = testTarget
  if (isModule(on)) return septCases({ hello, interface: on })
  if (isRmmInterface(on)) return rmmCases({ hello, interface: on })
  if (testTarget.interface === 'page-table') {
    const moving = hasDomains(testTarget) ? domainCases(testTarget) : []
    const all = [...accessCases(testTarget), ...moving, ...pageTableCases(testTarget)]
    return all.map((one) => forTable(testTarget, one))
  }
  return [
    ...unmapCases(testTarget),
    ...remappingCases(testTarget),
    ...backingCases(testTarget),
    ...accessCases(testTarget),
    ...allCases(testTarget),
    ...(testTarget.kvm ? kvmCases(testTarget) : []),
    ...together(mapFlaws(testTarget.interface), rights, overlaps, entries, memlock).map((set) =>
      mapCase(set, testTarget),
    ),
    ...limitCases(testTarget),
    ...underDmaCases(testTarget),
    ...runCases(testTarget),
  ]
}
