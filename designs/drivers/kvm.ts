import type { Call, CallName, Plan } from '../../model/plan/plan.js'
import { eachPrivateFrame, eachSeptEntry, eachSharedFrame } from '../vocabulary/loops.js'
import { given, pageAtCursor } from '../vocabulary/ranges.js'
import {
  acquire,
  acquireKvm,
  blockPage,
  createSlotOf,
  deleteSlotOf,
  inCpuFlush,
  invalidateBegin,
  invalidateEnd,
  kickVcpus,
  Private,
  punchPrivate,
  punchShared,
  release,
  releaseKvm,
  removePage,
  requestFlush,
  Shared,
  setAttributes,
  track,
  unmapHost,
  waitFlush,
  wbinvdPage,
  zapShared,
} from '../vocabulary/steps.js'

export type KvmCalls = Readonly<Record<Exclude<CallName, 'map' | 'unmap' | 'attach' | 'detach'>, Call>>

/** The TDX module's page removal as KVM drives it, page by page under `mmu_lock`. */
const zapPrivate = (flushVcpus: Plan): Plan => [
  acquireKvm('mmu'),
  { each: eachSeptEntry(given), body: [blockPage, track, kickVcpus, ...flushVcpus, removePage, wbinvdPage] },
  releaseKvm('mmu'),
]

const storePrivate = (flushVcpus: Plan): Plan => [
  acquireKvm('slots'),
  invalidateBegin(given),
  zapShared(given),
  ...flushVcpus,
  unmapHost(given),
  setAttributes(given, Private),
  invalidateEnd,
  releaseKvm('slots'),
]

const storeShared = (flushVcpus: Plan): Plan => [
  acquireKvm('slots'),
  invalidateBegin(given),
  ...zapPrivate(flushVcpus),
  setAttributes(given, Shared),
  invalidateEnd,
  releaseKvm('slots'),
]

/** The MMU notifier: no vCPU leads to the page any more when the host frees it. */
const notify = (flushVcpus: Plan): Plan => [
  inCpuFlush(invalidateBegin(pageAtCursor)),
  inCpuFlush(acquire('mmu')),
  inCpuFlush(zapShared(pageAtCursor)),
  ...flushVcpus,
  inCpuFlush(release('mmu')),
]

const punch = (flushVcpus: Plan): Plan => [...notify(flushVcpus), punchShared, inCpuFlush(invalidateEnd)]

/** A slot that is deleted is first marked invalid, at which faults repeat, until no translation of it is left. */
const deleteSlot = (flushVcpus: Plan): Plan => [
  acquireKvm('slots'),
  invalidateBegin(given),
  zapShared(given),
  ...flushVcpus,
  ...zapPrivate(flushVcpus),
  deleteSlotOf(given),
  invalidateEnd,
  releaseKvm('slots'),
]

const createSlot: Plan = [acquireKvm('slots'), createSlotOf(given), releaseKvm('slots')]

const undo: Plan = [invalidateEnd]

/**
 * KVM_SET_MEMORY_ATTRIBUTES, the two discards, and KVM_SET_USER_MEMORY_REGION for a slot that goes or comes.
 *
 * @param flushVcpus how KVM flushes the TLBs of vCPUs after it cleared entries, where that is in parts
 */
const callsWith = (flushVcpus: Plan): KvmCalls => ({
  'set-private': { body: storePrivate(flushVcpus), undo },
  'set-shared': { body: storeShared(flushVcpus), undo },
  'discard-shared': { body: [{ each: eachSharedFrame(given), body: punch(flushVcpus) }], undo: [] },
  'discard-private': {
    body: [...zapPrivate(flushVcpus), { each: eachPrivateFrame(given), body: [punchPrivate] }],
    undo: [],
  },
  'delete-slot': { body: deleteSlot(flushVcpus), undo },
  'create-slot': { body: createSlot, undo: [] },
})

export const kvmCalls: KvmCalls = callsWith([requestFlush, waitFlush])

/** KVM that requests a flush and continues before the vCPUs have left the guest. */
export const kvmCallsWithoutFlushWait: KvmCalls = callsWith([requestFlush])
