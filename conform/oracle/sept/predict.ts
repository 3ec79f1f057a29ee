import { firstFailing, type Kind, kindIndex, rows } from '../../../model/actions/relation.js'
import { force } from '../../../model/actions/step.js'
import { codeLength } from '../../../model/machine/action.js'
import { errnoNames } from '../../../model/machine/errno.js'
import { Owner, Sept } from '../../../model/machine/state.js'
import { drop, fill, findKey } from '../../../model/memory/tlb.js'
import { enterGuest, hasTranslation, leaveGuest, vcpuKey } from '../../../model/memory/tlb-tracking.js'
import {
  acceptViolation,
  acceptZeroesPending,
  augMakesPending,
  blockStates,
  blockStopsNewTranslations,
  pageIsReg,
  type Rule,
  removeFreesEntryAndFrame,
  useNeedsAccept,
} from '../../../spec/index.js'
import { type Answer, entryNames, frameTypeNames, type SeptCall } from '../../protocol/messages.js'
import type { CandidateState } from '../candidate-state.js'
import type { CandidatePool, Prediction } from '../prediction.js'
import { predictTrusted, process } from './trusted.js'

const code = new Int32Array(codeLength)

/** Private frame `frame` of the protocol, as the model numbers it: behind both generations of shared ones. */
export const modelFrame = ({ machine }: CandidateState, frame: number): number => 2 * machine.pages + frame

const reply = (candidate: CandidateState, answer: Answer, rules: readonly Rule[] = []): Prediction => {
  return { candidate, answer, cause: -1, reason: -1, rules }
}

const ok = { outcome: 'ok' } as const

/** How a guest's touch of a page ends that it may not use, or that is not there: it exits to the host. */
export const violation = { outcome: 'EPT_VIOLATION' } as const

function someInGuest({ machine: m, state: s }: CandidateState): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] !== 0) return true
  return false
}

/**
 * A call of the module, by its row. While a vCPU is in the guest it may hold a lock that the call needs; with all of
 * them outside no lock is held, since the host makes one call at a time.
 */
function seamcall(
  candidate: CandidateState,
  pool: CandidatePool,
  name: Kind,
  ...operands: readonly number[]
): Prediction[] {
  const { machine: m, state: s } = candidate
  const kind = kindIndex(name)
  const row = rows[kind]
  const mayBeBusy = row?.by === 'plan' && row.mayFail !== undefined && someInGuest(candidate)
  const busy = mayBeBusy ? pool.copy(candidate) : undefined
  code.fill(0)
  code.set([kind, ...operands])
  const errno = force(m, s, code)
  const cause = errno === 0 ? -1 : m.event.cause
  const found: Prediction[] = [{ candidate, answer: { outcome: errnoNames[errno] ?? '?' }, cause, reason: -1 }]
  if (busy === undefined) return found
  const injected = (firstFailing[kind] ?? 0) + (row?.fails?.length ?? 0)
  return [...found, { candidate: busy, answer: { outcome: 'TDX_OPERAND_BUSY' }, cause: injected, reason: -1 }]
}

/** A vCPU that is outside enters in a later epoch than it left, so its cached translations are invalid. */
function track(candidate: CandidateState, pool: CandidatePool): Prediction[] {
  const found = seamcall(candidate, pool, 'tdh.mem.track', 0)
  const { machine: m, state: s } = candidate
  if (found[0]?.answer.outcome !== 'ok') return found
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] === 0) leaveGuest(m, s, vcpu)
  return found
}

/** The call names a frame, the row a page. A frame that is not the TD's has no page. */
function wbinvd(candidate: CandidateState, frame: number, pool: CandidatePool): Prediction[] {
  const at = modelFrame(candidate, frame) + 1
  const page = candidate.state.privateFrame.indexOf(at)
  return page < 0 ? [reply(candidate, ok)] : seamcall(candidate, pool, 'tdh.phymem.page.wbinvd', 0, page)
}

/** A vCPU that exits keeps its cached translations until another epoch begins. */
function exit({ machine: m, state: s }: CandidateState, vcpu: number): void {
  if (s.epoch[vcpu] === 2) leaveGuest(m, s, vcpu)
  else s.epoch[vcpu] = 0
}

function exitBy(candidate: CandidateState, vcpu: number, rule: Rule): Prediction {
  exit(candidate, vcpu)
  return reply(candidate, violation, [rule])
}

function accept(candidate: CandidateState, vcpu: number, page: number, pool: CandidatePool): Prediction[] {
  const { state: s } = candidate
  enterGuest(s, vcpu)
  const entry = s.sept[page]
  if (entry !== Sept.Pending && entry !== Sept.Mapped) return [exitBy(candidate, vcpu, acceptViolation)]
  const frame = (s.privateFrame[page] ?? 0) - 1
  const found = seamcall(candidate, pool, 'tdg.mem.page.accept', vcpu, page)
  if (entry === Sept.Pending) candidate.values[frame] = 0
  return found
}

