import { ConversionEnd } from '../machine/effects.js'
import { Errno } from '../machine/errno.js'
import type { EntryName, Machine } from '../machine/machine.js'
import { Reg, registerCount, regOf } from '../machine/registers.js'
import { Attr, ByFault, Phase, type State, WaitError } from '../machine/state.js'
import type { ErrnoCode, Gfn, VcpuId } from '../machine/units.js'
import { Opcode } from './compiler.js'
import { forgetNoop, isNoop, noopTookAway } from './noop.js'

/** What the guest was told of a page. */
export const GuestView = {
  /** The page is private. */
  Private: 0,
  /** The page is shared. */
  Shared: 1,
  /** The guest is turning the page private: it was shared, and is again if that fails. */
  BecomingPrivate: 2,
} as const

/** Sets a vCPU going at a plan's entry, up to its first step. */
export function startPlan(m: Machine, s: State, vcpu: VcpuId, entry: EntryName): void {
  s.phase[vcpu] = Phase.Running
  s.pc[vcpu] = m.program.entry[entry]
  settle(m, s, vcpu)
}

/**
 * Starts the conversion of the chunk that begins at `first`: what is left of the request, up to a superpage's end
 * unless the host takes requests as a whole.
 */
export function startChunk(m: Machine, s: State, vcpu: VcpuId, first: number): void {
  const requestEnd = s.reg[regOf(vcpu, Reg.requestEnd)]
  const regionEnd = (Math.floor(first / m.perSuper) + 1) * m.perSuper
  s.reg[regOf(vcpu, Reg.chunkFirst)] = first
  s.reg[regOf(vcpu, Reg.chunkEnd)] = m.program.wholeRequests ? requestEnd : Math.min(requestEnd, regionEnd)
  startPlan(m, s, vcpu, s.reg[regOf(vcpu, Reg.toPrivate)] === 1 ? 'toPrivate' : 'toShared')
}

/** Moves a plan on after its step, with the step's errno. */
export function resume(m: Machine, s: State, vcpu: VcpuId, errno: ErrnoCode, cause: number): void {
  const pc = s.pc[vcpu]
  const { target } = m.program.code[pc]
  if (errno === 0 || target < 0) s.pc[vcpu] = pc + 1
  else {
    if (target > pc) {
      s.reg[regOf(vcpu, Reg.errno)] = errno
      s.reg[regOf(vcpu, Reg.cause)] = cause
    }
    s.pc[vcpu] = target
  }
  settle(m, s, vcpu)
}

/** Carries out all that no other actor can see, up to the next step or the end. */
function settle(m: Machine, s: State, vcpu: VcpuId): void {
  const { code } = m.program
  for (;;) {
    const pc = s.pc[vcpu]
    const instr = code[pc]
    switch (instr.op) {
      case Opcode.Act:
        return
      case Opcode.Do:
        instr.run(m, s, vcpu)
        s.pc[vcpu] = pc + 1
        break
      case Opcode.Branch:
        s.pc[vcpu] = instr.run(m, s, vcpu) ? pc + 1 : instr.target
        break
      case Opcode.Jump:
        s.pc[vcpu] = instr.target
        break
      default:
        endPlan(m, s, vcpu, instr.op === Opcode.Fail)
        return
    }
  }
}

function endPlan(m: Machine, s: State, vcpu: VcpuId, failed: boolean): void {
  const requestEnd = s.reg[regOf(vcpu, Reg.requestEnd)]
  if (requestEnd === 0) {
    if (s.closed[0] === 1) {
      s.closed[0] = 2
      m.event.tornDown = 1
      m.touched.all()
    }
    idle(s, vcpu)
  } else if (failed && m.program.stops !== undefined) stop(m, s, vcpu)
  else if (failed && (isFault(s, vcpu) || s.reg[regOf(vcpu, Reg.resultErrno)] === Errno.EAGAIN)) retry(m, s, vcpu)
  else if (isStray(s, vcpu)) endStray(m, s, vcpu)
  else if (failed) endConversion(m, s, vcpu, ConversionEnd.Refused)
  else if (s.reg[regOf(vcpu, Reg.chunkEnd)] < requestEnd) s.phase[vcpu] = Phase.Boundary
  else endConversion(m, s, vcpu, ConversionEnd.Done)
}

const isFault = (s: State, vcpu: VcpuId): boolean => s.byFault.length > 0 && s.byFault[vcpu] !== ByFault.No
const isStray = (s: State, vcpu: VcpuId): boolean => s.byFault.length > 0 && s.byFault[vcpu] === ByFault.Stray

/** The vCPU runs on behind a stray load. A vCPU that has a request open on the page is judged at its end. */
function endStray(m: Machine, s: State, vcpu: VcpuId): void {
  const gfn = s.reg[regOf(vcpu, Reg.requestFirst)]
  idle(s, vcpu)
  m.event.conversion = ConversionEnd.Stray
  m.event.vcpu = vcpu
  m.event.asTold = underConversion(m, s, gfn) || areAsTold(m, s, gfn, gfn + 1) ? 1 : 0
  m.touched.page(gfn)
}

