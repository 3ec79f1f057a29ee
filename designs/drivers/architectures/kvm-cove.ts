import type { Plan } from '../../../model/plan/plan.js'
import {
  fenceTvm,
  invalidateTvmPage,
  kickVcpus,
  reclaimPage,
  removeTvmPage,
  requestFlush,
  waitFlush,
} from '../../vocabulary/steps.js'
import { type KvmCalls, kvmCallsBy } from '../kvm.js'

/** How a host of CoVE takes a page from a TVM. No kernel's is public: it is KVM's order, with the calls of the text. */
const takePage =
  (kick: Plan, reclaim: Plan) =>
  (flushVcpus: Plan): Plan => [invalidateTvmPage, fenceTvm, ...kick, ...flushVcpus, removeTvmPage, ...reclaim]

const flushed: Plan = [requestFlush, waitFlush]

export const coveCalls: KvmCalls = kvmCallsBy(takePage([kickVcpus], [reclaimPage]), flushed)

/** A host that requests a flush and continues before the vCPUs have left the guest. */
export const coveCallsWithoutFlushWait: KvmCalls = kvmCallsBy(takePage([kickVcpus], [reclaimPage]), [requestFlush])

/** A host that takes a removed page for its own, though it is confidential still. */
export const coveCallsWithoutReclaim: KvmCalls = kvmCallsBy(takePage([kickVcpus], []), flushed)

/** A host that begins a fence, and does not make the vCPUs trap. */
export const coveCallsWithoutKick: KvmCalls = kvmCallsBy(takePage([], [reclaimPage]), flushed)
