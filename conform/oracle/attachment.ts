import { kindIndex, rows } from '../../model/actions/relation.js'
import { unitOf } from '../../model/actions/vtd/dma-outcome.js'
import { invalidateDomain } from '../../model/actions/vtd/queue/queue-state.js'
import { codeLength } from '../../model/machine/action.js'
import { vtdAttachBusy, vtdReplaceMoves } from '../../spec/index.js'
import type { Call } from '../protocol/messages.js'
import type { CandidateState } from './candidate-state.js'
import type { Prediction } from './prediction.js'

export type AttachmentCall = Extract<Call, { call: 'attach' | 'replace' | 'detach' }>

const block = kindIndex('iommu.block-translation')
const attach = kindIndex('iommu.attach')
const code = new Int32Array(codeLength)

function make({ machine: m, state: s }: CandidateState, kind: number, device: number, domain: number): void {
  code.set([kind, 0, device, domain])
  rows[kind]?.apply(m, s, code)
  m.coverage?.note(kind, -1)
}

/** The device has no domain, and its unit has nothing of the one that it left (`vtd.domains/leave-flushes`). */
function leave(candidate: CandidateState, device: number): void {
  const { machine: m, state: s } = candidate
  const left = (s.attached[device] ?? 0) - 1
  if (left < 0) return
  make(candidate, block, device, 0)
  invalidateDomain(m, s, unitOf(m, device), left)
}

/** Where a device is attached from now on: a call that is refused changes nothing. */
export function place(candidate: CandidateState, call: AttachmentCall): Prediction[] {
  const { device } = call
  const answer = { outcome: 'ok' }
  const done: Prediction = { candidate, answer, cause: -1, reason: -1 }
  if (call.call === 'detach') {
    leave(candidate, device)
    return [done]
  }
  const now = candidate.state.attached[device]
  if (call.call === 'attach' && now !== 0) return [{ ...done, answer: { outcome: 'EBUSY' }, rules: [vtdAttachBusy] }]
  if (now === call.domain + 1) return [{ ...done, rules: [vtdReplaceMoves] }]
  leave(candidate, device)
  make(candidate, attach, device, call.domain)
  return [call.call === 'replace' ? { ...done, rules: [vtdReplaceMoves] } : done]
}