/** Takes up a request again that was told to retry; a fault finds at times that the page is as it wants by now. */
export function resumeRequest(m: Machine, s: State, vcpu: VcpuId): void {
  const first = s.reg[regOf(vcpu, Reg.chunkFirst)]
  const isMet = isFault(s, vcpu) && s.attr[first] === attrOf(s.reg[regOf(vcpu, Reg.toPrivate)])
  if (!isMet) startChunk(m, s, vcpu, first)
  else if (isStray(s, vcpu)) endStray(m, s, vcpu)
  else endConversion(m, s, vcpu, ConversionEnd.Done)
}

/** The guest is told RETRY and where to continue: its request stays open. A fault repeats. */
export function retry(m: Machine, s: State, vcpu: VcpuId): void {
  s.phase[vcpu] = Phase.Retry
  for (let index = Reg.hullFirst; index < registerCount; index += 1) s.reg[regOf(vcpu, index)] = 0
  m.event.conversion = ConversionEnd.Retry
  m.event.vcpu = vcpu
}

function endConversion(m: Machine, s: State, vcpu: VcpuId, end: number): void {
  const first = s.reg[regOf(vcpu, Reg.requestFirst)]
  const last = s.reg[regOf(vcpu, Reg.requestEnd)]
  const done = end === ConversionEnd.Done ? last : s.reg[regOf(vcpu, Reg.chunkFirst)]
  const toPrivate = s.reg[regOf(vcpu, Reg.toPrivate)] === 1
  const raced = s.raced[vcpu] === 1
  for (let gfn = first; gfn < last; gfn += 1) s.guestView[gfn] = toldAfter(s, gfn, toPrivate, raced, gfn < done)
  m.event.conversion = end
  m.event.vcpu = vcpu
  m.event.toPrivate = toPrivate ? 1 : 0
  m.event.endCause = end === ConversionEnd.Refused ? s.reg[regOf(vcpu, Reg.resultCause)] : -1
  m.event.asAsked = raced || allAre(s, first, done, attrOf(toPrivate ? 1 : 0)) ? 1 : 0
  m.event.asTold = raced || areAsTold(m, s, done, last) ? 1 : 0
  m.event.wasNoop = isNoop(s, vcpu) ? 1 : 0
  m.event.tookAway = isNoop(s, vcpu) && !raced && noopTookAway(s, vcpu) ? 1 : 0
  m.event.endFirst = first
  m.event.endEnd = last
  m.touched.range(first, last)
  idle(s, vcpu)
}

/** The guest gets no answer, and runs no more; its devices may. */
function stop(m: Machine, s: State, vcpu: VcpuId): void {
  m.event.conversion = ConversionEnd.Stopped
  m.event.vcpu = vcpu
  m.event.endCause = s.reg[regOf(vcpu, Reg.resultCause)]
  m.touched.range(s.reg[regOf(vcpu, Reg.requestFirst)], s.reg[regOf(vcpu, Reg.requestEnd)])
  s.tdDead[0] = 1
  idle(s, vcpu)
}

/** A request that ends early says where: the pages before are converted, the rest is what it was. */
function toldAfter(s: State, gfn: Gfn, toPrivate: boolean, raced: boolean, done: boolean): number {
  const before = s.guestView[gfn]
  if (raced) return before === GuestView.BecomingPrivate ? GuestView.Private : before
  if (done) return toPrivate ? GuestView.Private : GuestView.Shared
  return before === GuestView.BecomingPrivate ? GuestView.Shared : before
}

/**
 * Whether pages have the attribute that the guest was told. One that it takes for private may be shared if it has
 * raced itself: then it was told nothing.
 */
function areAsTold(m: Machine, s: State, first: number, end: number): boolean {
  const mayHaveRaced = m.scope.guest === 'arbitrary'
  for (let gfn = first; gfn < end; gfn += 1) {
    const toldShared = s.guestView[gfn] === GuestView.Shared
    if (toldShared !== (s.attr[gfn] === Attr.Shared) && (toldShared || !mayHaveRaced)) return false
  }
  return true
}

function idle(s: State, vcpu: VcpuId): void {
  s.phase[vcpu] = Phase.Idle
  s.pc[vcpu] = 0
  s.raced[vcpu] = 0
  if (s.armed.length > 0) s.armed[vcpu] = 0
  if (s.byFault.length > 0) s.byFault[vcpu] = ByFault.No
  if (s.waitError.length > 0) s.waitError[vcpu] = WaitError.None
  if (s.batchBegun.length > 0) s.batchBegun[vcpu] = 0
  if (s.noopFound.length > 0) forgetNoop(s, vcpu)
  for (let index = 0; index < registerCount; index += 1) s.reg[regOf(vcpu, index)] = 0
}

/** Whether a vCPU has a request open on the page. */
export function underConversion(m: Machine, s: State, gfn: Gfn): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    if (gfn >= s.reg[regOf(vcpu, Reg.requestFirst)] && gfn < s.reg[regOf(vcpu, Reg.requestEnd)]) return true
  }
  return false
}

/** Whether the attribute of every page in a range is the wanted one. */
export function allAre(s: State, first: number, end: number, attr: number): boolean {
  for (let gfn = first; gfn < end; gfn += 1) if (s.attr[gfn] !== attr) return false
  return true
}

/** The attribute (`Attr`) that a request asks for. @param toPrivate 1 for private, 0 for shared */
export const attrOf = (toPrivate: number) => (toPrivate === 1 ? Attr.Private : Attr.Shared)
