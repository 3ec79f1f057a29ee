import { isLarge } from '../../../model/actions/snp/assignment.js'
import { reg } from '../../../model/machine/registers.js'
import { Sept } from '../../../model/machine/state.js'
import type { Condition, Plan, Step } from '../../../model/plan/plan.js'
import { eachPageToTrust, eachPrivateFrame, eachSeptEntry, eachTrustedPage } from '../../vocabulary/loops.js'
import { given } from '../../vocabulary/ranges.js'
import {
  acquireKvm,
  awaitPrivate,
  clflushPage,
  flushPrivate,
  inPlace,
  invalidateBegin,
  invalidateEnd,
  kickVcpus,
  leakPage,
  mapPrivate,
  psmash,
  punchPrivate,
  releaseKvm,
  requestFlush,
  rmpUpdateShared,
  Shared,
  separate,
  setAttributes,
  unmapPrivate,
  waitFlush,
  zapPrivate,
} from '../../vocabulary/steps.js'
import { deleteSlotBy, type KvmCalls, kvmCalls, kvmCallsWithoutFlushWait } from '../kvm.js'

const cursor = reg('cursor')

const inLargeEntry: Condition = {
  name: 'in an RMP entry of a superpage',
  holds: (m, s, v) => isLarge(m, s, cursor(m, s, v)),
}
const stillAssigned: Condition = {
  name: 'still assigned in the RMP',
  holds: (m, s, v) => s.sept.length > 0 && s.sept[cursor(m, s, v)] !== Sept.Free,
}

/** KVM drops private pages from the nested page table, and from the vCPUs. */
const takePages = (flushVcpus: Plan): Plan => [
  { each: eachSeptEntry(given), body: [zapPrivate, kickVcpus, ...flushVcpus] },
]

const zap = (flushVcpus: Plan): Plan => [acquireKvm('mmu'), ...takePages(flushVcpus), releaseKvm('mmu')]

const smash: Plan = [{ when: inLargeEntry, body: [psmash] }]
const where = (step: Step, on: Step['on']): Step => ({ ...step, ...(on === undefined ? {} : { on }) })

/** In place a page that cannot be made shared stays private: the call fails. */
const shareInPlace = (split: Plan, rmpUpdate: Step): Plan => [
  { each: eachSeptEntry(given), body: [...split, where(rmpUpdate, inPlace), where(clflushPage, inPlace)] },
]

/** Of two backings the private frame is freed; one that cannot be made shared is given up, or freed all the same. */
const takeBack = (split: Plan, failed: Plan): Plan => [
  {
    each: eachSeptEntry(given),
    body: [...split, { ...where(rmpUpdateShared, separate), fail: 'ignore' }, ...failed, where(clflushPage, separate)],
  },
]

const maxUnits = 4

/** A page that is handed on is unmapped for trusted devices first, and no unit uses it any more. */
const fence: Plan = [
  {
    each: eachTrustedPage(given),
    body: [
      unmapPrivate,
      ...Array.from({ length: maxUnits }, (_, unit) => [flushPrivate(unit), awaitPrivate(unit)]).flat(),
    ],
  },
]

/** A page that is private now is mapped for trusted devices. */
const mapTrusted: Plan = [{ each: eachPageToTrust(given), body: [mapPrivate] }]

interface Ways {
  /** What is done before a page is taken from the guest, for the sake of trusted devices. */
  readonly fence?: Plan
  readonly flushVcpus: Plan
  /** How an RMP entry of a superpage is split, before one of its pages is made shared. */
  readonly split: Plan
  /** What becomes of a page that could not be made shared. */
  readonly failed: Plan
  /** The step that makes a page shared in place; what it does when it fails. */
  readonly shareInPlace?: Step
}

/** The same calls as on TDX; what differs is how private pages are taken back. */
const callsWith = (
  others: KvmCalls,
  { fence: before = fence, flushVcpus, split, failed, shareInPlace: rmpUpdate = rmpUpdateShared }: Ways,
): KvmCalls => ({
  ...others,
  'set-private': { ...others['set-private'], body: [...others['set-private'].body, ...mapTrusted] },
  'set-shared': {
    body: [
      ...before,
      acquireKvm('slots'),
      invalidateBegin(given),
      ...zap(flushVcpus),
      ...shareInPlace(split, rmpUpdate),
      setAttributes(given, Shared),
      invalidateEnd,
      releaseKvm('slots'),
    ],
    undo: others['set-shared'].undo,
  },
  'discard-private': {
    body: [
      ...before,
      ...zap(flushVcpus),
      ...takeBack(split, failed),
      { each: eachPrivateFrame(given), body: [punchPrivate] },
    ],
    undo: [],
  },
  'delete-slot': {
    body: [...before, ...deleteSlotBy(flushVcpus, [], takePages(flushVcpus))],
    undo: others['delete-slot'].undo,
  },
})

const leak: Plan = [{ when: stillAssigned, body: [leakPage] }]
const flushed: Plan = [requestFlush, waitFlush]

export const snpCalls: KvmCalls = callsWith(kvmCalls, { flushVcpus: flushed, split: smash, failed: leak })

/** KVM that requests a flush and continues before the vCPUs have left the guest. */
export const snpCallsWithoutFlushWait: KvmCalls = callsWith(kvmCallsWithoutFlushWait, {
  flushVcpus: [requestFlush],
  split: smash,
  failed: leak,
})

/** KVM that frees a page that it could not make shared, as `sev_gmem_invalidate()` does. */
export const snpCallsThatFree: KvmCalls = callsWith(kvmCalls, { flushVcpus: flushed, split: smash, failed: [] })

/** KVM that lets the attribute say shared in place though the RMP has the page still, as a copy of the series does. */
export const snpCallsThatShare: KvmCalls = callsWith(kvmCalls, {
  flushVcpus: flushed,
  split: smash,
  failed: leak,
  shareInPlace: { ...rmpUpdateShared, fail: 'ignore' },
})

/** KVM that does not split an RMP entry of which it makes a part shared. */
export const snpCallsWithoutSmash: KvmCalls = callsWith(kvmCalls, { flushVcpus: flushed, split: [], failed: leak })

/** KVM and IOMMUFD without a notifier of guest_memfd: a page is handed on, and stays mapped for trusted devices. */
export const snpCallsUnfenced: KvmCalls = callsWith(kvmCalls, {
  fence: [],
  flushVcpus: flushed,
  split: smash,
  failed: leak,
})
