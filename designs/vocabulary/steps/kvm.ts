import { reg } from '../../../model/machine/registers.js'
import { Attr } from '../../../model/machine/state.js'
import type { Range, Step } from '../../../model/plan/plan.js'
import { page, slot } from '../ranges.js'
import { act, constant, count, cursor, inPlace, over, separate } from './make.js'

// KVM, the TDX module and the backing.

const repeated = { part: 'secureEpt', fail: 'repeat' } as const

/**
 * KVM begins an invalidation: faults do not install pages of the range.
 *
 * @example
 * [steps.invalidateBegin(ranges.given), steps.zapShared(ranges.given), steps.invalidateEnd]
 */
export const invalidateBegin = (range: Range): Step => over('kvm.invalidate-begin', range, { part: 'secureEpt' })
/**
 * KVM ends its invalidation.
 *
 * @example
 * [steps.invalidateBegin(ranges.given), steps.zapShared(ranges.given), steps.invalidateEnd]
 */
export const invalidateEnd: Step = act('kvm.invalidate-end', [], { part: 'secureEpt' })
/**
 * KVM drops the shared translations of a range.
 *
 * @example
 * [steps.invalidateBegin(ranges.given), steps.zapShared(ranges.given), steps.invalidateEnd]
 */
export const zapShared = (range: Range): Step => over('kvm.zap-shared', range, { part: 'secureEpt' })
/**
 * In place, to private: takes the pages out of the host's page tables.
 *
 * @example
 * steps.unmapHost(ranges.given)
 */
export const unmapHost = (range: Range): Step => over('gmem.unmap-host', range, { part: 'hostAccess', on: inPlace })
/**
 * KVM stores the attribute of each page of a range.
 *
 * @example
 * steps.setAttributes(ranges.given, steps.Private)
 */
export const setAttributes = (range: Range, to: number): Step =>
  act('kvm.set-attributes', [range?.first, count(range), constant(to)])
/**
 * The attribute of a page that only the TD may use.
 *
 * @example
 * steps.setAttributes(ranges.given, steps.Private)
 */
export const Private = Attr.Private
/**
 * The attribute of a page that the host and devices may use.
 *
 * @example
 * steps.setAttributes(ranges.given, steps.Shared)
 */
export const Shared = Attr.Shared
/**
 * Punches the shared backing of the page at the cursor.
 *
 * @example
 * { each: loops.eachSharedFrame(ranges.given), body: [steps.punchShared] }
 */
export const punchShared = act('shmem.punch-hole', [cursor], { on: separate })
/**
 * Punches guest_memfd at the cursor.
 *
 * @example
 * { each: loops.eachPrivateFrame(ranges.given), body: [steps.punchPrivate] }
 */
export const punchPrivate = act('gmem.punch-hole', [cursor], { on: separate })
/**
 * Takes the page of the loop out of its memory slot. Where slots go and come back this is one step of several: the plan
 * `splitSlotInSteps` has all of them.
 *
 * @example
 * { each: loops.eachPageOf(ranges.chunk), body: [steps.splitSlot] }
 */
export const splitSlot = act('kvm.split-slot', [reg('page')], { range: page })
/**
 * Puts the page of the loop back into a memory slot.
 *
 * @example
 * { each: loops.eachSharedHole(ranges.chunk), body: [steps.joinSlot] }
 */
export const joinSlot = act('kvm.join-slot', [reg('page')], { range: page })
/**
 * KVM marks the memory slot at the begin of a range invalid: faults there repeat.
 *
 * @example
 * [steps.invalidateSlotOf(ranges.given), steps.awaitFaultsOf(ranges.given), steps.zapShared(ranges.given)]
 */
export const invalidateSlotOf = (range: Range): Step => act('kvm.invalidate-slot', [range?.first])
/**
 * KVM waits for faults that found the memory slot at the begin of a range before it was marked.
 *
 * @example
 * [steps.invalidateSlotOf(ranges.given), steps.awaitFaultsOf(ranges.given), steps.zapShared(ranges.given)]
 */
export const awaitFaultsOf = (range: Range): Step => act('kvm.await-faults', [range?.first], { part: 'secureEpt' })
/**
 * KVM frees the memory slot at the begin of a range.
 *
 * @example
 * steps.deleteSlotOf(ranges.given)
 */
export const deleteSlotOf = (range: Range): Step => act('kvm.delete-slot', [range?.first])
/**
 * KVM has a memory slot again at the begin of a range.
 *
 * @example
 * steps.createSlotOf(ranges.given)
 */
export const createSlotOf = (range: Range): Step => act('kvm.create-slot', [range?.first])
/**
 * The memory of the slot is no longer memory of the guest; last in `slotRemoved`.
 *
 * @example
 * [{ call: 'delete-slot', on: ranges.slot }, steps.slotGone]
 */
export const slotGone = act('vmm.slot-gone', [slot.first])
/**
 * The guest may use the memory of the slot; last in `slotAdded`.
 *
 * @example
 * [{ call: 'create-slot', on: ranges.slot }, steps.slotReady]
 */
export const slotReady = act('vmm.slot-ready', [slot.first])
/**
 * The TDX module blocks the page at the cursor; tried again while it is busy.
 *
 * @example
 * [steps.blockPage, steps.track, steps.kickVcpus, steps.removePage, steps.wbinvdPage]
 */
