import {
  fatalTdNotEntered,
  faultSenseByGpa,
  inPlaceGuestRetries,
  integrityLogical,
  mapGpaChunks,
  mapGpaDirection,
  mapGpaResume,
  mapGpaRetryAgain,
  mapGpaStateUnseen,
  poisonConsumedByHost,
  poisonConsumedByTd,
  poisonConsumedIsMachineCheck,
  twoEptRoots,
} from '../../../spec/index.js'
import { hostIsAlive, someVcpu, someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Attr, Phase, Sept, type State, Tag } from '../../machine/state.js'
import type { Frame, Gfn, VcpuId } from '../../machine/units.js'
import { mayGiveUp } from '../../memory/guest-access.js'
import { fill, findKey } from '../../memory/tlb.js'
import { canTouch, enterGuest, hasTranslation, leaveGuest, sharedSide, vcpuKey } from '../../memory/tlb-tracking.js'
import { attrOf, GuestView, resumeRequest, startChunk, underConversion } from '../../plan/interpreter.js'
import { noteNoop } from '../../plan/noop.js'
import { views } from '../accessed.js'
import { contentAndSecureEpt } from '../needs.js'
import { access, count, gfn, to, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('vcpu', 'gfn', 'count', 'to')
const accessArg = places('vcpu', 'gfn', 'access')

export const notes = (s: State, vcpu: VcpuId, register: number) => s.reg[regOf(vcpu, register)]

/**
 * How many ranges a guest may ask to convert, by `scope.requests`: each page, each superpage, and for `both` each two
 * superpages in a row.
 */
function requestCount(m: Machine): number {
  const { requests } = m.scope
  const pages = requests === 'superpages' ? 0 : m.pages
  const supers = requests === 'pages' ? 0 : m.regions
  const pairs = requests === 'both' ? m.regions - 1 : 0
  return pages + supers + pairs
}

/** Writes request `index` below `requestCount` (times vCPUs and sides) into the code: vCPU, first page, count, side. */
function chooseRequest(m: Machine, index: number, a: CodeOf<['vcpu', 'gfn', 'count', 'to']>): void {
  a[arg.vcpu] = index % m.scope.vcpus
  const rest = Math.floor(index / m.scope.vcpus)
  a[arg.to] = rest & 1
  const which = rest >>> 1
  const pages = m.scope.requests === 'superpages' ? 0 : m.pages
  const supers = m.scope.requests === 'pages' ? 0 : m.regions
  if (which < pages) {
    a[arg.gfn] = which
    a[arg.count] = 1
  } else {
    const super_ = which - pages
    a[arg.gfn] = (super_ < supers ? super_ : super_ - supers) * m.perSuper
    a[arg.count] = (super_ < supers ? 1 : 2) * m.perSuper
  }
}

/** Whether a request of any vCPU is open on a page of the range. */
function meetsRequest(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'count']>): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    if (notes(s, vcpu, Reg.requestFirst) < a[arg.gfn] + a[arg.count] && a[arg.gfn] < notes(s, vcpu, Reg.requestEnd))
      return true
  }
  return false
}

function changesSomething(s: State, a: CodeOf<['vcpu', 'gfn', 'count', 'to']>): boolean {
  const already = a[arg.to] === Attr.Private ? GuestView.Private : GuestView.Shared
  for (let gfn = a[arg.gfn]; gfn < a[arg.gfn] + a[arg.count]; gfn += 1) if (s.guestView[gfn] !== already) return true
  return false
}

/** The guest asks for the pages [first, end) as private: to it they are no longer shared. */
export function askPrivate(m: Machine, s: State, first: number, end: number): void {
  for (let gfn = first; gfn < end; gfn += 1)
    if (s.guestView[gfn] === GuestView.Shared) s.guestView[gfn] = GuestView.BecomingPrivate
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (s.dmaGfn[device] >= first && s.dmaGfn[device] < end) s.dmaShared[device] = 0
  }
}

