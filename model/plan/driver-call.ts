import { isOfContainer } from '../machine/effects.js'
import type { Machine } from '../machine/machine.js'
import { Reg, regOf } from '../machine/registers.js'
import { Attr, type State } from '../machine/state.js'
import type { Gfn, VcpuId } from '../machine/units.js'

/** What a container counts, and the register in which a call notes it. */
const counts = {
  mappings: Reg.noteMappings,
  entriesUsed: Reg.noteEntries,
  lockedPages: Reg.noteLocked,
  pinnedPages: Reg.notePinned,
} as const

type Count = keyof typeof counts

const noteOfCount = Object.entries(counts) as readonly [Count, number][]

/** Opens a call on [first, end) for a vCPU, and notes what the monitor compares later; an empty range opens none. */
export function beginCall(s: State, vcpu: VcpuId, first: number, end: number): boolean {
  if (first >= end) return false
  s.reg[regOf(vcpu, Reg.callFirst)] = first
  s.reg[regOf(vcpu, Reg.callEnd)] = end
  noteCall(s, vcpu)
  return true
}

/** Notes what the monitor compares with at the call's end. */
function noteCall(s: State, vcpu: VcpuId): void {
  for (const [count, note] of noteOfCount) s.reg[regOf(vcpu, note)] = s[count][0]
  const first = s.reg[regOf(vcpu, Reg.callFirst)]
  s.reg[regOf(vcpu, Reg.noteShared)] = sharedPages(s, first, s.reg[regOf(vcpu, Reg.callEnd)])
}

/**
 * Changes a count of the container, in the call of a vCPU. What other calls under way have noted of it changes as well:
 * where calls run beside each other, each answers for what it did itself.
 */
export function countBy(m: Machine, s: State, vcpu: VcpuId, count: Count, by: number): void {
  s[count][0] += by
  for (let other = 0; other < m.scope.vcpus; other += 1)
    if (other !== vcpu && s.reg[regOf(other, Reg.callEnd)] !== 0) moveNote(s, regOf(other, counts[count]), by)
}

/** Sets the attribute of a page in the call of a vCPU; as of `countBy`, other calls do not answer for it. */
export function setAttribute(m: Machine, s: State, vcpu: VcpuId, gfn: Gfn, attr: number): void {
  s.attr[gfn] = attr
  for (let other = 0; other < m.scope.vcpus; other += 1) {
    if (other === vcpu) continue
    const first = s.reg[regOf(other, Reg.callFirst)]
    const isInside = gfn >= first && gfn < judgedEnd(first, s.reg[regOf(other, Reg.callEnd)])
    if (isInside) moveNote(s, regOf(other, Reg.noteShared), attr === Attr.Shared ? 1 : -1)
  }
}

function moveNote(s: State, at: number, by: number): void {
  s.reg[at] = Math.max(0, s.reg[at] + by)
}

/** Where the part of a range ends whose attributes a call notes. */
const judgedEnd = (first: number, end: number): number => Math.min(end, first + 1024)

/** Shared pages of a range, as a digest of its attributes; only of ranges that a conversion has. */
function sharedPages(s: State, first: number, end: number): number {
  let shared = 0
  for (let gfn = first; gfn < judgedEnd(first, end); gfn += 1) shared += s.attr[gfn] === Attr.Shared ? 1 : 0
  return shared
}

/** Ends a call that has done what was asked, and reports it if it is one of the container. */
export function succeedCall(m: Machine, s: State, vcpu: VcpuId, kind: number): void {
  if (isOfContainer(kind)) {
    const { event } = m
    event.callKind = kind
    event.callFirst = s.reg[regOf(vcpu, Reg.callFirst)]
    event.callEnd = s.reg[regOf(vcpu, Reg.callEnd)]
    event.callRights = s.reg[regOf(vcpu, Reg.permissions)]
    event.callFlaw = s.reg[regOf(vcpu, Reg.flaw)]
    event.lostMappings = s.reg[regOf(vcpu, Reg.noteMappings)] - s.mappings[0]
  }
  endCall(m, s, vcpu)
}

/** In a guest of more pages a call that ends makes properties judge its own range alone, for the sake of time. */
const maxJudgedWhole = 1024

/**
 * Properties of mappings wait until no call is under way. So the end of one call is the first step after which any page
 * is judged: also those of another call that ended before, and those that a wrong driver changed beside its range.
 */
function endCall(m: Machine, s: State, vcpu: VcpuId): void {
  if (m.pages <= maxJudgedWhole) m.touched.all()
  else m.touched.range(s.reg[regOf(vcpu, Reg.callFirst)], s.reg[regOf(vcpu, Reg.callEnd)])
  for (let index = Reg.callFirst; index <= Reg.stride; index += 1) s.reg[regOf(vcpu, index)] = 0
  for (let index = Reg.noteMappings; index <= Reg.notePinned; index += 1) s.reg[regOf(vcpu, index)] = 0
  s.reg[regOf(vcpu, Reg.noteShared)] = 0
  s.reg[regOf(vcpu, Reg.part)] = 0
}

/** Ends a call with the errno that is in the registers, and reports it with what it left behind. */
export function failCall(m: Machine, s: State, vcpu: VcpuId, kind: number): void {
  const event = m.event
  event.callFailed = s.reg[regOf(vcpu, Reg.errno)]
  event.callKind = kind
  event.callCause = s.reg[regOf(vcpu, Reg.cause)]
  event.callFirst = s.reg[regOf(vcpu, Reg.callFirst)]
  event.callEnd = s.reg[regOf(vcpu, Reg.callEnd)]
  event.callArea = s.reg[regOf(vcpu, Reg.areaFirst)]
  event.lostMappings = s.reg[regOf(vcpu, Reg.noteMappings)] - s.mappings[0]
  event.lostEntries = s.reg[regOf(vcpu, Reg.noteEntries)] - s.entriesUsed[0]
  event.lostLocked = s.reg[regOf(vcpu, Reg.noteLocked)] - s.lockedPages[0]
  event.lostShared = s.reg[regOf(vcpu, Reg.noteShared)] - sharedPages(s, event.callFirst, event.callEnd)
  event.lostPinned = s.reg[regOf(vcpu, Reg.notePinned)] - s.pinnedPages[0]
  endCall(m, s, vcpu)
}

/** A conversion has failed: by this errno, whatever its undo meets. */
export function keepError(s: State, vcpu: VcpuId): void {
  s.reg[regOf(vcpu, Reg.resultErrno)] = s.reg[regOf(vcpu, Reg.errno)]
  s.reg[regOf(vcpu, Reg.resultCause)] = s.reg[regOf(vcpu, Reg.cause)]
}

/** Clears the errno of a call whose failure the caller ignores. */
export function forgetError(s: State, vcpu: VcpuId): void {
  s.reg[regOf(vcpu, Reg.errno)] = 0
  s.reg[regOf(vcpu, Reg.cause)] = 0
}
