import { regionEnd } from '../../../model/actions/kvm/vmm.js'
import type { Loop, Range } from '../../../model/plan/plan.js'
import { parts, runs, setRun } from './make.js'
import { isMapped, isSharedUnmapped, isUnacknowledged } from './tests-of-pages.js'

// Loops of a design, over runs of pages: the body works on `ranges.run`.

/**
 * The parts of a range that lie in one memory region each.
 *
 * @example
 * { each: loops.eachRegion(ranges.chunk), body: [{ call: 'discard-shared', on: ranges.run }] }
 */
export const eachRegion = (range: Range): Loop =>
  parts('memory region', range, (m, s, v, from, end) => {
    setRun(s, v, from, Math.min(end, regionEnd(m, from)))
    return from < end
  })

/**
 * Runs of shared pages that are not mapped for DMA, the longest at a time.
 *
 * @param within whether a run ends with its superpage
 * @example
 * { each: loops.eachSharedUnmappedRun(ranges.chunk), body: [{ call: 'map', on: ranges.run }] }
 */
export const eachSharedUnmappedRun = (range: Range, within?: 'superpage'): Loop =>
  runs('shared, unmapped', range, isSharedUnmapped, within)
/**
 * Runs of unacknowledged pages that are mapped for DMA.
 *
 * @example
 * { each: loops.eachUnacknowledgedMappedRun(ranges.chunk), body: [{ call: 'unmap', on: ranges.run }] }
 */
export const eachUnacknowledgedMappedRun = (range: Range): Loop =>
  runs('unacknowledged, mapped', range, (m, s, at, v) => isUnacknowledged(m, s, at, v) && isMapped(m, s, at, v))
/**
 * Runs of unacknowledged pages that are not mapped for DMA.
 *
 * @example
 * { each: loops.eachUnacknowledgedUnmappedRun(ranges.chunk), body: [{ call: 'set-private', on: ranges.run }] }
 */
export const eachUnacknowledgedUnmappedRun = (range: Range): Loop =>
  runs('unacknowledged, unmapped', range, (m, s, at, v) => isUnacknowledged(m, s, at, v) && !isMapped(m, s, at, v))
