import { Granule } from '../../../model/machine/state.js'
import {
  ccaUnmapMayStop,
  ccaUnprotAnyGranule,
  ccaUnprotMapNeedsUnassigned,
  ccaUnprotMapNeedsUnassigned10,
  ccaUnprotReachesHost,
  ccaUnprotUnmapEnds10,
  ccaUnprotUnmapNeedsAssigned10,
  ccaUnprotUnmapOwesTlbi,
  ccaUnprotUnmappedExits,
  ccaUnprotUnmapSkips,
  ccaWalkNeedsTable,
  type Rule,
} from '../../../spec/index.js'
import { rttEntryNames } from '../../protocol/messages.js'
import type { CandidateState } from '../candidate-state.js'
import type { CandidatePool, Prediction } from '../prediction.js'
import { modelFrame } from '../sept/predict.js'
import { outcomeBy } from './outcomes.js'
import { dropUnprotected, viewRealm } from './realm.js'
import { type CallOf, finishOrStop, hasTable, is10, okReply, refusedReply, reply } from './reply.js'

type Access = CallOf<'realm-read'> | CallOf<'realm-write'>

/** Every reply to a map in the unprotected half; changes the candidate. */
export function mapUnprotected(candidate: CandidateState, call: CallOf<'rmi.rtt.unprot-map'>): Prediction[] {
  const { page, frame } = call
  const { entry, mark } = viewRealm(candidate)
  if (!hasTable(candidate, 'unprotected', page)) return refusedReply(candidate, call, ccaWalkNeedsTable)
  if (is10(candidate)) {
    if (entry[page] !== 0) return refusedReply(candidate, call, ccaUnprotMapNeedsUnassigned10)
    entry[page] = frame + 1
    return [reply(candidate, okReply, ccaUnprotMapNeedsUnassigned10)]
  }
  const isOther = entry[page] !== 0 && entry[page] !== frame + 1
  if (isOther || mark[page] !== 0) return refusedReply(candidate, call, ccaUnprotMapNeedsUnassigned)
  entry[page] = frame + 1
  return [reply(candidate, okReply, ccaUnprotMapNeedsUnassigned)]
}

function finish(candidate: CandidateState, page: number): Prediction {
  const realm = viewRealm(candidate)
  dropUnprotected(candidate.machine, realm, page)
  realm.mark[page] = 0
  return reply(candidate, okReply, is10(candidate) ? ccaUnprotUnmapEnds10 : ccaUnprotUnmapOwesTlbi)
}

/** Every reply to an unmap in the unprotected half, which may stop before its end; changes the candidate. */
export function unmapUnprotected(
  candidate: CandidateState,
  call: CallOf<'rmi.rtt.unprot-unmap'>,
  pool: CandidatePool,
): Prediction[] {
  const { page } = call
  const { entry, mark } = viewRealm(candidate)
  if (!hasTable(candidate, 'unprotected', page)) return refusedReply(candidate, call, ccaWalkNeedsTable)
  if (entry[page] === 0) {
    if (is10(candidate)) return refusedReply(candidate, call, ccaUnprotUnmapNeedsAssigned10)
    return [reply(candidate, okReply, ccaUnprotUnmapSkips)]
  }
  mark[page] = entry[page] ?? 0
  entry[page] = 0
  return is10(candidate) ? [finish(candidate, page)] : finishOrStop(candidate, pool, (one) => finish(one, page))
}

/** Every reply to a request to continue an unmap that stopped; changes the candidate. */
export function resumeUnprotected(
  candidate: CandidateState,
  call: CallOf<'rmi.op.continue'>,
  pool: CandidatePool,
): Prediction[] {
  const { page } = call
  const isOwed = viewRealm(candidate).mark[page] !== 0
  if (isOwed) return finishOrStop(candidate, pool, (one) => finish(one, page))
  return refusedReply(candidate, call, ccaUnmapMayStop)
}

/** Every reply to a read of the entry of an unprotected page. */
export function readUnprotected(candidate: CandidateState, page: number): Prediction[] {
  const [unassigned, assigned] = rttEntryNames
  const isThere = viewRealm(candidate).entry[page] !== 0
  const rule = is10(candidate) ? ccaUnprotMapNeedsUnassigned10 : ccaUnprotMapNeedsUnassigned
  return [reply(candidate, { ...okReply, entry: isThere ? assigned : unassigned }, rule)]
}

/** An unmapped page may still be reached through a cached translation, as long as its invalidation is owed. */
export function touchUnprotected(candidate: CandidateState, call: Access, pool: CandidatePool): Prediction[] {
  const { machine: m } = candidate
  const { vcpu, page } = call
  const { entry, tlb } = viewRealm(candidate)
  const at = vcpu * m.pages + page
  const cached = tlb[at] ?? 0
  if (entry[page] !== 0) return [reach(candidate, call, (entry[page] ?? 0) - 1, ccaUnprotReachesHost)]
  if (cached === 0) return [exits(candidate, call)]
  const other = pool.copy(candidate)
  viewRealm(other).tlb[at] = 0
  return [reach(candidate, call, cached - 1, ccaUnprotUnmapOwesTlbi), exits(other, call)]
}

const exits = (candidate: CandidateState, { call }: Access): Prediction =>
  reply(candidate, { outcome: outcomeBy(call, ccaUnprotUnmappedExits) }, ccaUnprotUnmappedExits)

/** An access that faults at the granule has been translated all the same, and the vCPU may keep that. */
function reach(candidate: CandidateState, call: Access, granule: number, rule: Rule): Prediction {
  const { machine: m, state: s, values } = candidate
  const frame = modelFrame(candidate, granule)
  viewRealm(candidate).tlb[call.vcpu * m.pages + call.page] = granule + 1
  if (s.granule[frame] !== Granule.NonSecure) {
    return reply(candidate, { outcome: outcomeBy(call.call, ccaUnprotAnyGranule) }, ccaUnprotAnyGranule)
  }
  if (call.call === 'realm-read') return reply(candidate, { ...okReply, data: values[frame] ?? 0 }, rule)
  values[frame] = call.value
  return reply(candidate, okReply, rule)
}
