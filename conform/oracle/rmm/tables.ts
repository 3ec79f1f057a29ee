import { delegate } from '../../../model/actions/cca/granules.js'
import { Granule, Ripas } from '../../../model/machine/state.js'
import {
  ccaCreateNeedsDelegated,
  ccaCreateNeedsNoTable,
  ccaCreateUnordered,
  ccaDestroyLosesRipas,
  ccaDestroyNeedsIdle,
  ccaDestroyNeedsTable,
  ccaDestroyUnmaps,
  ccaFoldNeedsSame,
  ccaFoldNeedsTable,
  ccaMarkKeepsTable,
  ccaTableGranule,
  ccaUnfoldKeepsPages,
} from '../../../spec/index.js'
import type { Half } from '../../protocol/messages.js'
import type { CandidateState } from '../candidate-state.js'
import type { CandidatePool, Prediction } from '../prediction.js'
import { modelFrame } from '../sept/predict.js'
import { dropUnprotected, pagesOfTable, tableAt, viewRealm } from './realm.js'
import {
  type CallOf,
  hasTable,
  isAssigned,
  isDelegated,
  isMarked,
  okReply,
  refusedByAny,
  refusedReply,
  reply,
} from './reply.js'

// How the host makes tables of the last level, and takes them. What entries say stays with their pages, so that a fold
// and its undoing change no entry.

type About = { readonly page: number; readonly half?: Half | undefined }

const halfOf = ({ half = 'protected' }: About): Half => half

/** Every reply to RMI_RTT_CREATE; changes the candidate. */
export function create(candidate: CandidateState, call: CallOf<'rmi.rtt.create'>, pool: CandidatePool): Prediction[] {
  const { machine: m, state: s } = candidate
  const frame = modelFrame(candidate, call.frame)
  const reasons = [
    ...(isDelegated(candidate, frame) ? [] : [ccaCreateNeedsDelegated]),
    ...(hasTable(candidate, halfOf(call), call.page) ? [ccaCreateNeedsNoTable] : []),
  ]
  if (reasons.length > 0) return refusedByAny(candidate, call, reasons, ccaCreateUnordered, pool)
  s.granule[frame] = Granule.Data
  viewRealm(candidate).tables[tableAt(m, halfOf(call), call.page)] = call.frame + 2
  return [reply(candidate, okReply, ccaCreateNeedsDelegated, ccaUnfoldKeepsPages)]
}

/** The table is gone, and its granule is delegated: one that was there at the reset is none of the protocol's. */
function take(candidate: CandidateState, call: About): void {
  const { machine: m, state: s, values } = candidate
  const { tables } = viewRealm(candidate)
  const at = tableAt(m, halfOf(call), call.page)
  const granule = (tables[at] ?? 0) - 2
  tables[at] = 0
  if (granule < 0) return
  const frame = modelFrame(candidate, granule)
  delegate(s, frame)
  values[frame] = 0
}

/** Whether an unmap of some page is not done, in the half that is meant. */
function someMarked(candidate: CandidateState, call: About): boolean {
  const { mark } = viewRealm(candidate)
  const isOwed = (page: number) => (halfOf(call) === 'protected' ? isMarked(candidate, page) : mark[page] !== 0)
  return pagesOfTable(candidate.machine, call.page).some(isOwed)
}

/** Every reply to RMI_RTT_DESTROY; changes the candidate. */
export function destroy(candidate: CandidateState, call: CallOf<'rmi.rtt.destroy'>): Prediction[] {
  const { machine: m, state: s } = candidate
  const half = halfOf(call)
  const pages = pagesOfTable(m, call.page)
  if (!hasTable(candidate, half, call.page)) return refusedReply(candidate, call, ccaDestroyNeedsTable)
  if (half === 'protected' && pages.some((page) => isAssigned(candidate, page))) {
    return refusedReply(candidate, call, ccaDestroyNeedsIdle)
  }
  if (someMarked(candidate, call)) return refusedReply(candidate, call, ccaMarkKeepsTable)
  take(candidate, call)
  const realm = viewRealm(candidate)
  for (const page of pages) {
    if (half === 'protected') s.ripas[page] = Ripas.Destroyed
    else {
      realm.entry[page] = 0
      dropUnprotected(m, realm, page)
    }
  }
  return [reply(candidate, okReply, ccaTableGranule, half === 'protected' ? ccaDestroyLosesRipas : ccaDestroyUnmaps)]
}

/** Whether all entries say the same: none leads anywhere, or each to the granule behind the one before's. */
function saysTheSame(candidate: CandidateState, call: About): boolean {
  const { machine: m, state: s } = candidate
  const pages = pagesOfTable(m, call.page)
  const { entry } = viewRealm(candidate)
  const isProtected = halfOf(call) === 'protected'
  const granuleOf = (page: number): number => {
    if (!isProtected) return (entry[page] ?? 0) - 1
    return isAssigned(candidate, page) ? (s.privateFrame[page] ?? 0) - 1 - modelFrame(candidate, 0) : -1
  }
  const [first = 0] = pages
  const from = granuleOf(first)
  if (isProtected && pages.some((page) => s.ripas[page] !== s.ripas[first])) return false
  if (from < 0) return pages.every((page) => granuleOf(page) < 0)
  return from % m.perSuper === 0 && pages.every((page, at) => granuleOf(page) === from + at)
}

/** Every reply to RMI_RTT_FOLD; changes the candidate. */
export function fold(candidate: CandidateState, call: CallOf<'rmi.rtt.fold'>): Prediction[] {
  if (!hasTable(candidate, halfOf(call), call.page)) return refusedReply(candidate, call, ccaFoldNeedsTable)
  if (someMarked(candidate, call)) return refusedReply(candidate, call, ccaMarkKeepsTable)
  if (!saysTheSame(candidate, call)) return refusedReply(candidate, call, ccaFoldNeedsSame)
  take(candidate, call)
  return [reply(candidate, okReply, ccaTableGranule, ccaFoldNeedsSame)]
}
