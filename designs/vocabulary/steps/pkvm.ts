import type { Range } from '../../../model/plan/plan.js'
import { act, cursor, type On, over } from './make.js'

// What the hypervisor does under pKVM, where the SMMU translates at last by its identity map.

const whereNested: On = (m) => m.platform.identityMap === 'nested'
const whereAts: On = (m) => m.platform.identityMap === 'nested' && m.parts.deviceTlb && m.platform.ats

/**
 * The page at the cursor leaves the stage 2 of the host.
 *
 * @example
 * [steps.hostUnmap, steps.idmapUnmap, steps.idmapComplete(ranges.pageAtCursor)]
 */
export const hostUnmap = act('pkvm.host-unmap', [cursor])
/**
 * The page at the cursor enters the stage 2 of the host.
 *
 * @example
 * [steps.hostMap, steps.idmapMap]
 */
export const hostMap = act('pkvm.host-map', [cursor])
/**
 * The page at the cursor leaves the identity map; SMMUs may have its entry still.
 *
 * @example
 * [steps.hostUnmap, steps.idmapUnmap, steps.idmapComplete(ranges.pageAtCursor)]
 */
export const idmapUnmap = act('pkvm.idmap-unmap', [cursor], { on: whereNested })
/**
 * The page at the cursor enters the identity map.
 *
 * @example
 * [steps.hostMap, steps.idmapMap]
 */
export const idmapMap = act('pkvm.idmap-map', [cursor], { on: whereNested })
/**
 * SMMUs drop what has left the identity map of a range.
 *
 * @example
 * [steps.hostUnmap, steps.idmapUnmap, steps.idmapComplete(ranges.pageAtCursor)]
 */
export const idmapComplete = (range: Range) => over('pkvm.idmap-complete', range, { on: whereNested })
/**
 * Devices drop all that their TLBs have; where they have any.
 *
 * @example
 * [steps.hostUnmap, steps.idmapUnmap, steps.idmapComplete(ranges.pageAtCursor), steps.atcInvalidate]
 */
export const atcInvalidate = act('pkvm.atc-invalidate', [], { on: whereAts })
/**
 * KVM has the page at the cursor donated to the guest.
 *
 * @example
 * { when: ownedByHost, body: [steps.donatePage] }
 */
export const donatePage = act('pkvm.donate', [cursor], { part: 'secureEpt' })
