import { cutsBlock } from '../../../model/actions/cca/rtt.js'
import { reg } from '../../../model/machine/registers.js'
import type { Condition, Plan } from '../../../model/plan/plan.js'
import { eachPageOf } from '../../vocabulary/loops.js'
import { chunk, given } from '../../vocabulary/ranges.js'
import {
  granuleUndelegate,
  Private,
  rmmDrain,
  rmmTlbi,
  rttCreate,
  rttDataUnmap,
  rttSetRipas,
  Shared,
  syncSmmu,
  tlbiSmmu,
} from '../../vocabulary/steps.js'
import { type KvmCalls, kvmCallsBy } from '../kvm.js'

const cursor = reg('cursor')

const cutsBlockEntry: Condition = {
  name: 'in a block entry that the range cuts',
  holds: (m, s, v) => cutsBlock(m, s, cursor(m, s, v), given.end(m, s, v)),
}

/** How the RMM and KVM take a page back, after the entry is unmapped. */
interface Ways {
  /** How the RMM ends the unmap. */
  readonly finish: Plan
  readonly takeBack: Plan
}

/** The RMM invalidates what vCPUs hold, in both halves: KVM kicks none. */
const callsWith = ({ finish, takeBack }: Ways): KvmCalls =>
  kvmCallsBy(() => [{ when: cutsBlockEntry, body: [rttCreate] }, rttDataUnmap, ...finish, ...takeBack], [])

const ignored: Plan = [{ ...granuleUndelegate, fail: 'ignore' }]

/** How the RMM ends an unmap: what SMMUs hold of it is gone as well before the granule is free. */
const finish: Plan = [tlbiSmmu, syncSmmu, rmmTlbi, rmmDrain]

export const ccaCalls: KvmCalls = callsWith({ finish, takeBack: [granuleUndelegate] })

/** KVM that takes RMI_INCOMPLETE of an unmap for its end, and lets the refusal to undelegate pass with a warning. */
export const ccaCallsWithoutContinue: KvmCalls = callsWith({ finish: [], takeBack: ignored })

/** KVM that frees a page of guest_memfd which is delegated still. */
export const ccaCallsThatFree: KvmCalls = callsWith({ finish, takeBack: [] })

/** KVM over an RMM whose invalidation misses the VMID under which a vCPU runs. */
export const ccaCallsWithoutTlbi: KvmCalls = callsWith({
  finish: [tlbiSmmu, syncSmmu, rmmDrain],
  takeBack: [granuleUndelegate],
})

/** KVM over an RMM whose invalidation leaves out the SMMUs. */
export const ccaCallsWithoutSmmu: KvmCalls = callsWith({ finish: [rmmTlbi, rmmDrain], takeBack: [granuleUndelegate] })

/** KVM over an RMM that does not wait for the CMD_SYNC behind it. */
export const ccaCallsWithoutSync: KvmCalls = callsWith({
  finish: [tlbiSmmu, rmmTlbi, rmmDrain],
  takeBack: [granuleUndelegate],
})

/** What KVM does when the vCPU that asked for a conversion enters again, before the guest has its answer. */
export const ccaEnds = {
  toPrivate: [{ each: eachPageOf(chunk), body: [rttSetRipas(Private)] }],
  toShared: [{ each: eachPageOf(chunk), body: [rttSetRipas(Shared)] }],
} as const satisfies Readonly<Record<'toPrivate' | 'toShared', Plan>>
