import { type Kind, kindIndex } from '../../../model/actions/relation.js'
import { force } from '../../../model/actions/step.js'
import { isUsable, walkedFrame } from '../../../model/actions/trusted/trusted-paths.js'
import { codeLength } from '../../../model/machine/action.js'
import { Dmar, TdInvalidation } from '../../../model/machine/state.js'
import { drop, fill, findKey } from '../../../model/memory/tlb.js'
import { vcpuKey } from '../../../model/memory/tlb-tracking.js'
import { iqProcessBehindHead, iqRequestDrains, type Rule, trustedDmaSecureEpt } from '../../../spec/index.js'
import type { Answer } from '../../protocol/messages.js'
import type { CandidateState } from '../candidate-state.js'
import type { CandidatePool, Prediction } from '../prediction.js'

// The device that a TD of a module 2.0 trusts: it translates by the secure EPT, and its IOMMU caches.

/** How a DMA of a trusted device ends that leads nowhere. */
export const blocked = { outcome: 'DMA_BLOCKED' } as const

const ok = { outcome: 'ok' } as const
const code = new Int32Array(codeLength)

function perform({ machine: m, state: s }: CandidateState, name: Kind, ...operands: readonly number[]): void {
  code.fill(0)
  code.set([kindIndex(name), ...operands])
  force(m, s, code)
}

const reply = (candidate: CandidateState, answer: Answer, ...rules: readonly Rule[]): Prediction => {
  return { candidate, answer, cause: -1, reason: -1, rules }
}

/** The caller waits until the IOMMU is done with what is queued: then the module takes account of it. */
export function process(candidate: CandidateState): Prediction {
  const { iotlbInvalidation, dmarInvalidation } = candidate.state
  if ([...iotlbInvalidation, ...dmarInvalidation].includes(TdInvalidation.Queued)) {
    perform(candidate, 'iommu.invalidate-td', 0)
    perform(candidate, 'iommu.retire-td', 0)
  }
  perform(candidate, 'tdh.iq.inv.process', 0, 0)
  return reply(candidate, ok, iqProcessBehindHead)
}

interface Access {
  readonly device: number
  readonly page: number
}

/** Where the IOMMU has a page of the TD cached; negative if it has not. */
const slotOf = ({ machine: m, state: s }: CandidateState, page: number): number =>
  findKey(s.trustedKey, 0, m.scope.iotlbEntries, vcpuKey(page, true))

function evict(candidate: CandidateState, page: number): CandidateState {
  const { machine: m, state: s } = candidate
  const at = slotOf(candidate, page)
  if (at >= 0) drop(s.trustedKey, s.trustedFrame, 0, m.scope.iotlbEntries, at)
  return candidate
}

/**
 * Every end of a DMA: by what the IOMMU has cached, by a walk, or nowhere. Of a blocked entry that is not invalidated
 * it may still have what is needed, or not.
 */
export function predictTrusted(
  candidate: CandidateState,
  { device, page }: Access,
  value: number,
  pool: CandidatePool,
): Prediction[] {
  const { machine: m, state: s } = candidate
  const slot = slotOf(candidate, page)
  const cached = slot >= 0 && isUsable(s, device) ? (s.trustedFrame[slot] ?? 0) - 1 : -1
  const walked = isUsable(s, device) ? walkedFrame(m, s, page, true) : -1
  const isSure = walked >= 0 && s.dmar[device] === Dmar.Present
  const found: Prediction[] = []
  if (cached >= 0) found.push(access(pool.copy(candidate), cached, value, iqRequestDrains))
  if (!isSure) found.push(reply(evict(pool.copy(candidate), page), blocked, trustedDmaSecureEpt))
  if (walked >= 0 && walked !== cached) {
    const filled = evict(pool.copy(candidate), page)
    fill(filled.state.trustedKey, filled.state.trustedFrame, 0, m.scope.iotlbEntries, vcpuKey(page, true), walked + 1)
    found.push(access(filled, walked, value, trustedDmaSecureEpt))
  }
  pool.drop(candidate)
  return found
}

function access(candidate: CandidateState, frame: number, value: number, rule: Rule): Prediction {
  const { values } = candidate
  if (value < 0) return reply(candidate, { ...ok, data: values[frame] ?? 0 }, rule)
  values[frame] = value
  return reply(candidate, ok, rule)
}
