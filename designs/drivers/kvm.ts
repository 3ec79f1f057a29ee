import type { Call, CallName, Plan } from '../../model/plan/plan.js'
import { eachPrivateFrame, eachSeptEntry, eachSharedFrame } from '../vocabulary/loops.js'
import { given } from '../vocabulary/ranges.js'
import {
  acquireKvm,
  blockPage,
  invalidateBegin,
  invalidateEnd,
  kickVcpus,
  Private,
  punchPrivate,
  punchShared,
  releaseKvm,
  removePage,
  Shared,
  setAttributes,
  track,
  unmapHost,
  wbinvdPage,
  zapShared,
} from '../vocabulary/steps.js'

/** The TDX module's page removal as KVM drives it, page by page under `mmu_lock`. */
const zapPrivate: Plan = [
  acquireKvm('mmu'),
  { each: eachSeptEntry(given), body: [blockPage, track, kickVcpus, removePage, wbinvdPage] },
  releaseKvm('mmu'),
]

const storePrivate: Plan = [
  acquireKvm('slots'),
  invalidateBegin(given),
  zapShared(given),
  unmapHost(given),
  setAttributes(given, Private),
  invalidateEnd,
  releaseKvm('slots'),
]

const storeShared: Plan = [
  acquireKvm('slots'),
  invalidateBegin(given),
  ...zapPrivate,
  setAttributes(given, Shared),
  invalidateEnd,
  releaseKvm('slots'),
]

const undo: Plan = [invalidateEnd]

/** KVM_SET_MEMORY_ATTRIBUTES and the two discards. */
export const kvmCalls: Readonly<Record<Exclude<CallName, 'map' | 'unmap' | 'attach' | 'detach'>, Call>> = {
  'set-private': { body: storePrivate, undo },
  'set-shared': { body: storeShared, undo },
  'discard-shared': { body: [{ each: eachSharedFrame(given), body: [punchShared] }], undo: [] },
  'discard-private': { body: [...zapPrivate, { each: eachPrivateFrame(given), body: [punchPrivate] }], undo: [] },
}
