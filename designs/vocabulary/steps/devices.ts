import { Plug } from '../../../model/machine/state.js'
import type { Operand, Step } from '../../../model/plan/plan.js'
import { wait } from './invalidation.js'
import { act, domain, type On, otherDomain, turn } from './make.js'

// Domains and devices.

const blocks: On = (m) => !m.platform.replaceHitless
/** The one device that is being plugged in or unplugged. */
const moving: Operand = (_, s) => s.plugged.findIndex((plug) => plug === Plug.Coming || plug === Plug.Going)

/**
 * Clears Present in a device's context entry, unless the platform replaces it hitlessly.
 *
 * @example
 * { each: loops.eachDevice, body: [steps.blockTranslation, steps.attachOther] }
 */
export const blockTranslation = act('iommu.block-translation', [turn], { on: (m) => !m.platform.replaceHitless })
/**
 * Attaches a device to the domain that is not in use.
 *
 * @example
 * { each: loops.eachDevice, body: [steps.attachOther] }
 */
export const attachOther = act('iommu.attach', [turn, otherDomain])
/**
 * Stores the id of the other domain in a present context entry, as no driver should.
 *
 * @example
 * [steps.writeOtherId, steps.writeOtherTables]
 */
export const writeOtherId = act('iommu.write-context-id', [turn, otherDomain], { part: 'contextCache' })
/**
 * Stores the tables of the other domain in a present context entry, as no driver should.
 *
 * @example
 * [steps.writeOtherId, steps.writeOtherTables]
 */
export const writeOtherTables = act('iommu.write-context-tables', [turn, otherDomain], { part: 'contextCache' })
/**
 * Queues an invalidation of what a device's unit has cached of its context entry.
 *
 * @example
 * { each: loops.eachDevice, body: [steps.submitContext] }
 */
export const submitContext = act('iommu.submit-context', [turn], { part: 'contextCache' })
/**
 * The same behind `blockTranslation`, where that is a step.
 *
 * @example
 * [steps.blockTranslation, steps.submitBlockedContext, steps.waitBlocked]
 */
export const submitBlockedContext: Step = { ...submitContext, on: blocks }
/**
 * The same behind `attachOther`, where the platform replaces hitlessly.
 *
 * @example
 * [steps.attachOther, steps.submitReplacedContext]
 */
export const submitReplacedContext: Step = { ...submitContext, on: (m) => m.platform.replaceHitless }
/**
 * A wait behind `submitBlockedContext`.
 *
 * @example
 * [steps.blockTranslation, steps.submitBlockedContext, steps.waitBlocked]
 */
export const waitBlocked: Step = { ...wait, part: 'contextCache', on: blocks }
/**
 * A step that is there only where units cache context entries.
 *
 * @example
 * steps.inContextCache(steps.wait)
 */
export const inContextCache = (step: Step): Step => ({ ...step, part: 'contextCache' })
/**
 * A step that is there only where units do not cache context entries.
 *
 * @example
 * steps.notInContextCache(steps.attachOther)
 */
export const notInContextCache = (step: Step): Step => ({ ...step, on: (m) => !m.parts.contextCache })
/**
 * iommufd uses the other domain from here on.
 *
 * @example
 * [...moves, steps.useOther]
 */
export const useOther = act('iommufd.use-domain', [otherDomain])
/**
 * Turns ATS of a device on; only in a driver's `ats`.
 *
 * @example
 * [steps.acquire('container'), steps.enableAts, steps.assignDeviceTag, steps.release('container')]
 */
export const enableAts = act('iommu.enable-ats', [turn], { part: 'deviceTlb', on: (m) => m.platform.ats })
/**
 * From here on a flush of the domain goes to the device's TLB too; only in a driver's `ats`.
 *
 * @example
 * [steps.enableAts, steps.assignDeviceTag]
 */
export const assignDeviceTag = act('iommu.assign-device-tag', [turn], { part: 'deviceTlb', on: (m) => m.platform.ats })
/**
 * Attaches the device that is being plugged in.
 *
 * @example
 * { body: [steps.acquire('container'), steps.attachMoving, steps.release('container')], undo: [] }
 */
export const attachMoving = act('iommu.attach', [moving, domain])
/**
 * Clears Present in the context entry of the device that is being unplugged.
 *
 * @example
 * [steps.blockMoving, steps.submitContextOfMoving]
 */
export const blockMoving = act('iommu.block-translation', [moving])
/**
 * Queues an invalidation of the context entry of the device that is being unplugged.
 *
 * @example
 * [steps.blockMoving, steps.submitContextOfMoving]
 */
export const submitContextOfMoving = act('iommu.submit-context', [moving], { part: 'contextCache' })
/**
 * Gives the guest the device that was plugged in.
 *
 * @example
 * [{ call: 'attach', on: ranges.allPages }, steps.deviceReady]
 */
export const deviceReady = act('vmm.device-ready', [moving])
/**
 * The device that was unplugged is away.
 *
 * @example
 * [{ call: 'detach', on: ranges.allPages }, steps.deviceGone]
 */
export const deviceGone = act('vmm.device-gone', [moving])
