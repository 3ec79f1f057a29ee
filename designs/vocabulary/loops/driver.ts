import { isAttached, someAttached } from '../../../model/actions/host/devices.js'
import { isMissed, missesTop } from '../../../model/actions/vfio/unmap.js'
import { Flaw } from '../../../model/machine/action.js'
import { trustedPages } from '../../../model/machine/architectures/trusted.js'
import type { MachineSettings } from '../../../model/machine/machine.js'
import { Reg, reg } from '../../../model/machine/registers.js'
import { Attr, Sept, type State } from '../../../model/machine/state.js'
import {
  isSuperpage,
  isTable,
  leafAt,
  pdeIndex,
  regionFirst,
  tableIndex,
  tableIsEmpty,
  unlinkedTable,
} from '../../../model/memory/page-table.js'
import type { Loop, Operand, Range } from '../../../model/plan/plan.js'
import { counted, type PageTest, pages, regions, set, strided } from './make.js'

// Loops of a driver or of KVM, inside of a call: the body works at the cursor.

/**
 * All pages of a range, in a call of a driver; none while no device is attached.
 *
 * @example
 * { each: loops.eachPageIn(ranges.given), body: [steps.pinPage] }
 */
export const eachPageIn = (range: Range): Loop => pages('page', range, 'cursor', (_, s) => someAttached(s))
const pinnedFrames = ({ pinnedFrame }: State) => pinnedFrame
/**
 * Pages whose frame the driver has pinned.
 *
 * @example
 * { each: loops.eachPinnedPage(ranges.area), body: [steps.unpinPage] }
 */
export const eachPinnedPage = (range: Range): Loop =>
  pages('pinned page', range, 'cursor', (_, s, at) => s.pinnedFrame[at] !== 0, pinnedFrames)
/**
 * Pages that are memory of a device, and have an attached device to map them for.
 *
 * @example
 * { each: loops.eachDevicePage(ranges.given), body: [steps.countDevicePage] }
 */
export const eachDevicePage = (range: Range): Loop =>
  pages('page of a device', range, 'cursor', (m, s, at) => at >= m.memoryPages && someAttached(s))
/**
 * Pages that have a frame in the shared backing.
 *
 * @example
 * { each: loops.eachSharedFrame(ranges.given), body: [steps.punchShared] }
 */
export const eachSharedFrame = (range: Range): Loop =>
  pages('page with a shared frame', range, 'cursor', (_, s, at) => s.sharedFrame[at] !== 0)
/**
 * Pages that have a frame in the private backing.
 *
 * @example
 * { each: loops.eachPrivateFrame(ranges.given), body: [steps.punchPrivate] }
 */
export const eachPrivateFrame = (range: Range): Loop =>
  pages('page with a private frame', range, 'cursor', (_, s, at) => s.privateFrame[at] !== 0)
/**
 * Pages that have an entry in the secure EPT; none without the part secureEpt.
 *
 * @example
 * { each: loops.eachSeptEntry(ranges.given), body: [steps.blockPage, steps.track, steps.kickVcpus, steps.removePage] }
 */
export const eachSeptEntry = (range: Range): Loop =>
  pages('secure EPT entry', range, 'cursor', (_, s, at) => s.sept.length > 0 && s.sept[at] !== Sept.Free)
/** Where the host has a table of its own for devices that the guest trusts. */
const hasTrustedTable = ({ scope, platform, parts }: MachineSettings): boolean =>
  trustedPages(scope, platform, parts) > 0
/**
 * Pages that are private, where the host has a table for trusted devices.
 *
 * @example
 * { each: loops.eachPageToTrust(ranges.given), body: [steps.mapPrivate] }
 */
export const eachPageToTrust = (range: Range): Loop => ({
  ...pages('page to trust', range, 'cursor', (_, s, at) => s.attr[at] === Attr.Private),
  on: hasTrustedTable,
})
/**
 * Pages that the table of the host for trusted devices maps.
 *
 * @example
 * { each: loops.eachTrustedPage(ranges.given), body: [steps.unmapPrivate, steps.flushPrivate(0)] }
 */
export const eachTrustedPage = (range: Range): Loop => ({
  ...pages('page of trusted devices', range, 'cursor', (_, s, at) => s.trustedPte[at] !== 0),
  on: hasTrustedTable,
})
/**
 * Pages that no leaf of the domain in use maps.
 *
 * @example
 * { each: loops.eachAbsentLeaf(ranges.given), body: [steps.writeSmall] }
 */
export const eachAbsentLeaf = (range: Range): Loop =>
  pages('page without a leaf', range, 'cursor', (m, s, at) => leafAt(m, s, s.domain[0], at) === 0)
/**
 * Pinned pages that the call leaves mapped: those outside its range, and all from the first mapping that it cuts.
 *
 * @example
 * { each: loops.eachOtherPinnedPage(ranges.allPages), body: [steps.writeInOther] }
 */
