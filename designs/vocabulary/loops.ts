import { isAttached, someAttached } from '../../model/actions/host/devices.js'
import {
  isSuperpage,
  isTable,
  leafAt,
  pdeIndex,
  tableIndex,
  tableIsEmpty,
  unlinkedTable,
} from '../../model/actions/vtd/page-table.js'
import { Flaw } from '../../model/machine/action.js'
import type { Machine } from '../../model/machine/machine.js'
import { Reg, reg, regOf } from '../../model/machine/registers.js'
import { Attr, Sept, type State } from '../../model/machine/state.js'
import { GuestView } from '../../model/plan/interpreter.js'
import type { Loop, Operand, Range } from '../../model/plan/plan.js'

type Test = (m: Machine, s: State, at: number, vcpu: number) => boolean

export function set(s: State, vcpu: number, register: number, value: number): void {
  s.reg[regOf(vcpu, register)] = value
}

/** A loop over the pages of a range for which a test holds, with a register as its cursor. */
export function pages(name: string, range: Range, cursor: 'page' | 'cursor', test: Test): Loop {
  const at = reg(cursor)
  return {
    name: `each ${name} of ${range.name}`,
    span: range.span,
    finds: 'element',
    start: (m, s, v) => set(s, v, Reg[cursor], range.first(m, s, v)),
    seek: (m, s, v) => {
      const end = range.end(m, s, v)
      let now = at(m, s, v)
      while (now < end && !test(m, s, now, v)) now += 1
      set(s, v, Reg[cursor], now)
      return now < end
    },
    next: (m, s, v) => set(s, v, Reg[cursor], at(m, s, v) + 1),
  }
}

const isMapped: Test = (_, s, at) => s.mapOf[at] !== 0
const isSharedUnmapped: Test = (_, s, at) => s.mapOf[at] === 0 && s.attr[at] === Attr.Shared
/** Shared already, but not acknowledged to the guest: a refused conversion has to undo it. */
export const isUnacknowledged: Test = (_, s, at) => s.attr[at] === Attr.Shared && s.guestView[at] === GuestView.Private

/**
 * Private already, and the guest has no answer yet, or the shared side is still there: a refused conversion has to undo
 * it. The latter counts where a guest races itself, and another vCPU's answer came in between.
 */
const isUnansweredPrivate: Test = (_, s, at) =>
  s.attr[at] === Attr.Private && (s.guestView[at] === GuestView.BecomingPrivate || s.sharedFrame[at] !== 0)

/** Loops of a design, over pages of the guest. */
export const eachMappedPage = (range: Range): Loop => pages('mapped page', range, 'page', isMapped)
export const eachPrivatePage = (range: Range): Loop =>
  pages('private page', range, 'page', (_, s, at) => s.attr[at] === Attr.Private)
/** Shared pages to which the IOMMU does not lead; for drivers without mappings of their own. */
export const eachSharedAbsentPage = (range: Range): Loop =>
  pages('shared page without a leaf', range, 'page', (m, s, at) => {
    return s.attr[at] === Attr.Shared && leafAt(m, s, s.domain[0], at) === 0
  })
/** Pages that are mapped though their attribute says private. */
export const eachPrivateMappedPage = (range: Range): Loop =>
  pages('private, mapped page', range, 'page', (_, s, at) => s.mapOf[at] !== 0 && s.attr[at] === Attr.Private)
export const eachUnmappedPage = (range: Range): Loop =>
  pages('unmapped page', range, 'page', (m, s, at, v) => !isMapped(m, s, at, v))
export const eachSharedUnmappedPage = (range: Range): Loop =>
  pages('shared, unmapped page', range, 'page', isSharedUnmapped)
export const eachUnacknowledgedPage = (range: Range): Loop =>
  pages('unacknowledged page', range, 'page', isUnacknowledged)
export const eachUnacknowledgedMappedPage = (range: Range): Loop =>
  pages(
    'unacknowledged, mapped page',
    range,
    'page',
    (m, s, at, v) => isUnacknowledged(m, s, at, v) && isMapped(m, s, at, v),
  )
export const eachUnacknowledgedUnmappedPage = (range: Range): Loop =>
  pages(
    'unacknowledged, unmapped page',
    range,
    'page',
    (m, s, at, v) => isUnacknowledged(m, s, at, v) && !isMapped(m, s, at, v),
  )
export const eachUnansweredPrivatePage = (range: Range): Loop =>
  pages('unanswered, private page', range, 'page', isUnansweredPrivate)
