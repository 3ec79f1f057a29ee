import { mapData } from '../../../model/actions/cca/faults.js'
import { delegate, undelegate } from '../../../model/actions/cca/granules.js'
import { type Kind, kindIndex } from '../../../model/actions/relation.js'
import { force } from '../../../model/actions/step.js'
import { hasTranslation } from '../../../model/actions/tdx/tlb-tracking.js'
import { codeLength } from '../../../model/machine/action.js'
import { Attr, Granule, Ripas, Sept } from '../../../model/machine/state.js'
import {
  ccaDataMapKeepsRipas,
  ccaDataMapNeedsDelegated,
  ccaDataMapNeedsUnassigned,
  ccaDataMapZeroes,
  ccaDelegateFromNs,
  ccaDestroyedNeedsConsent,
  ccaEmptyAborts,
  ccaMarkBlocks,
  ccaRipasOnRequest,
  ccaUndelegateFromDelegated,
  ccaUndelegateScrubs,
  ccaUnmapDestroys,
  ccaUnmapMarks,
  ccaUnmapMayStop,
  ccaUnmappedExits,
  ccaUserAccessSignalled,
  type Rule,
} from '../../../spec/index.js'
import { type Answer, type RmmCall, ripasNames, rttEntryNames } from '../../protocol/messages.js'
import type { CandidateState } from '../candidate-state.js'
import type { CandidatePool, Prediction } from '../prediction.js'
import { forget, modelFrame, through } from '../sept/predict.js'
import { outcomeBy } from './outcomes.js'

type CallOf<K extends RmmCall['call']> = Extract<RmmCall, { call: K }>

const code = new Int32Array(codeLength)
const ok = { outcome: 'ok' } as const

const reply = (candidate: CandidateState, answer: Answer, ...rules: readonly Rule[]): Prediction => {
  return { candidate, answer, cause: -1, reason: -1, rules }
}

const refused = (candidate: CandidateState, { call }: RmmCall, rule: Rule): Prediction[] => [
  reply(candidate, { outcome: outcomeBy(call, rule) }, rule),
]

/** A command, or a part of one, by its row. */
function perform({ machine: m, state: s }: CandidateState, name: Kind, ...operands: readonly number[]): void {
  code.fill(0)
  code.set([kindIndex(name), 0, ...operands])
  force(m, s, code)
}

const isMarked = ({ state: s }: CandidateState, page: number): boolean =>
  s.sept[page] === Sept.Blocked || s.sept[page] === Sept.PendingBlocked
const isAssigned = ({ state: s }: CandidateState, page: number): boolean =>
  s.sept[page] === Sept.Mapped || s.sept[page] === Sept.Pending

function delegateGranule(candidate: CandidateState, call: CallOf<'rmi.granule.delegate'>): Prediction[] {
  const { state: s } = candidate
  const frame = modelFrame(candidate, call.frame)
  if (s.granule[frame] !== Granule.NonSecure) return refused(candidate, call, ccaDelegateFromNs)
  delegate(s, frame)
  return [reply(candidate, ok, ccaDelegateFromNs)]
}

function undelegateGranule(candidate: CandidateState, call: CallOf<'rmi.granule.undelegate'>): Prediction[] {
  const { machine: m, state: s, values } = candidate
  const frame = modelFrame(candidate, call.frame)
  if (s.granule[frame] !== Granule.Delegated) return refused(candidate, call, ccaUndelegateFromDelegated)
  undelegate(m, s, frame)
  values[frame] = 0
  return [reply(candidate, ok, ccaUndelegateFromDelegated)]
}

/** The entry is looked at before the granule; one that leads to this granule already is left as it is. */
function map(candidate: CandidateState, call: CallOf<'rmi.rtt.data-map'>): Prediction[] {
  const { machine: m, state: s, values } = candidate
  const { page } = call
  const frame = modelFrame(candidate, call.frame)
  if (isAssigned(candidate, page)) {
    const isSame = s.privateFrame[page] === frame + 1
    return isSame
      ? [reply(candidate, ok, ccaDataMapNeedsUnassigned)]
      : refused(candidate, call, ccaDataMapNeedsUnassigned)
  }
  if (isMarked(candidate, page)) return refused(candidate, call, ccaMarkBlocks)
  if (s.granule[frame] !== Granule.Delegated) return refused(candidate, call, ccaDataMapNeedsDelegated)
  s.privateFrame[page] = frame + 1
  mapData(m, s, page, frame)
  values[frame] = 0
  return [reply(candidate, ok, ccaDataMapNeedsDelegated)]
}

/** What an unmap has left to do, up to its end. */
function finish(candidate: CandidateState, page: number): Prediction {
  perform(candidate, 'rmm.tlbi', page)
  perform(candidate, 'rmm.drain', page)
  candidate.state.privateFrame[page] = 0
  return reply(candidate, ok, ccaUnmapMarks)
}

