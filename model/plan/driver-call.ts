import type { Machine } from '../machine/machine.js'
import { Reg, registerCount } from '../machine/registers.js'
import { Attr, type State } from '../machine/state.js'

/** Opens a call on [first, end) for a vCPU, and notes what the judge compares at its end; an empty range is no call. */
export function beginCall(s: State, vcpu: number, first: number, end: number): boolean {
  if (first >= end) return false
  const base = vcpu * registerCount
  s.reg[base + Reg.callFirst] = first
  s.reg[base + Reg.callEnd] = end
  noteCall(s, vcpu)
  return true
}

/** Notes what the judge compares with at the call's end: at its begin, and again when it has its lock. */
export function noteCall(s: State, vcpu: number): void {
  const base = vcpu * registerCount
  const first = s.reg[base + Reg.callFirst]
  const end = s.reg[base + Reg.callEnd]
  s.reg[base + Reg.noteMappings] = s.mappings[0]
  s.reg[base + Reg.noteEntries] = s.entriesUsed[0]
  s.reg[base + Reg.noteLocked] = s.lockedPages[0]
  s.reg[base + Reg.notePinned] = s.pinnedPages[0]
  s.reg[base + Reg.noteShared] = sharedPages(s, first, end)
}

/** Shared pages of a range, as a digest of its attributes; only of ranges that a conversion has. */
function sharedPages(s: State, first: number, end: number): number {
  let shared = 0
  for (let gfn = first; gfn < Math.min(end, first + 1024); gfn += 1) shared += s.attr[gfn] === Attr.Shared ? 1 : 0
  return shared
}

export function endCall(m: Machine, s: State, vcpu: number): void {
  const base = vcpu * registerCount
  m.touched.range(s.reg[base + Reg.callFirst], s.reg[base + Reg.callEnd])
  for (let index = Reg.callFirst; index <= Reg.stride; index += 1) s.reg[base + index] = 0
  for (let index = Reg.noteMappings; index <= Reg.notePinned; index += 1) s.reg[base + index] = 0
  s.reg[base + Reg.noteShared] = 0
}

/** Ends a call with the errno that is in the registers, and reports it with what it left behind. */
export function failCall(m: Machine, s: State, vcpu: number): void {
  const base = vcpu * registerCount
  const event = m.event
  event.callFailed = s.reg[base + Reg.errno]
  event.callCause = s.reg[base + Reg.cause]
  event.callFirst = s.reg[base + Reg.callFirst]
  event.callEnd = s.reg[base + Reg.callEnd]
  event.callArea = s.reg[base + Reg.areaFirst]
  event.lostMappings = s.reg[base + Reg.noteMappings] - s.mappings[0]
  event.lostEntries = s.reg[base + Reg.noteEntries] - s.entriesUsed[0]
  event.lostLocked = s.reg[base + Reg.noteLocked] - s.lockedPages[0]
  event.lostShared = s.reg[base + Reg.noteShared] - sharedPages(s, event.callFirst, event.callEnd)
  event.lostPinned = s.reg[base + Reg.notePinned] - s.pinnedPages[0]
  endCall(m, s, vcpu)
}

/** A conversion has failed: by this errno, whatever its undo meets. */
export function keepError(s: State, vcpu: number): void {
  const base = vcpu * registerCount
  s.reg[base + Reg.resultErrno] = s.reg[base + Reg.errno]
  s.reg[base + Reg.resultCause] = s.reg[base + Reg.cause]
}

/** The caller does not care: the errno is gone. */
export function forgetError(s: State, vcpu: number): void {
  const base = vcpu * registerCount
  s.reg[base + Reg.errno] = 0
  s.reg[base + Reg.cause] = 0
}
