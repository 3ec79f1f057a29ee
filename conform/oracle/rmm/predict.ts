import { mapData } from '../../../model/actions/cca/faults.js'
import { delegate, undelegate } from '../../../model/actions/cca/granules.js'
import { type Kind, kindIndex } from '../../../model/actions/relation.js'
import { force } from '../../../model/actions/step.js'
import { codeLength } from '../../../model/machine/action.js'
import { Attr, Granule, Ripas, Sept } from '../../../model/machine/state.js'
import { hasTranslation } from '../../../model/memory/tlb-tracking.js'
import {
  ccaDataCreateNeedsUnassigned10,
  ccaDataCreateUnordered10,
  ccaDataDestroyEnds10,
  ccaDataDestroyNeedsAssigned10,
  ccaDataMapKeepsRipas,
  ccaDataMapNeedsDelegated,
  ccaDataMapNeedsUnassigned,
  ccaDataMapZeroes,
  ccaDelegatedIsWiped10,
  ccaDelegateFromNs,
  ccaDestroyedNeedsConsent,
  ccaDestroyLosesRipas,
  ccaEmptyAborts,
  ccaEmptyNeedsConsent10,
  ccaMarkBlocks,
  ccaRipasOfPart,
  ccaRipasOnRequest,
  ccaUndelegateFromDelegated,
  ccaUndelegateScrubs,
  ccaUnmapDestroys,
  ccaUnmapMarks,
  ccaUnmapMayStop,
  ccaUnmappedExits,
  ccaUserAccessSignalled,
  ccaWalkNeedsTable,
} from '../../../spec/index.js'
import { type RmmCall, ripasNames, rttEntryNames } from '../../protocol/messages.js'
import type { CandidateState } from '../candidate-state.js'
import type { CandidatePool, Prediction } from '../prediction.js'
import { forget, modelFrame, through } from '../sept/predict.js'
import {
  type CallOf,
  finishOrStop,
  hasTable,
  is10,
  isAssigned,
  isDelegated,
  isMarked,
  okReply,
  refusedByAny,
  refusedReply,
  reply,
} from './reply.js'
import { create, destroy, fold } from './tables.js'
import {
  mapUnprotected,
  readUnprotected,
  resumeUnprotected,
  touchUnprotected,
  unmapUnprotected,
} from './unprotected.js'

type DataMap = CallOf<'rmi.rtt.data-map'>
type SetRipas = CallOf<'rmi.rtt.set-ripas'>
type OfHalf = CallOf<'rmi.op.continue' | 'rmi.rtt.read-entry' | 'realm-read' | 'realm-write'>

const code = new Int32Array(codeLength)

/** A command, or a part of one, by its row. */
function perform({ machine: m, state: s }: CandidateState, name: Kind, ...operands: readonly number[]): void {
  code.fill(0)
  code.set([kindIndex(name), 0, ...operands])
  force(m, s, code)
}

function delegateGranule(candidate: CandidateState, call: CallOf<'rmi.granule.delegate'>): Prediction[] {
  const { state: s } = candidate
  const frame = modelFrame(candidate, call.frame)
  if (s.granule[frame] !== Granule.NonSecure) return refusedReply(candidate, call, ccaDelegateFromNs)
  delegate(s, frame)
  return [reply(candidate, okReply, ccaDelegateFromNs)]
}

function undelegateGranule(candidate: CandidateState, call: CallOf<'rmi.granule.undelegate'>): Prediction[] {
  const { machine: m, state: s, values } = candidate
  const frame = modelFrame(candidate, call.frame)
  if (s.granule[frame] !== Granule.Delegated) return refusedReply(candidate, call, ccaUndelegateFromDelegated)
  undelegate(m, s, frame)
  values[frame] = 0
  return [reply(candidate, okReply, ccaUndelegateFromDelegated)]
}

