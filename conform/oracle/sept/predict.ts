import { firstFailing, type Kind, kindIndex, rows } from '../../../model/actions/relation.js'
import { force } from '../../../model/actions/step.js'
import { enterGuest, hasTranslation, leaveGuest, vcpuKey } from '../../../model/actions/tdx/tlb-tracking.js'
import { drop, fill, findKey } from '../../../model/actions/vtd/tlb.js'
import { codeLength } from '../../../model/machine/action.js'
import { errnoNames } from '../../../model/machine/errno.js'
import { Owner, Sept } from '../../../model/machine/state.js'
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
import type { Prediction, Spare } from '../prediction.js'

const code = new Int32Array(codeLength)

/** Private frame `frame` of the protocol, as the model numbers it: behind both generations of shared ones. */
const modelFrame = ({ machine }: CandidateState, frame: number): number => 2 * machine.pages + frame

const said = (world: CandidateState, answer: Answer, rules: readonly Rule[] = []): Prediction => {
  return { world, answer, cause: -1, reason: -1, rules }
}

const ok = { outcome: 'ok' } as const

/** How a guest's touch of a page ends that it may not use, or that is not there: it exits to the host. */
export const violation = { outcome: 'EPT_VIOLATION' } as const

function someInGuest({ machine: m, state: s }: CandidateState): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] !== 0) return true
  return false
}

/**
 * A call of the module, as its row says. While a vCPU is in the guest it may hold what the call needs; with all of them
 * outside nobody does, since the host makes one call at a time.
 */
function seamcall(world: CandidateState, spare: Spare, name: Kind, ...operands: readonly number[]): Prediction[] {
  const { machine: m, state: s } = world
  const kind = kindIndex(name)
  const row = rows[kind]
  const mayBeBusy = row?.by === 'plan' && row.mayFail !== undefined && someInGuest(world)
  const busy = mayBeBusy ? spare.copy(world) : undefined
  code.fill(0)
  code.set([kind, ...operands])
  const errno = force(m, s, code)
  const cause = errno === 0 ? -1 : m.event.cause
  const found: Prediction[] = [{ world, answer: { outcome: errnoNames[errno] ?? '?' }, cause, reason: -1 }]
  if (busy === undefined) return found
  const injected = (firstFailing[kind] ?? 0) + (row?.fails?.length ?? 0)
  return [...found, { world: busy, answer: { outcome: 'TDX_OPERAND_BUSY' }, cause: injected, reason: -1 }]
}

/** A vCPU that is outside comes back in another epoch than it left: what it cached is of no use any more. */
function track(world: CandidateState, spare: Spare): Prediction[] {
  const found = seamcall(world, spare, 'tdh.mem.track', 0)
  const { machine: m, state: s } = world
  if (found[0]?.answer.outcome !== 'ok') return found
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] === 0) leaveGuest(m, s, vcpu)
  return found
}

/** By frame here, by page in the row: a frame that was never given to the TD, or was taken back, is nobody's. */
function wbinvd(world: CandidateState, frame: number, spare: Spare): Prediction[] {
  const at = modelFrame(world, frame) + 1
  const page = world.state.privateFrame.indexOf(at)
  return page < 0 ? [said(world, ok)] : seamcall(world, spare, 'tdh.phymem.page.wbinvd', 0, page)
}

/** A vCPU that exits keeps what it cached for as long as no other epoch begins. */
function exit({ machine: m, state: s }: CandidateState, vcpu: number): void {
  if (s.epoch[vcpu] === 2) leaveGuest(m, s, vcpu)
  else s.epoch[vcpu] = 0
}

function exitBy(world: CandidateState, vcpu: number, rule: Rule): Prediction {
  exit(world, vcpu)
  return said(world, violation, [rule])
}