/** Up to its end, or it stops in between: what it owes then may be done in part, which no reply tells. */
function finishOrStop(candidate: CandidateState, call: RmmCall & { page: number }, pool: CandidatePool): Prediction[] {
  const stopped = pool.copy(candidate)
  return [finish(candidate, call.page), ...refused(stopped, call, ccaUnmapMayStop)]
}

/** An entry that leads nowhere is skipped, marked or not. */
function unmap(candidate: CandidateState, call: CallOf<'rmi.rtt.data-unmap'>, pool: CandidatePool): Prediction[] {
  if (!isAssigned(candidate, call.page)) return [reply(candidate, ok, ccaUnmapMarks)]
  perform(candidate, 'rmi.rtt-data-unmap', call.page, 1)
  return finishOrStop(candidate, call, pool)
}

function resume(candidate: CandidateState, call: CallOf<'rmi.op.continue'>, pool: CandidatePool): Prediction[] {
  if (isMarked(candidate, call.page)) return finishOrStop(candidate, call, pool)
  return [reply(candidate, { outcome: 'RMI_ERROR_INPUT' }, ccaUnmapMayStop)]
}

function setRipas(candidate: CandidateState, call: CallOf<'rmi.rtt.set-ripas'>): Prediction[] {
  const { state: s } = candidate
  const { page, ripas, destroyed } = call
  if (isMarked(candidate, page)) return refused(candidate, call, ccaMarkBlocks)
  const isRefused = ripas === 'ram' && s.ripas[page] === Ripas.Destroyed && destroyed === 0
  if (isRefused) return refused(candidate, call, ccaDestroyedNeedsConsent)
  perform(candidate, 'rmi.rtt-set-ripas', page, ripas === 'ram' ? Attr.Private : Attr.Shared)
  return [reply(candidate, ok, ccaRipasOnRequest)]
}

function readEntry(candidate: CandidateState, page: number): Prediction[] {
  const ripas = candidate.state.ripas[page] ?? 0
  const [unassigned, assigned] = rttEntryNames
  const entry = isAssigned(candidate, page) ? assigned : unassigned
  const name = ripasNames[ripas]
  const rule = ripas === Ripas.Destroyed ? ccaUnmapDestroys : ccaDataMapKeepsRipas
  return [reply(candidate, { ...ok, entry, ...(name && { ripas: name }) }, rule, ccaUnmapMarks, ccaRipasOnRequest)]
}

/** An unmapped page may still be reached through a cached translation, as long as its invalidation is owed. */
function touch(
  candidate: CandidateState,
  call: CallOf<'realm-read'> | CallOf<'realm-write'>,
  pool: CandidatePool,
): Prediction[] {
  const { machine: m, state: s } = candidate
  const { vcpu, page } = call
  const value = call.call === 'realm-write' ? call.value : -1
  if (s.ripas[page] === Ripas.Empty) return refused(candidate, call, ccaEmptyAborts)
  if (s.sept[page] === Sept.Mapped) return [through(candidate, vcpu, page, value, ccaDataMapZeroes)]
  if (!hasTranslation(m, s, vcpu, page, true)) return refused(candidate, call, ccaUnmappedExits)
  const other = pool.copy(candidate)
  forget(other, vcpu, page)
  return [through(candidate, vcpu, page, value, ccaUnmapMarks), ...refused(other, call, ccaUnmappedExits)]
}

function byHost(candidate: CandidateState, call: CallOf<'granule-read'> | CallOf<'granule-write'>): Prediction[] {
  const frame = modelFrame(candidate, call.frame)
  if (candidate.state.granule[frame] !== Granule.NonSecure) return refused(candidate, call, ccaUserAccessSignalled)
  if (call.call === 'granule-read') {
    return [reply(candidate, { ...ok, data: candidate.values[frame] ?? 0 }, ccaUndelegateScrubs)]
  }
  candidate.values[frame] = call.value
  return [reply(candidate, ok)]
}

/** Every reply that the model allows to a command of an RMM, or to an access of the realm or of the host. */
export function predictRmm(candidate: CandidateState, call: RmmCall, pool: CandidatePool): Prediction[] {
  switch (call.call) {
    case 'rmi.granule.delegate':
      return delegateGranule(candidate, call)
    case 'rmi.granule.undelegate':
      return undelegateGranule(candidate, call)
    case 'rmi.rtt.data-map':
      return map(candidate, call)
    case 'rmi.rtt.data-unmap':
      return unmap(candidate, call, pool)
    case 'rmi.op.continue':
      return resume(candidate, call, pool)
    case 'rmi.rtt.set-ripas':
      return setRipas(candidate, call)
    case 'rmi.rtt.read-entry':
      return readEntry(candidate, call.page)
    case 'realm-read':
    case 'realm-write':
      return touch(candidate, call, pool)
    case 'granule-read':
    case 'granule-write':
      return byHost(candidate, call)
  }
}