function markRaced(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'count']>): void {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    if (vcpu === a[arg.vcpu] || notes(s, vcpu, Reg.requestEnd) === 0) continue
    if (notes(s, vcpu, Reg.requestFirst) < a[arg.gfn] + a[arg.count] && a[arg.gfn] < notes(s, vcpu, Reg.requestEnd)) {
      s.raced[vcpu] = 1
      s.raced[a[arg.vcpu]] = 1
    }
  }
}

/** Whether the guest may ask by itself: TD, container and host live, and the machine takes no raw calls. */
export const isLeftAlone = (m: Machine, s: State) =>
  s.closed[0] === 0 && s.tdDead[0] === 0 && hostIsAlive(s) && !m.scope.calls

/** What a guest finds at a page, and what it leaves there. */
function touchFrameOf(
  m: Machine,
  s: State,
  a: CodeOf<['vcpu', 'gfn', 'access']>,
  frame: Frame,
  isPrivate: boolean,
): void {
  if (a[accessArg.access] === 1) {
    s.tag[frame] = Tag.Guest
    return
  }
  if (!isPrivate) return
  m.event.readTag = s.tag[frame]
  m.event.readPoison = s.poison[frame]
  m.event.gfn = a[arg.gfn]
  if (s.poison[frame] === 0) return
  if (m.platform.poisonConsumer === 'host') s.hostDead[0] = 1
  else s.tdDead[0] = 1
}

/** The frame that a vCPU's access comes to: the cached one, or that of the side's EPT. */
function guestFrame(m: Machine, s: State, vcpu: VcpuId, gfn: Gfn, isPrivate: boolean): number {
  const slots = m.scope.vcpuTlbEntries
  const cached = findKey(s.vcpuTlb, vcpu * slots, slots, vcpuKey(gfn, isPrivate))
  if (cached >= 0) return s.vcpuTlbFrame[cached] - 1
  const frame = (isPrivate ? s.privateFrame[gfn] : sharedSide(m, s, gfn)) - 1
  if (frame >= 0) fill(s.vcpuTlb, s.vcpuTlbFrame, vcpu * slots, slots, vcpuKey(gfn, isPrivate), frame + 1)
  return frame
}

