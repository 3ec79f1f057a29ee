import { act, cursor } from './make.js'

// The calls of a host of CoVE to the TSM.

const repeated = { part: 'secureEpt', fail: 'repeat' } as const

/**
 * The TSM invalidates the page at the cursor in the guest's page table.
 *
 * @example
 * [steps.invalidateTvmPage, steps.fenceTvm, steps.kickVcpus, steps.removeTvmPage, steps.reclaimPage]
 */
export const invalidateTvmPage = act('cove.tvm-invalidate-pages', [cursor], { part: 'secureEpt' })
/**
 * The TSM begins a fence of the guest; tried again while one is under way.
 *
 * @example
 * [steps.invalidateTvmPage, steps.fenceTvm, steps.kickVcpus, steps.removeTvmPage, steps.reclaimPage]
 */
export const fenceTvm = act('cove.tvm-fence', [], repeated)
/**
 * The TSM removes the invalidated page at the cursor; tried again until the fence is complete.
 *
 * @example
 * [steps.invalidateTvmPage, steps.fenceTvm, steps.kickVcpus, steps.removeTvmPage, steps.reclaimPage]
 */
export const removeTvmPage = act('cove.tvm-remove-pages', [cursor], repeated)
/**
 * The TSM makes the frame of the page at the cursor non-confidential again.
 *
 * @example
 * [steps.invalidateTvmPage, steps.fenceTvm, steps.kickVcpus, steps.removeTvmPage, steps.reclaimPage]
 */
export const reclaimPage = act('cove.reclaim-pages', [cursor], { part: 'secureEpt' })