export const eachOtherPinnedPage = (range: Range): Loop =>
  pages('other pinned page', range, 'cursor', isOtherPinned, pinnedFrames)

const isOtherPinned: PageTest = (m, s, at, v) => s.pinnedFrame[at] !== 0 && isLeftMapped(m, s, at, v)

const isLeftMapped: PageTest = (m, s, at, v) => {
  const named = reg('callFirst')(m, s, v)
  const first = named + (reg('flaw')(m, s, v) === Flaw.Misaligned ? 1 : 0)
  const end = reg('callEnd')(m, s, v)
  if (at < first || at >= end) return true
  const startsBefore = s.mapOf[named] !== 0 && s.mapOf[named] <= first
  const own = s.mapOf[at] - 1
  return startsBefore || (own >= 0 && own + s.mapLength[own] > end)
}

/**
 * Leaves of a domain's table in a range, each once.
 *
 * @example
 * { each: loops.eachLeaf(ranges.given, steps.domain), body: [steps.clearLeaf] }
 */
export const eachLeaf = (range: Range, domain: Operand): Loop =>
  strided('leaf', range, (m, s, v) => {
    const end = range.end(m, s, v)
    const table = domain(m, s, v)
    let now = reg('cursor')(m, s, v)
    while (now < end && leafAt(m, s, table, now) === 0) {
      now = s.pde[pdeIndex(m, table, now)] === 0 ? regionFirst(m, now) + m.perSuper : now + 1
    }
    now = Math.min(now, end)
    set(s, v, Reg.cursor, now)
    const large = now < end && isSuperpage(s.pde[pdeIndex(m, table, now)])
    set(s, v, Reg.stride, large ? m.perSuper - (now % m.perSuper) : 1)
    return now < end
  })

/**
 * The mappings that meet the call's range, in order of address; each is gone when its turn ends.
 *
 * @example
 * { each: loops.eachArea, body: [steps.removeMapping(ranges.area)] }
 */
export const eachArea: Loop = {
  name: 'each mapping of the call',
  span: 'call',
  finds: 'mapping',
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

/**
 * The mapping of the call's range that Linux 6.12 goes over as if it had no page: it ends at the last address of all.
 *
 * @example
 * { each: loops.eachMissedArea, body: [steps.removeMapping(ranges.area)] }
 */
export const eachMissedArea: Loop = {
  name: 'each mapping that ends at the last address',
  span: 'call',
  finds: 'mapping',
  on: missesTop,
  start: () => undefined,
  seek: (m, s, v) => {
    if (!isMissed(m, s, m.pages - 1)) return false
    const first = s.mapOf[m.pages - 1] - 1
    if (reg('callEnd')(m, s, v) <= first || reg('callFirst')(m, s, v) >= m.pages) return false
    set(s, v, Reg.areaFirst, first)
    set(s, v, Reg.areaEnd, m.pages)
    return true
  },
  next: () => undefined,
}

/**
 * Tables that an unmap leaves empty: those of regions that the range covers whole.
 *
 * @example
 * { each: loops.eachEmptyTable(ranges.given), body: [steps.unlinkTable] }
 */
export const eachEmptyTable = (range: Range): Loop =>
  regions('empty table', range, true, (m, s, at) => isTable(s.pde[at]) && tableIsEmpty(m, s, tableIndex(at, s.pde[at])))
/**
 * Tables of a range that are unlinked and wait to be freed.
 *
 * @example
 * { each: loops.eachUnlinkedTable(ranges.given), body: [steps.freeTables] }
 */
export const eachUnlinkedTable = (range: Range): Loop =>
  regions('unlinked table', range, false, (_, s, at) => unlinkedTable(s, at))
/**
 * Superpages that the call's range cuts: it meets them and leaves a part.
 *
 * @example
 * { each: loops.eachCutSuperpage(ranges.given), body: [steps.fillTable, steps.linkTable] }
 */
export const eachCutSuperpage = (range: Range): Loop =>
  regions('cut superpage', range, false, (m, s, at, v) => {
    const first = (at % m.regions) * m.perSuper
    const whole = first >= range.first(m, s, v) && first + m.perSuper <= range.end(m, s, v)
    return isSuperpage(s.pde[at]) && !whole
  })

/**
 * The IOMMU units.
 *
 * @example
 * { each: loops.eachUnit, body: [steps.submitDsi()] }
 */
export const eachUnit = counted(
  'unit',
  (m) => m.scope.units,
  () => true,
)
/**
 * The devices; where devices come and go, those that are attached.
 *
 * @example
 * { each: loops.eachDevice, body: [steps.attachOther] }
 */
export const eachDevice = counted(
  'device',
  (m) => m.scope.devices,
  (s, device) => s.plugged.length === 0 || isAttached(s, device),
)
