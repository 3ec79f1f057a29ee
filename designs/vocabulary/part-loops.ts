import { someAttached } from '../../model/actions/host/devices.js'
import type { Machine } from '../../model/machine/machine.js'
import { Reg, reg } from '../../model/machine/registers.js'
import type { State } from '../../model/machine/state.js'
import { isSuperpage, isTable, leafAt, pdeIndex, tableIndex, tableIsEmpty } from '../../model/memory/page-table.js'
import type { Condition, Loop, Range } from '../../model/plan/plan.js'
import { set, strided } from './loops/make.js'
import { cutsUnmaps, isMixed, mapPartEnd, nextUnmapPart, unmapPartEnd, unmapStride } from './parts.js'

// Ranges of a map or an unmap, part by part (`parts.ts`), and the entries of one part.

const cursor = reg('cursor')
const part = reg('part')

/** Where the first part of a range ends. */
export type PartEnd = (m: Machine, s: State, first: number, end: number) => number

const unmapEnd: PartEnd = (m, s, first, end) => unmapPartEnd(m, s, s.domain[0], first, end)
const nextUnmap: PartEnd = (m, s, first, end) => nextUnmapPart(m, s, s.domain[0], first, end)

/** Parts of a range, one after the other, of which the register `part` has the first page. */
export function eachPart(name: string, range: Range, next: PartEnd): Loop {
  return {
    name: `each ${name} of ${range?.name}`,
    span: range?.span,
    finds: 'element',
    range,
    start: (m, s, v) => set(s, v, Reg.part, range.first(m, s, v)),
    seek: (m, s, v) => {
      if (part(m, s, v) < range.end(m, s, v)) return true
      set(s, v, Reg.part, 0)
      return false
    },
    next: (m, s, v) => set(s, v, Reg.part, next(m, s, part(m, s, v), range.end(m, s, v))),
  }
}

/** Parts of a range that the driver maps by one operation each. */
export const eachMapPart = (range: Range): Loop => eachPart('part to map', range, mapPartEnd)
/** Parts of a range that the driver unmaps by one operation each. */
export const eachUnmapPart = (range: Range): Loop => eachPart('part to unmap', range, nextUnmap)

/** The part of a range at which such a loop stands. */
export const partOf =
  (end: PartEnd) =>
  (range: Range): Range => ({
    name: 'part',
    span: range?.span,
    first: part,
    end: (m, s, v) => Math.min(m.pages, end(m, s, part(m, s, v), range.end(m, s, v))),
  })

/** The part of a range at which its loop stands. */
export const mapPart = partOf(mapPartEnd)
export const unmapPart = partOf(unmapEnd)

/** Where the unmap of a range ends, which may be behind the range. */
const reach = (range: Range): Range['end'] => {
  return (m, s, v) => {
    const end = range.end(m, s, v)
    let at = range.first(m, s, v)
    while (at < end) at = unmapEnd(m, s, at, end)
    return Math.min(m.pages, Math.max(at, end))
  }
}

/** What an unmap of a range goes over, in whole superpages. */
export const reachedSuperpages = (range: Range): Range => ({
  name: `superpages reached from ${range?.name}`,
  span: 'superpage',
  first: (m, s, v) => Math.floor(range.first(m, s, v) / m.perSuper) * m.perSuper,
  end: (m, s, v) => Math.ceil(reach(range)(m, s, v) / m.perSuper) * m.perSuper,
})

/** Whether tables are freed with the flush of what was unmapped before their part was. */
const freesEarly = (m: Machine): boolean => cutsUnmaps(m) && m.platform.emptyTable === 'free-then-flush'

/** Where the parts of one size begin that end at a page; one flush covers them. */
function alikeBefore(m: Machine, s: State, first: number, end: number, until: number): number {
  let [at, from, size] = [first, first, 0]
  while (at < until) {
    const next = unmapEnd(m, s, at, end)
    if (next - at !== size) from = at
    size = next - at
    at = next
  }
  return from
}

/** The parts that are flushed when one of another size is unmapped. */
export const partsBefore = (range: Range): Range => ({
  name: 'parts before',
  span: range?.span,
  first: (m, s, v) => alikeBefore(m, s, range.first(m, s, v), range.end(m, s, v), part(m, s, v)),
  end: part,
})

/** All parts up to and with the one at which the loop stands. */
export const partsSoFar = (range: Range): Range => ({
  name: 'parts so far',
  span: range?.span,
  first: range?.first,
  end: unmapPart(range).end,
})

/** Frees the tables of this part as well when it flushes the parts before it. */
export const flushesPartsBefore = (range: Range): Condition => ({
  name: 'of another size than the part before; frees, then flushes',
  holds: (m, s, v) => {
    if (part(m, s, v) === range.first(m, s, v) || !freesEarly(m)) return false
    const end = range.end(m, s, v)
    const next = unmapEnd(m, s, part(m, s, v), end)
    return alikeBefore(m, s, range.first(m, s, v), end, next) === part(m, s, v)
  },
})

/**
 * What the last flush of an unmap covers.
 *
 * @param whole where the unmap is not cut into parts
 */