/** Whether a page can be mapped; else the reply. The draft 2.0 looks at the entry before the granule. */
function whyNotMapped(candidate: CandidateState, call: DataMap, pool: CandidatePool): Prediction[] | undefined {
  const { page } = call
  const isFree = isDelegated(candidate, modelFrame(candidate, call.frame))
  const noTable = hasTable(candidate, 'protected', page) ? [] : [ccaWalkNeedsTable]
  if (is10(candidate)) {
    const noEntry = isAssigned(candidate, page) ? [ccaDataCreateNeedsUnassigned10] : []
    const [wrong] = [...noTable, ...noEntry]
    const reasons = [...(isFree ? [] : [ccaDataMapNeedsDelegated]), ...(wrong === undefined ? [] : [wrong])]
    if (reasons.length === 0) return undefined
    return refusedByAny(candidate, call, reasons, ccaDataCreateUnordered10, pool)
  }
  if (noTable.length > 0) return refusedReply(candidate, call, ccaWalkNeedsTable)
  if (isAssigned(candidate, page)) return refusedReply(candidate, call, ccaDataMapNeedsUnassigned)
  if (isMarked(candidate, page)) return refusedReply(candidate, call, ccaMarkBlocks)
  return isFree ? undefined : refusedReply(candidate, call, ccaDataMapNeedsDelegated)
}

/** An entry that leads to this granule already is left as it is, on 2.0. */
function map(candidate: CandidateState, call: DataMap, pool: CandidatePool): Prediction[] {
  const { machine: m, state: s, values } = candidate
  const { page } = call
  const frame = modelFrame(candidate, call.frame)
  const isSame = isAssigned(candidate, page) && s.privateFrame[page] === frame + 1
  const isKept = isSame && !is10(candidate) && hasTable(candidate, 'protected', page)
  if (isKept) return [reply(candidate, okReply, ccaDataMapNeedsUnassigned)]
  const why = whyNotMapped(candidate, call, pool)
  if (why !== undefined) return why
  s.privateFrame[page] = frame + 1
  mapData(m, s, page, frame)
  values[frame] = 0
  return [reply(candidate, okReply, ccaDataMapNeedsDelegated)]
}

/** What an unmap has left to do, up to its end. */
function finish(candidate: CandidateState, page: number): Prediction {
  perform(candidate, 'rmm.tlbi', page)
  perform(candidate, 'rmm.drain', page)
  candidate.state.privateFrame[page] = 0
  return reply(candidate, okReply, is10(candidate) ? ccaDataDestroyEnds10 : ccaUnmapMarks)
}

/** On 2.0 an entry that leads nowhere is skipped, marked or not. */
function unmap(candidate: CandidateState, call: CallOf<'rmi.rtt.data-unmap'>, pool: CandidatePool): Prediction[] {
  const { page } = call
  if (!hasTable(candidate, 'protected', page)) return refusedReply(candidate, call, ccaWalkNeedsTable)
  if (!isAssigned(candidate, page)) {
    if (is10(candidate)) return refusedReply(candidate, call, ccaDataDestroyNeedsAssigned10)
    return [reply(candidate, okReply, ccaUnmapMarks)]
  }
  perform(candidate, 'rmi.rtt-data-unmap', page, 1)
  return is10(candidate) ? [finish(candidate, page)] : finishOrStop(candidate, pool, (one) => finish(one, page))
}

function resume(candidate: CandidateState, call: CallOf<'rmi.op.continue'>, pool: CandidatePool): Prediction[] {
  const { page } = call
  if (isMarked(candidate, page)) return finishOrStop(candidate, pool, (one) => finish(one, page))
  return refusedReply(candidate, call, ccaUnmapMayStop)
}

/** Of a block that has more pages nothing changes; whether that is told where nothing had to, sources do not agree. */
function ripasOfPart(candidate: CandidateState, call: SetRipas, pool: CandidatePool): Prediction[] {
  const isSo = ripasNames[candidate.state.ripas[call.page] ?? 0] === call.ripas
  const other = isSo ? [reply(pool.copy(candidate), okReply, ccaRipasOfPart)] : []
  return [...refusedReply(candidate, call, ccaRipasOfPart), ...other]
}

function setRipas(candidate: CandidateState, call: SetRipas, pool: CandidatePool): Prediction[] {
  const { state: s } = candidate
  const { page, ripas, destroyed } = call
  if (!hasTable(candidate, 'protected', page)) return ripasOfPart(candidate, call, pool)
  if (isMarked(candidate, page)) return refusedReply(candidate, call, ccaMarkBlocks)
  const isAgainst = s.ripas[page] === Ripas.Destroyed && destroyed === 0
  if (isAgainst && ripas === 'ram') return refusedReply(candidate, call, ccaDestroyedNeedsConsent)
  if (isAgainst && is10(candidate)) return refusedReply(candidate, call, ccaEmptyNeedsConsent10)
  perform(candidate, 'rmi.rtt-set-ripas', page, ripas === 'ram' ? Attr.Private : Attr.Shared)
  return [reply(candidate, okReply, ccaRipasOnRequest)]
}