/** What the guest asks for and touches. */
export const guestRows = {
  'guest.convert': environmentRow({
    says: 'A vCPU asks by MapGPA for a range of pages to become private or shared.',
    actor: 'vcpu',
    params: [vcpu, gfn, count, to],
    fairness: 'chosen',
    weight: 100,
    plan: 'begins',
    outcome: 'errno',
    page: undefined,
    rules: [mapGpaDirection, mapGpaChunks, mapGpaStateUnseen],
    reads: views(
      'askedByGuest closed dmaGfn guestView hostDead own.faultGfn own.pc own.reg own.vcpuTlb phase sept',
      'tdDead mapOf own.noopFound pinnedFrame privateFrame sharedFrame plugged slotState',
    ),
    writes: views('ownTlb ownPlan dmaShared guestView own.epoch own.flushOwed own.noopFound raced noopFound'),
    needs: { on: ({ scope }) => !scope.calls, says: 'scope calls=false' },
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * 2 * requestCount(m) : 0),
    choose: chooseRequest,
    possible: (m, s, a) => {
      if (s.phase[a[arg.vcpu]] !== Phase.Idle || !isLeftAlone(m, s) || a[arg.gfn] + a[arg.count] > m.memoryPages)
        return false
      if (s.faultGfn.length > 0 && s.faultGfn[a[arg.vcpu]] !== 0) return false
      if (a[arg.to] === Attr.Shared && !mayGiveUp(m, s, a[arg.gfn], a[arg.gfn] + a[arg.count])) return false
      return (m.scope.noops || changesSomething(s, a)) && (m.scope.guest === 'arbitrary' || !meetsRequest(m, s, a))
    },
    apply: (m, s, a) => {
      leaveGuest(m, s, a[arg.vcpu])
      s.reg[regOf(a[arg.vcpu], Reg.requestFirst)] = a[arg.gfn]
      s.reg[regOf(a[arg.vcpu], Reg.requestEnd)] = a[arg.gfn] + a[arg.count]
      s.reg[regOf(a[arg.vcpu], Reg.toPrivate)] = attrOf(a[arg.to]) === Attr.Private ? 1 : 0
      if (m.scope.noops && !changesSomething(s, a)) noteNoop(s, a[arg.vcpu])
      if (m.scope.guest === 'arbitrary') markRaced(m, s, a)
      if (a[arg.to] === Attr.Private) askPrivate(m, s, a[arg.gfn], a[arg.gfn] + a[arg.count])
      startChunk(m, s, a[arg.vcpu], a[arg.gfn])
      m.touched.range(a[arg.gfn], a[arg.gfn] + a[arg.count])
    },
  }),
  'guest.retry': environmentRow({
    says: 'The guest asks again for what a request that ended with RETRY has left.',
    actor: 'vcpu',
    params: [vcpu],
    fairness: { owedBy: 'vcpu', insteadOf: undefined, inLitmus: 'as written' },
    weight: 80,
    plan: 'resumes',
    outcome: 'errno',
    page: undefined,
    rules: [mapGpaRetryAgain, mapGpaResume, inPlaceGuestRetries],
    reads: views('own.pc own.reg phase own.byFault attr guestView own.raced reg.requestEnd reg.requestFirst'),
    writes: views('ownPlan guestView own.armed own.byFault own.raced'),
    needs: undefined,
    candidates: (m, s) => (someVcpu(m, s, Phase.Retry) ? m.scope.vcpus : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.phase[a[arg.vcpu]] === Phase.Retry,
    apply: (m, s, a) => resumeRequest(m, s, a[arg.vcpu]),
  }),
  'guest.access': environmentRow({
    says: 'A vCPU reads or writes a page on the side on which the guest believes it to be.',
    actor: 'vcpu',
    params: [vcpu, gfn, access],
    fairness: 'chosen',
    weight: 80,
    plan: 'outside',
    outcome: 'content',
    page: 'gfn',
    rules: [
      twoEptRoots,
      faultSenseByGpa,
      poisonConsumedIsMachineCheck,
      poisonConsumedByTd,
      poisonConsumedByHost,
      fatalTdNotEntered,
      integrityLogical,
    ],
    reads: views(
      'ownTlb askedByGuest closed guestView hostDead own.epoch own.faultGfn own.reg phase poison',
      'privateFrame sept sharedEpt sharedFrame tag tdDead',
    ),
    writes: views('ownTlb own.epoch tag'),
    needs: contentAndSecureEpt,
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages * 2 : 0),
    choose: (m, index, a) => {
      a[arg.vcpu] = index % m.scope.vcpus
      const rest = Math.floor(index / m.scope.vcpus)
      a[accessArg.access] = rest & 1
      a[arg.gfn] = rest >>> 1
    },
    possible: (m, s, a) => {
      if (!canTouch(s) || s.phase[a[arg.vcpu]] !== Phase.Idle || !isLeftAlone(m, s) || s.faultGfn[a[arg.vcpu]] !== 0)
        return false
      if (m.scope.guest === 'cooperative' && underConversion(m, s, a[arg.gfn])) return false
      const isPrivate = s.guestView[a[arg.gfn]] === GuestView.Private
      const isMapped = isPrivate ? s.sept[a[arg.gfn]] === Sept.Mapped : s.sharedEpt[a[arg.gfn]] === 1
      return isMapped || hasTranslation(m, s, a[arg.vcpu], a[arg.gfn], isPrivate)
    },
    apply: (m, s, a) => {
      const isPrivate = s.guestView[a[arg.gfn]] === GuestView.Private
      enterGuest(s, a[arg.vcpu])
      const frame = guestFrame(m, s, a[arg.vcpu], a[arg.gfn], isPrivate)
      m.touched.page(a[arg.gfn])
      if (frame >= 0) touchFrameOf(m, s, a, frame, isPrivate)
    },
  }),
}