export const eachSharedPage = (range: Range): Loop =>
  pages('shared page', range, 'page', (_, s, at) => s.attr[at] === Attr.Shared)
/** Shared pages at which a memory slot has a hole. */
export const eachSharedHole = (range: Range): Loop =>
  pages('shared page in a hole', range, 'page', (_, s, at) => s.attr[at] === Attr.Shared && s.slotHole[at] === 1)
export const eachPageOf = (range: Range): Loop => pages('page', range, 'page', () => true)

/** Loops of a driver or of KVM, inside a call. Without an attached device there is no table, and nothing to pin for. */
export const eachPageIn = (range: Range): Loop => pages('page', range, 'cursor', (_, s) => someAttached(s))
export const eachPinnedPage = (range: Range): Loop =>
  pages('pinned page', range, 'cursor', (_, s, at) => s.pinnedFrame[at] !== 0)
export const eachSharedFrame = (range: Range): Loop =>
  pages('page with a shared frame', range, 'cursor', (_, s, at) => s.sharedFrame[at] !== 0)
export const eachPrivateFrame = (range: Range): Loop =>
  pages('page with a private frame', range, 'cursor', (_, s, at) => s.privateFrame[at] !== 0)
export const eachSeptEntry = (range: Range): Loop =>
  pages('secure EPT entry', range, 'cursor', (_, s, at) => s.sept.length > 0 && s.sept[at] !== Sept.Free)
/** Pages that no leaf of the domain in use maps. */
export const eachAbsentLeaf = (range: Range): Loop =>
  pages('page without a leaf', range, 'cursor', (m, s, at) => leafAt(m, s, s.domain[0], at) === 0)
/** Pinned pages that the call leaves mapped: those outside its range, and all from the first mapping that it cuts. */
export const eachOtherPinnedPage = (range: Range): Loop =>
  pages('other pinned page', range, 'cursor', (m, s, at, v) => s.pinnedFrame[at] !== 0 && isLeftMapped(m, s, at, v))

const isLeftMapped: Test = (m, s, at, v) => {
  const named = reg('callFirst')(m, s, v)
  const first = named + (reg('flaw')(m, s, v) === Flaw.Misaligned ? 1 : 0)
  const end = reg('callEnd')(m, s, v)
  if (at < first || at >= end) return true
  const startsBefore = s.mapOf[named] !== 0 && s.mapOf[named] <= first
  const own = s.mapOf[at] - 1
  return startsBefore || (own >= 0 && own + s.mapLength[own] > end)
}

/**
 * A loop over leaves: `seek` moves the cursor to the next one, and says in the register `stride` how many pages it has.
 *
 * @param first where it begins; the range's first page, if left out
 */
export function strided(name: string, range: Range, seek: Loop['seek'], first: Range['first'] = range.first): Loop {
  const [at, stride] = [reg('cursor'), reg('stride')]
  return {
    name: `each ${name} of ${range.name}`,
    span: range.span,
    finds: 'element',
    start: (m, s, v) => set(s, v, Reg.cursor, first(m, s, v)),
    seek,
    next: (m, s, v) => set(s, v, Reg.cursor, at(m, s, v) + stride(m, s, v)),
  }
}

/** Leaves of a domain's table in a range, each once. */
export const eachLeaf = (range: Range, domain: Operand): Loop =>
  strided('leaf', range, (m, s, v) => {
    const end = range.end(m, s, v)
    const table = domain(m, s, v)
    let now = reg('cursor')(m, s, v)
    while (now < end && leafAt(m, s, table, now) === 0) now += 1
    set(s, v, Reg.cursor, now)
    const large = now < end && isSuperpage(s.pde[pdeIndex(m, table, now)])
    set(s, v, Reg.stride, large ? m.perSuper - (now % m.perSuper) : 1)
    return now < end
  })

/** The mappings that meet the call's range, in order of address; each is gone when its turn ends. */
export const eachArea: Loop = {
  name: 'each mapping of the call',
  span: 'call',
  finds: 'element',
  start: (m, s, v) => {
    set(s, v, Reg.areaFirst, reg('callFirst')(m, s, v))
    set(s, v, Reg.areaEnd, reg('callFirst')(m, s, v))
  },
  seek: (m, s, v) => {
    const end = reg('callEnd')(m, s, v)
    let now = reg('areaEnd')(m, s, v)
    while (now < end && s.mapOf[now] === 0) now += 1
    if (now >= end) return false
    const first = s.mapOf[now] - 1
    set(s, v, Reg.areaFirst, first)
    set(s, v, Reg.areaEnd, first + s.mapLength[first])
    return true
  },
  next: () => undefined,
}