function readEntry(candidate: CandidateState, page: number): Prediction[] {
  const ripas = candidate.state.ripas[page] ?? 0
  const [unassigned, assigned] = rttEntryNames
  const entry = isAssigned(candidate, page) ? assigned : unassigned
  const name = ripasNames[ripas]
  const by = ripas === Ripas.Destroyed ? [ccaUnmapDestroys, ccaDestroyLosesRipas] : [ccaDataMapKeepsRipas]
  const rules = is10(candidate) ? [...by, ccaRipasOnRequest] : [...by, ccaUnmapMarks, ccaRipasOnRequest]
  return [reply(candidate, { ...okReply, entry, ...(name && { ripas: name }) }, ...rules)]
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
  if (s.ripas[page] === Ripas.Empty) return refusedReply(candidate, call, ccaEmptyAborts)
  if (s.sept[page] === Sept.Mapped)
    return [through(candidate, vcpu, page, value, is10(candidate) ? ccaDelegatedIsWiped10 : ccaDataMapZeroes)]
  if (!hasTranslation(m, s, vcpu, page, true)) return refusedReply(candidate, call, ccaUnmappedExits)
  const other = pool.copy(candidate)
  forget(other, vcpu, page)
  return [through(candidate, vcpu, page, value, ccaUnmapMarks), ...refusedReply(other, call, ccaUnmappedExits)]
}

function byHost(candidate: CandidateState, call: CallOf<'granule-read'> | CallOf<'granule-write'>): Prediction[] {
  const frame = modelFrame(candidate, call.frame)
  if (candidate.state.granule[frame] !== Granule.NonSecure) return refusedReply(candidate, call, ccaUserAccessSignalled)
  if (call.call === 'granule-read') {
    return [reply(candidate, { ...okReply, data: candidate.values[frame] ?? 0 }, ccaUndelegateScrubs)]
  }
  candidate.values[frame] = call.value
  return [reply(candidate, okReply)]
}

function inHalf(candidate: CandidateState, call: OfHalf, pool: CandidatePool): Prediction[] {
  const isUnprotected = call.half === 'unprotected'
  if (call.call === 'rmi.op.continue') return (isUnprotected ? resumeUnprotected : resume)(candidate, call, pool)
  if (call.call === 'rmi.rtt.read-entry') return (isUnprotected ? readUnprotected : readEntry)(candidate, call.page)
  return (isUnprotected ? touchUnprotected : touch)(candidate, call, pool)
}

/** Every reply that the model allows to a command of an RMM, or to an access of the realm or of the host. */
export function predictRmm(candidate: CandidateState, call: RmmCall, pool: CandidatePool): Prediction[] {
  switch (call.call) {
    case 'rmi.granule.delegate':
      return delegateGranule(candidate, call)
    case 'rmi.granule.undelegate':
      return undelegateGranule(candidate, call)
    case 'rmi.rtt.data-map':
      return map(candidate, call, pool)
    case 'rmi.rtt.data-unmap':
      return unmap(candidate, call, pool)
    case 'rmi.rtt.unprot-map':
      return mapUnprotected(candidate, call)
    case 'rmi.rtt.unprot-unmap':
      return unmapUnprotected(candidate, call, pool)
    case 'rmi.rtt.create':
      return create(candidate, call, pool)
    case 'rmi.rtt.destroy':
      return destroy(candidate, call)
    case 'rmi.rtt.fold':
      return fold(candidate, call)
    case 'rmi.rtt.set-ripas':
      return setRipas(candidate, call, pool)
    case 'rmi.op.continue':
    case 'rmi.rtt.read-entry':
    case 'realm-read':
    case 'realm-write':
      return inHalf(candidate, call, pool)
    case 'granule-read':
    case 'granule-write':
      return byHost(candidate, call)
  }
}
