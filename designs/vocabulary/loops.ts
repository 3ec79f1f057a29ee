import { isAttached, someAttached } from '../../model/actions/host/devices.js'
import { hasSlot } from '../../model/actions/host/slots.js'
import { regionEnd } from '../../model/actions/kvm/vmm.js'
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
import { Reg, reg } from '../../model/machine/registers.js'
import { Attr, Sept } from '../../model/machine/state.js'
import { GuestView } from '../../model/plan/interpreter.js'
import type { Loop, Operand, Range } from '../../model/plan/plan.js'
import { counted, pages, regions, runs, set, strided, type Test } from './loop-makers.js'

export { pages, strided } from './loop-makers.js'

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
/** Unmapped pages that KVM has a memory slot for, all or those that are shared. */
export const eachUnmappedPageInSlot = (range: Range): Loop =>
  pages('unmapped page in a slot', range, 'page', (m, s, at) => s.mapOf[at] === 0 && hasSlot(m, s, at))
export const eachSharedUnmappedPageInSlot = (range: Range): Loop =>
  pages(
    'shared, unmapped page in a slot',
    range,
    'page',
    (m, s, at, v) => isSharedUnmapped(m, s, at, v) && hasSlot(m, s, at),
  )
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

/** The parts of a range that lie in one memory region each. */
export const eachRegion = (range: Range): Loop => ({
  name: `each memory region of ${range.name}`,
  span: range.span,
  finds: 'run',
  range,
  sets: 'run',
  start: (m, s, v) => set(s, v, Reg.runEnd, range.first(m, s, v)),
  seek: (m, s, v) => {
    const end = range.end(m, s, v)
    const first = reg('runEnd')(m, s, v)
    set(s, v, Reg.runFirst, first)
    set(s, v, Reg.runEnd, Math.min(end, regionEnd(m, first)))
    return first < end
  },
  next: () => undefined,
})

/**
 * Runs of shared pages that are not mapped for DMA.
 *
 * @param within whether a run ends with its superpage
 */
export const eachSharedUnmappedRun = (range: Range, within?: 'superpage'): Loop =>
  runs('shared, unmapped', range, isSharedUnmapped, within)
export const eachUnacknowledgedMappedRun = (range: Range): Loop =>
  runs('unacknowledged, mapped', range, (m, s, at, v) => isUnacknowledged(m, s, at, v) && isMapped(m, s, at, v))
export const eachUnacknowledgedUnmappedRun = (range: Range): Loop =>
  runs('unacknowledged, unmapped', range, (m, s, at, v) => isUnacknowledged(m, s, at, v) && !isMapped(m, s, at, v))