export const blockPage = act('tdh.mem.range.block', [cursor], repeated)
/**
 * The TDX module begins a new TLB epoch; tried again while it is busy.
 *
 * @example
 * [steps.blockPage, steps.track, steps.kickVcpus, steps.removePage, steps.wbinvdPage]
 */
export const track = act('tdh.mem.track', [], repeated)
/**
 * KVM forces every vCPU out of the guest, where a flush is not in parts.
 *
 * @example
 * [steps.blockPage, steps.track, steps.kickVcpus, steps.removePage, steps.wbinvdPage]
 */
export const kickVcpus = act('kvm.kick-vcpus', [], { part: 'secureEpt', on: (m) => !m.parts.cpuFlush })
/**
 * KVM asks the vCPUs in the guest to flush, where a flush is in parts.
 *
 * @example
 * [steps.requestFlush, steps.waitFlush]
 */
export const requestFlush = act('kvm.request-flush', [], { part: 'cpuFlush' })
/**
 * KVM waits until those vCPUs have left the guest.
 *
 * @example
 * [steps.requestFlush, steps.waitFlush]
 */
export const waitFlush = act('kvm.wait-flush', [], { part: 'cpuFlush' })
/**
 * A step that is there only where a flush of vCPU TLBs is in parts.
 *
 * @example
 * steps.inCpuFlush(steps.acquire('mmu'))
 */
export const inCpuFlush = (step: Step): Step => ({ ...step, part: 'cpuFlush' })
/**
 * The TDX module removes the blocked page at the cursor; tried again while it is busy.
 *
 * @example
 * [steps.blockPage, steps.track, steps.kickVcpus, steps.removePage, steps.wbinvdPage]
 */
export const removePage = act('tdh.mem.page.remove', [cursor], repeated)
/**
 * KVM writes the caches of the removed frame back.
 *
 * @example
 * [steps.blockPage, steps.track, steps.kickVcpus, steps.removePage, steps.wbinvdPage]
 */
export const wbinvdPage = act('tdh.phymem.page.wbinvd', [cursor], { part: 'secureEpt' })

/**
 * The TDX module is asked to block the page at the cursor, again where an operand is busy. It may refuse, since the
 * guest has not released the page.
 *
 * @example
 * [steps.blockReleasedPage, steps.track, steps.kickVcpus, steps.removePage, steps.wbinvdPage]
 */
export const blockReleasedPage: Step = { ...blockPage, fail: { repeat: ['TDX_OPERAND_BUSY'] } }
/** Where devices may be trusted. */
const connect = {
  part: 'secureEpt',
  on: (m) => m.platform.architecture === 'tdx-connect' && m.scope.trustedDevices > 0,
} as const satisfies Omit<Step, 'row' | 'args'>
/** A call there that finds its operand busy is made again. */
const untilFree = { ...connect, fail: { repeat: ['TDX_OPERAND_BUSY'] } } as const
/**
 * The TDX module queues an invalidation of what a unit has cached of the TD.
 *
 * @example
 * [steps.requestIq(0), steps.awaitIq(0), steps.processIq(0)]
 */
export const requestIq = (unit: number): Step => act('tdh.iq.inv.request', [constant(unit)], untilFree)
/**
 * KVM waits until the unit has written its status.
 *
 * @example
 * [steps.requestIq(0), steps.awaitIq(0), steps.processIq(0)]
 */
export const awaitIq = (unit: number): Step => act('kvm.await-iq', [constant(unit)], connect)
/**
 * The TDX module takes account of what the unit has done.
 *
 * @example
 * [steps.requestIq(0), steps.awaitIq(0), steps.processIq(0)]
 */
export const processIq = (unit: number): Step => act('tdh.iq.inv.process', [constant(unit)], untilFree)

/**
 * KVM drops the page at the cursor from the nested page table of an SNP guest.
 *
 * @example
 * [steps.zapPrivate, steps.kickVcpus, steps.rmpUpdateShared, steps.clflushPage]
 */
export const zapPrivate = act('kvm.zap-private', [cursor], { part: 'secureEpt' })
/**
 * KVM splits the RMP entry of a superpage that has the page at the cursor.
 *
 * @example
 * { when: hasLargeRmp, body: [steps.psmash] }
 */
export const psmash = act('snp.psmash', [cursor], { part: 'secureEpt' })
/**
 * KVM makes the frame of the page at the cursor shared in the RMP; tried again while a larger entry has it.
 *
 * @example
 * [steps.zapPrivate, steps.kickVcpus, steps.rmpUpdateShared, steps.clflushPage]
 */
export const rmpUpdateShared = act('snp.rmpupdate-shared', [cursor], { part: 'secureEpt' })
/**
 * KVM flushes the caches of that frame.
 *
 * @example
 * [steps.zapPrivate, steps.kickVcpus, steps.rmpUpdateShared, steps.clflushPage]
 */
export const clflushPage = act('snp.clflush', [cursor], { part: 'secureEpt' })
/**
 * KVM gives up a frame that it could not make shared.
 *
 * @example
 * { when: isAssigned, body: [steps.leakPage] }
 */
export const leakPage = act('snp.leak-page', [cursor], { part: 'secureEpt' })