/** Regions that a test holds for, by their first page, among those that a range meets. */
function regions(name: string, range: Range, whole: boolean, test: Test): Loop {
  const at = reg('cursor')
  return {
    name: `each ${name} of ${range.name}`,
    span: range.span,
    finds: 'element',
    start: (m, s, v) => {
      const first = range.first(m, s, v) / m.perSuper
      set(s, v, Reg.cursor, (whole ? Math.ceil(first) : Math.floor(first)) * m.perSuper)
    },
    seek: (m, s, v) => {
      const end = range.end(m, s, v)
      let now = at(m, s, v)
      const inside = () => now + (whole ? m.perSuper : 1) <= end
      while (inside() && !test(m, s, pdeIndex(m, s.domain[0], now), v)) now += m.perSuper
      set(s, v, Reg.cursor, now)
      return inside()
    },
    next: (m, s, v) => set(s, v, Reg.cursor, at(m, s, v) + m.perSuper),
  }
}

/** Tables that an unmap leaves empty: those of regions that the range covers whole. */
export const eachEmptyTable = (range: Range): Loop =>
  regions('empty table', range, true, (m, s, at) => isTable(s.pde[at]) && tableIsEmpty(m, s, tableIndex(at, s.pde[at])))
export const eachUnlinkedTable = (range: Range): Loop =>
  regions('unlinked table', range, false, (_, s, at) => unlinkedTable(s, at))
/** Superpages that the call's range cuts: it meets them and leaves a part. */
export const eachCutSuperpage = (range: Range): Loop =>
  regions('cut superpage', range, false, (m, s, at, v) => {
    const first = (at % m.regions) * m.perSuper
    const whole = first >= range.first(m, s, v) && first + m.perSuper <= range.end(m, s, v)
    return isSuperpage(s.pde[at]) && !whole
  })

function counted(name: string, most: (m: Machine) => number, isThere: (s: State, at: number) => boolean): Loop {
  const at = reg('turn')
  return {
    name: `each ${name}`,
    span: 'page',
    finds: 'element',
    start: (_, s, v) => set(s, v, Reg.turn, 0),
    seek: (m, s, v) => {
      let now = at(m, s, v)
      while (now < most(m) && !isThere(s, now)) now += 1
      set(s, v, Reg.turn, now)
      return now < most(m)
    },
    next: (m, s, v) => set(s, v, Reg.turn, at(m, s, v) + 1),
  }
}

export const eachUnit = counted(
  'unit',
  (m) => m.scope.units,
  () => true,
)
/** Where devices come and go, those that are attached. */
export const eachDevice = counted(
  'device',
  (m) => m.scope.devices,
  (s, device) => s.plugged.length === 0 || isAttached(s, device),
)

/** Runs of pages of a range for which a test holds, the longest at a time. */
function runs(name: string, range: Range, test: Test, within?: 'superpage'): Loop {
  return {
    name: `each ${name} run of ${range.name}`,
    span: range.span,
    finds: 'run',
    start: (m, s, v) => set(s, v, Reg.runEnd, range.first(m, s, v)),
    seek: (m, s, v) => {
      const end = range.end(m, s, v)
      let first = reg('runEnd')(m, s, v)
      while (first < end && !test(m, s, first, v)) first += 1
      const most = within === undefined ? end : Math.min(end, (Math.floor(first / m.perSuper) + 1) * m.perSuper)
      let last = first
      while (last < most && test(m, s, last, v)) last += 1
      set(s, v, Reg.runFirst, first)
      set(s, v, Reg.runEnd, last)
      return first < end
    },
    next: () => undefined,
  }
}

/** @param within whether a run ends with its superpage */
export const eachSharedUnmappedRun = (range: Range, within?: 'superpage'): Loop =>
  runs('shared, unmapped', range, isSharedUnmapped, within)
export const eachUnacknowledgedMappedRun = (range: Range): Loop =>
  runs('unacknowledged, mapped', range, (m, s, at, v) => isUnacknowledged(m, s, at, v) && isMapped(m, s, at, v))
export const eachUnacknowledgedUnmappedRun = (range: Range): Loop =>
  runs('unacknowledged, unmapped', range, (m, s, at, v) => isUnacknowledged(m, s, at, v) && !isMapped(m, s, at, v))
