import { hasFailedWaits } from '../../../model/machine/scope.js'
import { pdeIndex, unlinkedTable } from '../../../model/memory/page-table.js'
import type { Operand, Range, Step } from '../../../model/plan/plan.js'
import { act, constant, count, domain, otherDomain, turn } from './make.js'

// Invalidations, and the wait for them.

/** The hint is set only if no table of the range waits to be freed. */
const hintFor =
  (range: Range): Operand =>
  (m, s, v) => {
    for (let at = range.first(m, s, v); at < range.end(m, s, v); at += 1) {
      if (unlinkedTable(s, pdeIndex(m, s.domain[0], at))) return 0
    }
    return 1
  }

/**
 * Queues a page-selective invalidation; its hint is set unless a table of `tables` waits to be freed.
 *
 * @param tables the range, if left out
 *
 * @example
 * { each: loops.eachUnit, body: [steps.submitPsi(ranges.given)] }
 */
export const submitPsi = (range: Range, tables: Range = range): Step =>
  act('iommu.submit-psi', [turn, domain, range?.first, count(range), hintFor(tables)])
/**
 * Queues a page-selective invalidation that drops cached paging structures as well.
 *
 * @example
 * { each: loops.eachUnit, body: [steps.submitPsiWithoutHint(ranges.given)] }
 */
export const submitPsiWithoutHint = (range: Range): Step =>
  act('iommu.submit-psi', [turn, domain, range?.first, count(range), constant(0)])
/**
 * Queues an invalidation of what is cached of a range under the id of the domain that is not in use.
 *
 * @example
 * { each: loops.eachUnit, body: [steps.submitPsiOfOther(ranges.given)] }
 */
export const submitPsiOfOther = (range: Range): Step =>
  act('iommu.submit-psi', [turn, otherDomain, range?.first, count(range), constant(0)])

/**
 * Queues an invalidation of all that a unit caches of a domain.
 *
 * @example
 * { each: loops.eachUnit, body: [steps.submitDsi(steps.domain)] }
 */
export const submitDsi = (on: Operand = domain): Step => act('iommu.submit-dsi', [turn, on])
/**
 * Queues an invalidation of the TLBs of the devices behind a unit, where ATS is on.
 *
 * @example
 * { each: loops.eachUnit, body: [steps.submitDeviceTlb(ranges.given)] }
 */
export const submitDeviceTlb = (range: Range): Step =>
  act('iommu.submit-device-tlb', [turn, range?.first, count(range)], { part: 'deviceTlb', on: (m) => m.platform.ats })
/**
 * The same once more for a device that answers its first invalidation ahead of its writes.
 *
 * @example
 * { each: loops.eachUnit, body: [steps.submitDeviceTlbAgain(ranges.given)] }
 */
export const submitDeviceTlbAgain = (range: Range): Step =>
  act('iommu.submit-device-tlb', [turn, range?.first, count(range)], {
    part: 'deviceTlb',
    on: (m) => m.platform.ats && m.platform.deviceInvalidation === 'early',
  })
/**
 * Begins a batch of invalidations, where a wait may fail: a `wait` behind it queues all again from here.
 *
 * @example
 * [steps.startBatch, { each: loops.eachUnit, body: [steps.submitDsi()] }, steps.wait]
 */
export const startBatch = act('iommu.start-batch', [], { restarts: true, on: ({ scope }) => hasFailedWaits(scope) })
/**
 * Waits for a batch. Linux queues all again if the wait was aborted, and ignores any other error.
 *
 * @example
 * [steps.startBatch, { each: loops.eachUnit, body: [steps.submitDsi()] }, steps.wait]
 */
export const wait = act('iommu.wait', [], { fail: 'restart' })
/**
 * A wait that Linux does not have: it takes every end of a wait for its success.
 *
 * @example
 * [steps.startBatch, ...queue, steps.waitIgnoring]
 */
export const waitIgnoring: Step = { ...wait, fail: 'ignore' }
/**
 * A wait that Linux does not have: it also sees whether the unit refused a descriptor.
 *
 * @example
 * [steps.startBatch, ...queue, steps.waitChecked]
 */
export const waitChecked: Step = { ...wait, row: 'iommu.wait-checked' }
/**
 * The same by one status word a unit, which a wait that was given up writes late.
 *
 * @example
 * [steps.startBatch, ...queue, steps.waitForWord]
 */
export const waitForWord: Step = { ...wait, row: 'iommu.wait-for-word' }
/**
 * Leaves the flush of the domain in use to a timer, as lazy mode does.
 *
 * @example
 * [...clears, steps.deferFlush]
 */
export const deferFlush = act('iommu.defer-flush', [domain])