function accept(world: CandidateState, vcpu: number, page: number, spare: Spare): Prediction[] {
  const { state: s } = world
  enterGuest(s, vcpu)
  const entry = s.sept[page]
  if (entry !== Sept.Pending && entry !== Sept.Mapped) return [exitBy(world, vcpu, acceptViolation)]
  const frame = (s.privateFrame[page] ?? 0) - 1
  const found = seamcall(world, spare, 'tdg.mem.page.accept', vcpu, page)
  if (entry === Sept.Pending) world.values[frame] = 0
  return found
}

/** A page that is not mapped may still be reached through what the vCPU has cached, and need not be. */
function touch(
  world: CandidateState,
  { vcpu, page }: { vcpu: number; page: number },
  value: number,
  spare: Spare,
): Prediction[] {
  const { machine: m, state: s } = world
  enterGuest(s, vcpu)
  if (s.sept[page] === Sept.Mapped) return [through(world, vcpu, page, value, acceptZeroesPending)]
  const isBlocked = s.sept[page] === Sept.Blocked || s.sept[page] === Sept.PendingBlocked
  const rule = isBlocked ? blockStopsNewTranslations : useNeedsAccept
  if (!hasTranslation(m, s, vcpu, page, true)) return [exitBy(world, vcpu, rule)]
  const other = spare.copy(world)
  forget(other, vcpu, page)
  return [through(world, vcpu, page, value, rule), exitBy(other, vcpu, rule)]
}

function through(world: CandidateState, vcpu: number, page: number, value: number, rule: Rule): Prediction {
  const { machine: m, state: s, values } = world
  const slots = m.scope.vcpuTlbEntries
  const at = findKey(s.vcpuTlb, vcpu * slots, slots, vcpuKey(page, true))
  const frame = (at >= 0 ? s.vcpuTlbFrame[at] : s.privateFrame[page]) ?? 0
  if (at < 0) fill(s.vcpuTlb, s.vcpuTlbFrame, vcpu * slots, slots, vcpuKey(page, true), frame)
  if (value < 0) return said(world, { ...ok, data: values[frame - 1] ?? 0 }, [rule])
  values[frame - 1] = value
  return said(world, ok, [rule])
}

/** The access did not go through the cache, so the page was not in it. */
function forget({ machine: m, state: s }: CandidateState, vcpu: number, page: number): void {
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

function readEntry(world: CandidateState, page: number): Prediction[] {
  const entry = world.state.sept[page] ?? 0
  const name = entryNames[entry]
  const rule = entryRules[entry]
  return [said(world, name === undefined ? ok : { ...ok, entry: name }, rule === undefined ? [] : [rule])]
}

function readType(world: CandidateState, frame: number): Prediction[] {
  const isTd = world.state.owner[modelFrame(world, frame)] === Owner.Td
  const [nda, reg] = frameTypeNames
  return [said(world, { ...ok, type: isTd ? reg : nda }, [isTd ? pageIsReg : removeFreesEntryAndFrame])]
}

/** Every reply that the model allows to a call of the TDX module, or to what a vCPU does in the guest. */
export function predictSept(world: CandidateState, call: SeptCall, spare: Spare): Prediction[] {
  const { state: s } = world
  switch (call.call) {
    case 'tdh.mem.page.aug':
      return seamcall(world, spare, call.call, 0, call.page, modelFrame(world, call.frame))
    case 'tdh.mem.range.block':
    case 'tdh.mem.page.remove':
      return seamcall(world, spare, call.call, 0, call.page)
    case 'tdh.mem.track':
      return track(world, spare)
    case 'tdh.phymem.page.wbinvd':
      return wbinvd(world, call.frame, spare)
    case 'tdh.mem.sept.rd':
      return readEntry(world, call.page)
    case 'tdh.phymem.page.rdmd':
      return readType(world, call.frame)
    case 'vcpu-enter':
      enterGuest(s, call.vcpu)
      return [said(world, ok)]
    case 'vcpu-exit':
      exit(world, call.vcpu)
      return [said(world, ok)]
    case 'tdg.mem.page.accept':
      return accept(world, call.vcpu, call.page, spare)
    case 'private-write':
      return touch(world, call, call.value, spare)
    case 'private-read':
      return touch(world, call, -1, spare)
  }
}
