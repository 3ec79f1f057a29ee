import { Attr } from '../../../model/machine/state.js'
import { hasSlot } from '../../../model/memory/guest-access.js'
import { leafAt } from '../../../model/memory/page-table.js'
import type { Loop, Range } from '../../../model/plan/plan.js'
import { pages } from './make.js'
import { isMapped, isSharedUnmapped, isUnacknowledged, isUnansweredPrivate } from './tests-of-pages.js'

// Loops of a design, over pages of the guest: the body works on `ranges.page`.

/**
 * Pages of a range that are mapped for DMA.
 *
 * @example
 * { each: loops.eachMappedPage(ranges.chunk), body: [{ call: 'unmap', on: ranges.page }] }
 */
export const eachMappedPage = (range: Range): Loop => pages('mapped page', range, 'page', isMapped)
/**
 * Pages of a range whose attribute is private.
 *
 * @example
 * { each: loops.eachPrivatePage(ranges.chunk), body: [{ call: 'discard-shared', on: ranges.page }] }
 */
export const eachPrivatePage = (range: Range): Loop =>
  pages('private page', range, 'page', (_, s, at) => s.attr[at] === Attr.Private)
/**
 * Shared pages to which the IOMMU does not lead; for drivers without mappings of their own.
 *
 * @example
 * { each: loops.eachSharedAbsentPage(ranges.chunk), body: [{ call: 'map', on: ranges.page }] }
 */
export const eachSharedAbsentPage = (range: Range): Loop =>
  pages('shared page without a leaf', range, 'page', (m, s, at) => {
    return s.attr[at] === Attr.Shared && leafAt(m, s, s.domain[0], at) === 0
  })
/**
 * Pages that are mapped for DMA though their attribute is private.
 *
 * @example
 * { each: loops.eachPrivateMappedPage(ranges.chunk), body: [{ call: 'unmap', on: ranges.page }] }
 */
export const eachPrivateMappedPage = (range: Range): Loop =>
  pages('private, mapped page', range, 'page', (_, s, at) => s.mapOf[at] !== 0 && s.attr[at] === Attr.Private)
/**
 * Pages of a range that are not mapped for DMA.
 *
 * @example
 * { each: loops.eachUnmappedPage(ranges.chunk), body: [{ call: 'map', on: ranges.page }] }
 */
export const eachUnmappedPage = (range: Range): Loop =>
  pages('unmapped page', range, 'page', (m, s, at, v) => !isMapped(m, s, at, v))
/**
 * Shared pages that are not mapped for DMA.
 *
 * @example
 * { each: loops.eachSharedUnmappedPage(ranges.allPages), body: [{ call: 'map', on: ranges.page }] }
 */
export const eachSharedUnmappedPage = (range: Range): Loop =>
  pages('shared, unmapped page', range, 'page', isSharedUnmapped)
/**
 * Pages that are not mapped for DMA, and for which KVM has a memory slot.
 *
 * @example
 * { each: loops.eachUnmappedPageInSlot(ranges.chunk), body: [{ call: 'map', on: ranges.page }] }
 */
export const eachUnmappedPageInSlot = (range: Range): Loop =>
  pages('unmapped page in a slot', range, 'page', (m, s, at) => s.mapOf[at] === 0 && hasSlot(m, s, at))
/**
 * Shared pages that are not mapped for DMA, and for which KVM has a memory slot.
 *
 * @example
 * { each: loops.eachSharedUnmappedPageInSlot(ranges.slot), body: [{ call: 'map', on: ranges.page }] }
 */
export const eachSharedUnmappedPageInSlot = (range: Range): Loop =>
  pages(
    'shared, unmapped page in a slot',
    range,
    'page',
    (m, s, at, v) => isSharedUnmapped(m, s, at, v) && hasSlot(m, s, at),
  )
/**
 * Pages that are shared already, while the guest has no answer yet: what an undo of toShared takes back.
 *
 * @example
 * { each: loops.eachUnacknowledgedPage(ranges.chunk), body: [{ call: 'set-private', on: ranges.page }] }
 */
export const eachUnacknowledgedPage = (range: Range): Loop =>
  pages('unacknowledged page', range, 'page', isUnacknowledged)
/**
 * Unacknowledged pages that are mapped for DMA; those that were mapped before the request are left out.
 *
 * @example
 * { each: loops.eachUnacknowledgedMappedPage(ranges.chunk), body: [{ call: 'unmap', on: ranges.page }] }
 */
export const eachUnacknowledgedMappedPage = (range: Range): Loop =>
  pages(
    'unacknowledged, mapped page',
    range,
    'page',
    (m, s, at, v) => isUnacknowledged(m, s, at, v) && isMapped(m, s, at, v),
  )
/**
 * Unacknowledged pages that are not mapped for DMA.
 *
 * @example
 * { each: loops.eachUnacknowledgedUnmappedPage(ranges.chunk), body: [{ call: 'set-private', on: ranges.page }] }
 */
export const eachUnacknowledgedUnmappedPage = (range: Range): Loop =>
  pages(
    'unacknowledged, unmapped page',
    range,
    'page',
    (m, s, at, v) => isUnacknowledged(m, s, at, v) && !isMapped(m, s, at, v),
  )
/**
 * Pages that are private already, while the guest has no answer yet: what an undo of toPrivate takes back.
 *
 * @example
 * { each: loops.eachUnansweredPrivatePage(ranges.chunk), body: [{ call: 'set-shared', on: ranges.page }] }
 */
export const eachUnansweredPrivatePage = (range: Range): Loop =>
  pages('unanswered, private page', range, 'page', isUnansweredPrivate)
/**
 * Pages of a range whose attribute is shared.
 *
 * @example
 * { each: loops.eachSharedPage(ranges.allPages), body: [{ call: 'map', on: ranges.page }] }
 */
export const eachSharedPage = (range: Range): Loop =>
  pages('shared page', range, 'page', (_, s, at) => s.attr[at] === Attr.Shared)
/**
 * Shared pages at which a memory slot has a hole.
 *
 * @example
 * { each: loops.eachSharedHole(ranges.chunk), body: [steps.joinSlot] }
 */
export const eachSharedHole = (range: Range): Loop =>
  pages('shared page in a hole', range, 'page', (_, s, at) => s.attr[at] === Attr.Shared && s.slotHole[at] === 1)
/**
 * All pages of a range, in a plan of a design.
 *
 * @example
 * { each: loops.eachPageOf(ranges.chunk), body: [{ call: 'map', on: ranges.page }] }
 */
export const eachPageOf = (range: Range): Loop => pages('page', range, 'page', () => true)
