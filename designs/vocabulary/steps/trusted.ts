import type { Step } from '../../../model/plan/plan.js'
import { act, constant, cursor } from './make.js'

// The table of the host for devices that an SNP guest trusts, and what the RMM and the TSM owe the IOMMU for theirs.

/** Where devices are trusted, and a table of the host translates for them. */
const hostTable = {
  part: 'secureEpt',
  on: (m) => m.platform.architecture === 'sev-snp' && m.scope.trustedDevices > 0,
} as const satisfies Omit<Step, 'row' | 'args'>
const ofUnit = (unit: number): Omit<Step, 'row' | 'args'> => ({
  ...hostTable,
  on: (m) => hostTable.on(m) && unit < m.scope.units,
})

/**
 * IOMMUFD maps the private frame of the page at the cursor for trusted devices.
 *
 * @example
 * { each: loops.eachPrivatePage(ranges.given), body: [steps.mapPrivate] }
 */
export const mapPrivate = act('iommufd.map-private', [cursor], hostTable)
/**
 * IOMMUFD unmaps the private page at the cursor for trusted devices.
 *
 * @example
 * { each: loops.eachTrustedPage(ranges.given), body: [steps.unmapPrivate] }
 */
export const unmapPrivate = act('iommufd.unmap-private', [cursor], hostTable)
/**
 * A unit drops what it has cached for trusted devices.
 *
 * @example
 * [steps.flushPrivate(0), steps.awaitPrivate(0)]
 */
export const flushPrivate = (unit: number): Step => act('iommufd.flush-private', [constant(unit)], ofUnit(unit))
/**
 * IOMMUFD waits until the unit is done with that.
 *
 * @example
 * [steps.flushPrivate(0), steps.awaitPrivate(0)]
 */
export const awaitPrivate = (unit: number): Step => act('iommufd.await-private', [constant(unit)], ofUnit(unit))

/** Where devices are trusted, and the RTT translates for them. */
const byRtt = {
  part: 'secureEpt',
  on: (m) => m.platform.architecture === 'arm-cca' && m.scope.trustedDevices > 0,
} as const satisfies Omit<Step, 'row' | 'args'>
/**
 * The RMM has every SMMU invalidate the unmapped entry of the page at the cursor.
 *
 * @example
 * [steps.rttDataUnmap, steps.tlbiSmmu, steps.syncSmmu, steps.rmmTlbi, steps.rmmDrain]
 */
export const tlbiSmmu = act('rmm.tlbi-smmu', [cursor], byRtt)
/**
 * The RMM waits until every SMMU is done with that.
 *
 * @example
 * [steps.rttDataUnmap, steps.tlbiSmmu, steps.syncSmmu, steps.rmmTlbi, steps.rmmDrain]
 */
export const syncSmmu = act('rmm.sync-smmu', [], byRtt)

/** Where devices are trusted, and the G-stage table of a TVM translates for them. */
const byGStage = {
  part: 'secureEpt',
  on: (m) => m.platform.architecture === 'riscv-cove' && m.scope.trustedDevices > 0,
} as const satisfies Omit<Step, 'row' | 'args'>
/**
 * The TSM has every IOMMU of its own invalidate what it has cached of the page at the cursor.
 *
 * @example
 * [steps.invalidateTvmPage, steps.iotinvalTsm, steps.iofenceTsm, steps.fenceTvm, steps.kickVcpus]
 */
export const iotinvalTsm = act('cove.iotinval', [cursor], byGStage)
/**
 * The TSM waits until every such IOMMU is done with that.
 *
 * @example
 * [steps.invalidateTvmPage, steps.iotinvalTsm, steps.iofenceTsm, steps.fenceTvm, steps.kickVcpus]
 */
export const iofenceTsm = act('cove.iofence', [], byGStage)
