import type { Call, CallName, Plan } from '../../model/plan/plan.js'
import { eachPrivateFrame, eachSeptEntry, eachSharedFrame } from '../vocabulary/loops.js'
import { given, pageAtCursor } from '../vocabulary/ranges.js'
import {
  acquire,
  acquireKvm,
  awaitFaultsOf,
  blockPage,
  createSlotOf,
  deleteSlotOf,
  inCpuFlush,
  invalidateBegin,
  invalidateEnd,
  invalidateSlotOf,
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

/** How one page is taken from the guest, around the flush of the vCPUs' TLBs. */
type TakePage = (flushVcpus: Plan) => Plan

/** The TDX module's page removal as KVM drives it. */
const removeByModule: TakePage = (flushVcpus) => [blockPage, track, kickVcpus, ...flushVcpus, removePage, wbinvdPage]

const takePages = (takePage: Plan): Plan => [{ each: eachSeptEntry(given), body: takePage }]

/** Takes pages from the guest, one by one under `mmu_lock`. */
const zapPrivate = (takePage: Plan): Plan => [acquireKvm('mmu'), ...takePages(takePage), releaseKvm('mmu')]

/** What KVM does behind a zap of the shared side. */
interface SharedWays {
  readonly flushVcpus: Plan
  /** Beside the flush of vCPUs, once it is done. */
  readonly afterZapShared: Plan
}

const storePrivate = ({ flushVcpus, afterZapShared }: SharedWays): Plan => [
  acquireKvm('slots'),
  invalidateBegin(given),
  zapShared(given),
  ...flushVcpus,
  ...afterZapShared,
  unmapHost(given),
  setAttributes(given, Private),
  invalidateEnd,
  releaseKvm('slots'),
]

const storeShared = (takePage: Plan): Plan => [
  acquireKvm('slots'),
  invalidateBegin(given),
  ...zapPrivate(takePage),
  setAttributes(given, Shared),
  invalidateEnd,
  releaseKvm('slots'),
]

/** The MMU notifier: no vCPU leads to the page any more when the host frees it. */
const notify = ({ flushVcpus, afterZapShared }: SharedWays): Plan => [
  inCpuFlush(invalidateBegin(pageAtCursor)),
  inCpuFlush(acquire('mmu')),
  inCpuFlush(zapShared(pageAtCursor)),
  ...flushVcpus,
  inCpuFlush(release('mmu')),
  ...afterZapShared,
]

const punch = (ways: SharedWays): Plan => [...notify(ways), punchShared, inCpuFlush(invalidateEnd)]

/**
 * A slot that is deleted is marked invalid first, at which faults repeat, and freed when no translation of it is left.
 *
 * @param takePrivate takes private pages, under `mmu_lock`
 */
export const deleteSlotBy = (flushVcpus: Plan, afterZapShared: Plan, takePrivate: Plan): Plan => [
  acquireKvm('slots'),
  invalidateSlotOf(given),
  awaitFaultsOf(given),
  acquireKvm('mmu'),
  zapShared(given),
  ...flushVcpus,
  ...takePrivate,
  releaseKvm('mmu'),
  ...afterZapShared,
  deleteSlotOf(given),
  releaseKvm('slots'),
]

const createSlot: Plan = [acquireKvm('slots'), createSlotOf(given), releaseKvm('slots')]

const undo: Plan = [invalidateEnd]

/**
 * KVM_SET_MEMORY_ATTRIBUTES, the two discards, and KVM_SET_USER_MEMORY_REGION for a slot that goes or comes.
 *
 * @param flushVcpus how KVM flushes the TLBs of vCPUs after it cleared entries, where that is in parts
 * @param afterZapShared what it does beside that behind a zap of the shared side
 */
export function kvmCallsBy(takePage: TakePage, flushVcpus: Plan, afterZapShared: Plan = []): KvmCalls {
  const page = takePage(flushVcpus)
  const shared = { flushVcpus, afterZapShared }
  return {
    'set-private': { body: storePrivate(shared), undo },
    'set-shared': { body: storeShared(page), undo },
    'discard-shared': { body: [{ each: eachSharedFrame(given), body: punch(shared) }], undo: [] },
    'discard-private': {
      body: [...zapPrivate(page), { each: eachPrivateFrame(given), body: [punchPrivate] }],
      undo: [],
    },
    'delete-slot': { body: deleteSlotBy(flushVcpus, afterZapShared, takePages(page)), undo: [] },
    'create-slot': { body: createSlot, undo: [] },
  }
}

export const kvmCalls: KvmCalls = kvmCallsBy(removeByModule, [requestFlush, waitFlush])

/** KVM that requests a flush and continues before the vCPUs have left the guest. */
export const kvmCallsWithoutFlushWait: KvmCalls = kvmCallsBy(removeByModule, [requestFlush])
