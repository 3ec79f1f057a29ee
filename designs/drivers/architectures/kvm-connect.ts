import { isCounted, isUsable, unitHas } from '../../../model/actions/trusted/trusted-paths.js'
import type { Condition, Plan, Step } from '../../../model/plan/plan.js'
import {
  acquireKvm,
  awaitIq,
  blockPage,
  blockReleasedPage,
  kickVcpus,
  processIq,
  releaseKvm,
  removePage,
  requestFlush,
  requestIq,
  track,
  waitFlush,
  wbinvdPage,
} from '../../vocabulary/steps.js'
import { type KvmCalls, kvmCallsBy } from '../kvm.js'

// KVM on a host with TDX Connect. No kernel does this yet: it is what the TDX module asks of one.

const maxUnits = 4

const unitCounts = (unit: number): Condition => ({
  name: `unit ${unit} has an accepted entry`,
  holds: (m, s) => unitHas(m, s, unit, isCounted),
})
const sharedHalfInUse: Condition = {
  name: 'a trusted device reaches the shared half',
  holds: (_, s) => s.sharedRoot.length > 0 && s.sharedRoot[0] === 1 && s.dmar.some((_, device) => isUsable(s, device)),
}

/** One request a unit; the module takes account of it once the unit has written its status. */
const eachUnit = (ofUnit: (unit: number) => Plan): Plan =>
  Array.from({ length: maxUnits }, (_, unit) => ({ when: unitCounts(unit), body: ofUnit(unit) }))

const invalidate: Plan = eachUnit((unit) => [requestIq(unit), awaitIq(unit), processIq(unit)])

/** The module invalidates an IOTLB only behind a TRACK, so that KVM begins an epoch for the shared half alone. */
const invalidateShared: Plan = [
  {
    when: sharedHalfInUse,
    body: [acquireKvm('mmu'), track, kickVcpus, ...invalidate, releaseKvm('mmu')],
  },
]

interface Ways {
  readonly flushVcpus: Plan
  /** How KVM has a page blocked. */
  readonly block: Plan
  /** What KVM does behind a TRACK, once every vCPU is out of the guest. */
  readonly afterKick: Plan
  /** How KVM has a blocked page removed, and its caches written back. */
  readonly remove: Plan
  readonly afterZapShared: Plan
}

const connectWays: Ways = {
  flushVcpus: [requestFlush, waitFlush],
  block: [blockReleasedPage],
  afterKick: invalidate,
  remove: [removePage, wbinvdPage],
  afterZapShared: invalidateShared,
}

function callsBut(others: Partial<Ways>): KvmCalls {
  const ways = { ...connectWays, ...others }
  return kvmCallsBy(
    (flushVcpus) => [...ways.block, track, kickVcpus, ...flushVcpus, ...ways.afterKick, ...ways.remove],
    ways.flushVcpus,
    ways.afterZapShared,
  )
}

export const connectCalls: KvmCalls = callsBut({})

/** KVM as it is on TDX: it asks no IOMMU for an invalidation. */
export const connectCallsWithoutRequests: KvmCalls = callsBut({ afterKick: [], afterZapShared: [] })

/** KVM that has IOTLBs invalidated where the module insists on it, which is not so for the shared half. */
export const connectCallsSharedForgotten: KvmCalls = callsBut({ afterZapShared: [] })

/** KVM that requests a flush of vCPUs and continues before they have left the guest. */
export const connectCallsWithoutFlushWait: KvmCalls = callsBut({ flushVcpus: [requestFlush] })

/** KVM that has the module process a request before the unit has done it. */
export const connectCallsWithoutWait: KvmCalls = callsBut({
  afterKick: eachUnit((unit) => [requestIq(unit), processIq(unit)]),
})

const ignored = (step: Step): Step => ({ ...step, fail: 'ignore' })

/** KVM that continues where the TDX module refuses to give a page up: guest_memfd then frees what the TD still has. */
export const connectCallsErrorsIgnored: KvmCalls = callsBut({
  block: [ignored(blockPage)],
  remove: [ignored(removePage), ignored(wbinvdPage)],
})