export const lastParts = (range: Range, whole: Range): Range => ({
  name: whole?.name,
  span: whole?.span,
  first: (m, s, v) => {
    const [uncut, first] = [whole.first(m, s, v), range.first(m, s, v)]
    const last = alikeBefore(m, s, first, range.end(m, s, v), range.end(m, s, v))
    if (uncut !== first && !cutsUnmaps(m)) return uncut
    return first === last || !freesEarly(m) ? first : last
  },
  end: (m, s, v) => {
    const [uncut, cut] = [whole.end(m, s, v), reach(range)(m, s, v)]
    return uncut === cut || !cutsUnmaps(m) ? uncut : cut
  },
})

/**
 * Leaves of a part, each once, up to where the unmap stops; and superpages of which Linux 6.12 takes the memory for a
 * table.
 */
export const eachLeafOfPart = (range: Range): Loop =>
  strided('leaf', range, (m, s, v) => {
    const end = range.end(m, s, v)
    for (let now = cursor(m, s, v); now < end; now += 1) {
      const stride = unmapStride(m, s, s.domain[0], now, end)
      if (stride === 0) return false
      if (leafAt(m, s, s.domain[0], now) === 0) continue
      set(s, v, Reg.cursor, now)
      set(s, v, Reg.stride, stride)
      return true
    }
    set(s, v, Reg.cursor, Math.max(end, cursor(m, s, v)))
    return false
  })

/** Whether frames and addresses allow a superpage here: aligned, inside the range, one run of frames. */
export function mayBeSuperpage(m: Machine, s: State, first: number, end: number): boolean {
  if (first % m.perSuper !== 0 || first + m.perSuper > end || isMixed(m, first)) return false
  const frame = s.pinnedFrame[first]
  if (frame === 0 || (frame - 1) % m.perSuper !== 0) return false
  for (let offset = 1; offset < m.perSuper; offset += 1)
    if (s.pinnedFrame[first + offset] !== frame + offset) return false
  return true
}

const hasEmptyTable = (m: Machine, s: State, at: number): boolean =>
  isTable(s.pde[at]) && tableIsEmpty(m, s, tableIndex(at, s.pde[at]))

/** Whether a superpage is written: nothing is in the way, or what is will be gone. */
function fitsSuperpage(m: Machine, s: State, first: number, end: number): boolean {
  if (!mayBeSuperpage(m, s, first, end)) return false
  const at = pdeIndex(m, s.domain[0], first)
  return s.pde[at] === 0 || hasEmptyTable(m, s, at) || m.platform.mapOverLeaf === 'replace-large'
}

/** The leaves that a map writes: the largest that fit. Without an attached device there is no table. */
export const eachLargestLeaf = (range: Range): Loop =>
  strided('largest leaf', range, (m, s, v) => {
    const end = range.end(m, s, v)
    const now = cursor(m, s, v)
    set(s, v, Reg.stride, now < end && fitsSuperpage(m, s, now, end) ? m.perSuper : 1)
    return now < end && someAttached(s)
  })

/** A leaf that a superpage replaces, or an empty table that goes before it is written, by its first page. */
function goesFirst(m: Machine, s: State, now: number): boolean {
  if (leafAt(m, s, s.domain[0], now) !== 0) return m.platform.mapOverLeaf === 'replace-large'
  if (now % m.perSuper !== 0 || !hasEmptyTable(m, s, pdeIndex(m, s.domain[0], now))) return false
  return m.platform.mapOverLeaf === 'replace-large' || m.platform.emptyTable === 'free-then-flush'
}

/** The first entry from a page on that a superpage of the range replaces; the range's end if there is none. */
function entryInTheWay(m: Machine, s: State, from: number, end: number): number {
  let now = from
  while (now < end) {
    const ahead = m.perSuper - (now % m.perSuper)
    const isEmpty = s.pde[pdeIndex(m, s.domain[0], now)] === 0
    const isOutside = ahead === m.perSuper && !isEmpty && !mayBeSuperpage(m, s, now, end)
    if (!isEmpty && !isOutside && goesFirst(m, s, now)) return now
    now += isEmpty || isOutside ? ahead : 1
  }
  return end
}

/** What Linux 6.12 takes out of a part before it writes the first superpage there: every leaf, every empty table. */
export function eachEntryInTheWay(range: Range): Loop {
  return strided(
    'entry in the way',
    range,
    (m, s, v) => {
      const end = range.end(m, s, v)
      const now = entryInTheWay(m, s, cursor(m, s, v), end)
      if (now >= end) return false
      set(s, v, Reg.cursor, now)
      set(s, v, Reg.stride, isSuperpage(s.pde[pdeIndex(m, s.domain[0], now)]) ? m.perSuper : 1)
      return true
    },
    (m, s, v) => Math.ceil(range.first(m, s, v) / m.perSuper) * m.perSuper,
  )
}

/** What is left of a part from the superpage at the cursor on. */
export const restOf = (range: Range): Range => ({
  name: `rest of ${range?.name}`,
  span: range?.span,
  first: (m, s, v) => Math.floor(cursor(m, s, v) / m.perSuper) * m.perSuper,
  end: range.end,
})