/** A page that is no longer mapped may still be reached through a cached translation, or not. */
function touch(
  candidate: CandidateState,
  { vcpu, page }: { vcpu: number; page: number },
  value: number,
  pool: CandidatePool,
): Prediction[] {
  const { machine: m, state: s } = candidate
  enterGuest(s, vcpu)
  if (s.sept[page] === Sept.Mapped) return [through(candidate, vcpu, page, value, acceptZeroesPending)]
  const isBlocked = s.sept[page] === Sept.Blocked || s.sept[page] === Sept.PendingBlocked
  const rule = isBlocked ? blockStopsNewTranslations : useNeedsAccept
  if (!hasTranslation(m, s, vcpu, page, true)) return [exitBy(candidate, vcpu, rule)]
  const other = pool.copy(candidate)
  forget(other, vcpu, page)
  return [through(candidate, vcpu, page, value, rule), exitBy(other, vcpu, rule)]
}

/** A vCPU accesses a private page by its TLB, or fills it. @param value to write; below 0 for a read */
export function through(candidate: CandidateState, vcpu: number, page: number, value: number, rule: Rule): Prediction {
  const { machine: m, state: s, values } = candidate
  const slots = m.scope.vcpuTlbEntries
  const at = findKey(s.vcpuTlb, vcpu * slots, slots, vcpuKey(page, true))
  const frame = (at >= 0 ? s.vcpuTlbFrame[at] : s.privateFrame[page]) ?? 0
  if (at < 0) fill(s.vcpuTlb, s.vcpuTlbFrame, vcpu * slots, slots, vcpuKey(page, true), frame)
  if (value < 0) return reply(candidate, { ...ok, data: values[frame - 1] ?? 0 }, [rule])
  values[frame - 1] = value
  return reply(candidate, ok, [rule])
}

/** Drops a page from the TLB of a vCPU: the access was seen to take a walk, so the page was not cached. */
export function forget({ machine: m, state: s }: CandidateState, vcpu: number, page: number): void {
  const slots = m.scope.vcpuTlbEntries
  const at = findKey(s.vcpuTlb, vcpu * slots, slots, vcpuKey(page, true))
  if (at >= 0) drop(s.vcpuTlb, s.vcpuTlbFrame, vcpu * slots, slots, at)
}

const entryRules: readonly Rule[] = [
  removeFreesEntryAndFrame,
  augMakesPending,
  acceptZeroesPending,
  blockStates,
  blockStates,
]

function readEntry(candidate: CandidateState, page: number): Prediction[] {
  const entry = candidate.state.sept[page] ?? 0
  const name = entryNames[entry]
  const rule = entryRules[entry]
  return [reply(candidate, name === undefined ? ok : { ...ok, entry: name }, rule === undefined ? [] : [rule])]
}

function readType(candidate: CandidateState, frame: number): Prediction[] {
  const isTd = candidate.state.owner[modelFrame(candidate, frame)] === Owner.Td
  const [nda, reg] = frameTypeNames
  return [reply(candidate, { ...ok, type: isTd ? reg : nda }, [isTd ? pageIsReg : removeFreesEntryAndFrame])]
}

/** A call that a module 1.5 does not have. */
type ConnectCall = Extract<
  SeptCall,
  { call: `${string}.iq.${string}` | `${string}.dmar.${string}` | `trusted-${string}` }
>

function predictConnect(candidate: CandidateState, call: ConnectCall, pool: CandidatePool): Prediction[] {
  const { state: s } = candidate
  switch (call.call) {
    case 'tdh.iq.inv.request':
      return seamcall(candidate, pool, call.call, 0, 0)
    case 'tdh.iq.inv.process':
      return [process(candidate)]
    case 'tdh.dmar.add-entry':
    case 'tdh.dmar.block-entry':
    case 'tdh.iq.inv.request-entry':
    case 'tdh.dmar.remove-entry':
      return seamcall(candidate, pool, call.call, 0, call.device)
    case 'tdg.dmar.accept-entry':
      enterGuest(s, call.vcpu)
      return seamcall(candidate, pool, call.call, call.vcpu, call.device)
    case 'trusted-write':
      return predictTrusted(candidate, call, call.value, pool)
    case 'trusted-read':
      return predictTrusted(candidate, call, -1, pool)
  }
}

/** Every reply that the model allows to a call of the TDX module, or to what a vCPU does in the guest. */
export function predictSept(candidate: CandidateState, call: SeptCall, pool: CandidatePool): Prediction[] {
  const { state: s } = candidate
  switch (call.call) {
    case 'tdh.mem.page.aug':
      return seamcall(candidate, pool, call.call, 0, call.page, modelFrame(candidate, call.frame))
    case 'tdh.mem.range.block':
    case 'tdh.mem.page.remove':
      return seamcall(candidate, pool, call.call, 0, call.page)
    case 'tdh.mem.track':
      return track(candidate, pool)
    case 'tdh.phymem.page.wbinvd':
      return wbinvd(candidate, call.frame, pool)
    case 'tdh.mem.sept.rd':
      return readEntry(candidate, call.page)
    case 'tdh.phymem.page.rdmd':
      return readType(candidate, call.frame)
    case 'vcpu-enter':
      enterGuest(s, call.vcpu)
      return [reply(candidate, ok)]
    case 'vcpu-exit':
      exit(candidate, call.vcpu)
      return [reply(candidate, ok)]
    case 'tdg.mem.page.accept':
      return accept(candidate, call.vcpu, call.page, pool)
    case 'private-write':
      return touch(candidate, call, call.value, pool)
    case 'private-read':
      return touch(candidate, call, -1, pool)
    default:
      return predictConnect(candidate, call, pool)
  }
}
