import type { Plan } from '../../../model/plan/plan.js'
import {
  fenceTvm,
  invalidateTvmPage,
  iofenceTsm,
  iotinvalTsm,
  kickVcpus,
  reclaimPage,
  removeTvmPage,
  requestFlush,
  waitFlush,
} from '../../vocabulary/steps.js'
import { type KvmCalls, kvmCallsBy } from '../kvm.js'

/** The parts of the way on which a host of CoVE takes a page from a TVM, and that a mistake may leave out. */
interface Ways {
  /** What the TSM does about the devices that the TVM trusts, when it invalidates the page. */
  readonly devices?: Plan
  readonly kick?: Plan
  readonly reclaim?: Plan
  readonly flush?: Plan
}

/** No kernel's host is public: it is KVM's order, with the calls of the text. */
const callsWith = ({
  devices = [iotinvalTsm, iofenceTsm],
  kick = [kickVcpus],
  reclaim = [reclaimPage],
  flush = [requestFlush, waitFlush],
}: Ways): KvmCalls =>
  kvmCallsBy(
    (flushVcpus) => [invalidateTvmPage, ...devices, fenceTvm, ...kick, ...flushVcpus, removeTvmPage, ...reclaim],
    flush,
  )

export const coveCalls: KvmCalls = callsWith({})

/** A host that requests a flush and continues before the vCPUs have left the guest. */
export const coveCallsWithoutFlushWait: KvmCalls = callsWith({ flush: [requestFlush] })

/** A host that takes a removed page for its own, though it is confidential still. */
export const coveCallsWithoutReclaim: KvmCalls = callsWith({ reclaim: [] })

/** A host that begins a fence, and does not make the vCPUs trap. */
export const coveCallsWithoutKick: KvmCalls = callsWith({ kick: [] })

/** Over a TSM that fences harts alone. */
export const coveCallsWithoutIommu: KvmCalls = callsWith({ devices: [] })

/** Over a TSM that does not wait for the fence of its IOMMUs. */
export const coveCallsWithoutIofence: KvmCalls = callsWith({ devices: [iotinvalTsm] })
