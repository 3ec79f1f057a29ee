import { reg } from '../../../model/machine/registers.js'
import type { Step } from '../../../model/plan/plan.js'
import { given } from '../ranges.js'
import { act, constant, cursor } from './make.js'

// The RMM's commands on Arm CCA.

/**
 * The RMM unmaps the entry of the page at the cursor, or a block entry that the range of the call covers.
 *
 * @example
 * [steps.rttDataUnmap, steps.rmmTlbi, steps.rmmDrain, steps.granuleUndelegate]
 */
export const rttDataUnmap = act('rmi.rtt-data-unmap', [cursor, (m, s, v) => given.end(m, s, v) - cursor(m, s, v)], {
  part: 'secureEpt',
})
/**
 * The RMM invalidates what CPUs hold of that entry.
 *
 * @example
 * [steps.rttDataUnmap, steps.rmmTlbi, steps.rmmDrain, steps.granuleUndelegate]
 */
export const rmmTlbi = act('rmm.tlbi', [cursor], { part: 'secureEpt' })
/**
 * The granule of that entry is delegated again, without a use.
 *
 * @example
 * [steps.rttDataUnmap, steps.rmmTlbi, steps.rmmDrain, steps.granuleUndelegate]
 */
export const rmmDrain = act('rmm.drain', [cursor], { part: 'secureEpt' })
/**
 * KVM takes that granule back from the RMM.
 *
 * @example
 * [steps.rttDataUnmap, steps.rmmTlbi, steps.rmmDrain, steps.granuleUndelegate]
 */
export const granuleUndelegate = act('rmi.granule-undelegate', [cursor], { part: 'secureEpt' })
/**
 * KVM has a table made where a block entry of the RTT has the page at the cursor.
 *
 * @example
 * { when: inBlockEntry, body: [steps.rttCreate] }
 */
export const rttCreate = act('rmi.rtt-create', [cursor], { part: 'secureEpt' })
/**
 * The RMM sets the RIPAS of the page of the loop: to RAM for private, to EMPTY for shared.
 *
 * @example
 * { each: loops.eachPageOf(ranges.chunk), body: [steps.rttSetRipas(steps.Private)] }
 */
export const rttSetRipas = (to: number): Step =>
  act('rmi.rtt-set-ripas', [reg('page'), constant(to)], { part: 'secureEpt' })
