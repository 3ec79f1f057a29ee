import type { Packing } from '../checker/packing/packing.js'
import { packingOf } from '../checker/packing/packing-of.js'
import type { SuccessorVisitor, System } from '../checker/system.js'
import { places } from '../model/actions/places.js'
import { rows } from '../model/actions/relation.js'
import { force, nextStep, step } from '../model/actions/step.js'
import { codeLength } from '../model/machine/action.js'
import { hostIsAlive } from '../model/machine/any-active.js'
import { ConversionEnd, DmaEnd, isError } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Reg, regOf } from '../model/machine/registers.js'
import { Dma, Phase, type State } from '../model/machine/state.js'
import { beginDriverCall } from './driver-calls.js'
import { placeOfRegister, type Register, type Thread } from './observe.js'
import { errnoOfCause, frameClass, ofDone, ofErrno, ofFault, ofFound, ofRetry } from './outcome.js'
import { isPossible } from './raw-step-guards.js'
import { freeKinds, owedKinds, type ThreadStep, turnCount, turnOf } from './steps.js'

/** Fairness of a step of the product: an owed step happens at some time, a free step may never happen. */
export const StepFairness = { Free: 0, Owed: 1 } as const

const vcpuArg = places('vcpu')
const deviceArg = places('device')

/** By kind: whether the action moves the data of a DMA. */
const arrives: readonly boolean[] = rows.map((row) => row.by === 'environment' && row.outcome === 'arrival')

/**
 * The product of a machine and its threads: the machine's words, then each thread's position and each register, a
 * byte each. A step is a running plan's, a thread's next, or the hardware's.
 */
export class Product implements System {
  readonly words: Int32Array
  readonly packing: Packing
  readonly properties: readonly string[] = []
  readonly witnessed = new Int32Array(0)
  readonly state: State
  readonly positions: Uint8Array
  readonly registers: Uint8Array
  /** The step that was taken last, for those who follow a run. */
  readonly taken = new Int32Array(codeLength)
  /** How the step was taken, if it was a thread's. */
  takenHow: ThreadStep['how'] = 'environment'
  private readonly initial: Int32Array
  private readonly threadOfVcpu: Int8Array
  private readonly threadOfDevice: Int8Array
  /** By thread and position: the register of the request or the DMA that is under way there, or -1. */
  private readonly awaited: readonly Int8Array[]
  private readonly own: readonly Int8Array[]
  /** By thread and position: 1 if a step before has begun a plan. */
  private readonly begun: readonly Int8Array[]
  /** By thread and position: the register that an `await` waits for, or -1. */
  private readonly sources: readonly Int8Array[]
  /** By thread and position: whose turn the next step takes, awaits left out; or -1. */
  private readonly turns: readonly Int8Array[]
  private readonly held = new Uint8Array(turnCount)
  private readonly a = new Int32Array(codeLength)
  private visitor: SuccessorVisitor = { successor: () => undefined }

  /** @param begun a state of the machine, from which the threads begin */
  constructor(
    readonly machine: Machine,
    begun: State,
    readonly threads: readonly Thread[],
    registers: readonly Register[],
  ) {
    const bytes = threads.length + registers.length
    this.state = machine.blankState(Math.ceil(bytes / 4))
    this.state.bytes.set(begun.bytes)
    this.words = new Int32Array(this.state.bytes.buffer)
    this.packing = packingOf(this.state.limits())
    const behind = Math.ceil(this.state.bytes.length / 4) * 4
    this.positions = new Uint8Array(this.state.bytes.buffer, behind, threads.length)
    this.registers = new Uint8Array(this.state.bytes.buffer, behind + threads.length, registers.length)
    this.initial = this.words.slice()
    this.threadOfVcpu = ownersOf(threads, machine.scope.vcpus, ({ actor }) => actor.vcpu)
    this.threadOfDevice = ownersOf(threads, machine.scope.devices, ({ actor }) =>
      actor.role === 'D' ? actor.index : -1,
    )
    const place = ({ actor }: Thread, { register }: ThreadStep) =>
      register === undefined ? -1 : placeOfRegister(registers, actor.name, register)
    this.own = threads.map((thread) => Int8Array.from(thread.ops, (op) => place(thread, op)))
    this.begun = threads.map(({ ops }) =>
      Int8Array.from(ops, (_, at) => (ops.slice(0, at).some(({ startsPlan }) => startsPlan) ? 1 : 0)),
    )
    this.sources = threads.map(({ ops }) => Int8Array.from(ops, ({ awaits }) => sourceOf(registers, awaits)))
    this.turns = threads.map(({ ops }) =>
      Int8Array.from(ops, (_, at) => ops.slice(at).find(({ how }) => how !== 'await')?.turn ?? -1),
    )
    this.awaited = threads.map((thread) => awaitedBy(thread, (op) => place(thread, op)))
  }

  writeInitialState(): number {
    this.words.set(this.initial)
    return 0
  }

  /** Nothing is judged on the way: a condition is about final states. */
  judge(): number {
    return 0
  }

  forEachSuccessor(visitor: SuccessorVisitor): void {
    const { machine: m, state: s, a } = this
    if (!hostIsAlive(s)) return
    this.visitor = visitor
    this.holdTurns()
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (nextStep(m, s, vcpu, a)) this.takePlan(vcpu)
    for (let thread = 0; thread < this.threads.length; thread += 1) this.tryThread(thread)
    for (const kind of owedKinds) this.tryKind(kind, StepFairness.Owed)
    for (const kind of freeKinds) this.tryKind(kind, StepFairness.Free)
  }

  /** Whether every thread is at its end and nothing owed is left; or the host, with all that runs on it, is dead. */
  isFinal(): boolean {
    const { machine: m, state: s, positions, threads } = this
    if (!hostIsAlive(s)) return true
    for (const [at, { ops }] of threads.entries()) if (positions[at] !== ops.length) return false
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
      if (s.phase[vcpu] !== Phase.Idle && s.phase[vcpu] !== Phase.Retry) return false
    }
    return isQuiet(s)
  }

  /** Notes which of the hardware's work waits for a thread that says how it goes. */
  private holdTurns(): void {
    this.held.fill(0)
    for (let thread = 0; thread < this.turns.length; thread += 1) {
      const turn = this.turns[thread]?.[this.positions[thread] ?? 0] ?? -1
      if (turn >= 0) this.held[turn] = 1
    }
  }

  private takePlan(vcpu: number): void {
    const { machine: m, state: s, a } = this
    this.note('environment')
    step(m, s, a)
    this.record(vcpu)
    this.visitor.successor(0, StepFairness.Owed, 0)
  }

  private tryKind(kind: number, fairness: number): void {
    const { machine: m, state: s, a } = this
    const row = rows[kind]
    if (row?.by !== 'environment') return
    const count = row.candidates(m, s)
    for (let index = 0; index < count; index += 1) {
      a.fill(0)
      a[0] = kind
      row.choose(m, index, a)
      const turn = turnOf(a)
      if ((turn >= 0 && this.held[turn] === 1) || !row.possible(m, s, a)) continue
      this.note('environment')
      this.takeEnvironment(a)
      this.visitor.successor(0, fairness, 0)
    }
  }

  private tryThread(thread: number): void {
    const op = this.threads[thread]?.ops[this.positions[thread] ?? 0]
    if (op === undefined) return
    if (this.isTooLate(thread, op)) {
      this.note('await')
      this.positions[thread] = (this.positions[thread] ?? 0) + 1
    } else if (this.canTake(thread, op)) {
      this.a.set(op.code)
      this.note(op.how)
      this.takeOp(thread, op)
    } else return
    this.visitor.successor(0, StepFairness.Owed, 0)
  }

  /** What a thread does in the middle of its plan may also come to nothing: the plan has ended without it. */
  private isTooLate(thread: number, { during, startsPlan, how }: ThreadStep): boolean {
    if (!during || startsPlan || how !== 'environment') return false
    if (this.begun[thread]?.[this.positions[thread] ?? 0] !== 1) return false
    const phase = this.state.phase[this.threads[thread]?.actor.vcpu ?? 0]
    return phase === Phase.Idle || phase === Phase.Retry
  }

  private canTake(thread: number, op: ThreadStep): boolean {
    const { how, during } = op
    const { machine: m, state: s } = this
    if (how === 'await') {
      return this.registers[this.sources[thread]?.[this.positions[thread] ?? 0] ?? 0] !== 0
    }
    const vcpu = this.threads[thread]?.actor.vcpu ?? -1
    if (vcpu >= 0 && !during && s.phase[vcpu] !== Phase.Idle) return false
    return isPossible(m, s, op)
  }

  /** Takes a thread's next step, which can be taken. */
  private takeOp(thread: number, op: ThreadStep): void {
    const { machine: m, state: s } = this
    const vcpu = this.threads[thread]?.actor.vcpu ?? -1
    const register = this.own[thread]?.[this.positions[thread] ?? 0] ?? -1
    this.positions[thread] = (this.positions[thread] ?? 0) + 1
    if (op.how === 'map' || op.how === 'unmap') beginDriverCall(m, s, op)
    if (op.how === 'await') return
    const errno = op.how === 'raw' ? force(m, s, op.code) : op.how === 'environment' ? this.takeEnvironment(op.code) : 0
    if (op.startsPlan) this.record(vcpu)
    else if (register >= 0 && op.records !== 'dma') this.write(register, errno === 0 ? found(m) : ofErrno(errno))
  }

  private takeEnvironment(a: Int32Array): number {
    const { machine: m, state: s } = this
    const came = arrives[a[0] ?? 0] === true ? classOfArrival(m, s, a[deviceArg.device] ?? 0) : 0
    const errno = step(m, s, a)
    if (m.event.dma !== DmaEnd.None) this.recordDma(m.event.device, came)
    if (m.event.conversion !== ConversionEnd.None) this.record(a[vcpuArg.vcpu] ?? 0)
    return errno
  }

  private recordDma(device: number, came: number): void {
    const { event } = this.machine
    const register = this.awaitedIn(this.threadOfDevice[device] ?? -1)
    if (register >= 0) this.write(register, event.dma === DmaEnd.Done ? ofDone(came) : ofFault(event.reason))
  }

  /** Records what has come of the request or the call under way on a vCPU, if anything has. */
  private record(vcpu: number): void {
    const { machine: m, state: s } = this
    const register = this.awaitedIn(this.threadOfVcpu[vcpu] ?? -1)
    if (register < 0) return
    const { event } = m
    const isRequest = event.conversion !== ConversionEnd.None
    if (event.conversion === ConversionEnd.Done) this.write(register, ofErrno(0))
    else if (isError(event.conversion)) this.write(register, ofErrno(errnoOfCause(event.endCause)))
    else if (event.conversion === ConversionEnd.Retry) this.write(register, ofRetry())
    else if (event.callFailed !== 0 && (s.reg[regOf(vcpu, Reg.requestEnd)] ?? 0) === 0) {
      this.write(register, ofErrno(event.callFailed))
    }
    if (!isRequest && s.phase[vcpu] === Phase.Idle && this.registers[register] === 0) this.write(register, ofErrno(0))
  }

  private awaitedIn(thread: number): number {
    return thread < 0 ? -1 : (this.awaited[thread]?.[this.positions[thread] ?? 0] ?? -1)
  }

  private write(register: number, value: number): void {
    this.registers[register] = value
  }

  private note(how: ThreadStep['how']): void {
    this.taken.set(this.a)
    this.takenHow = how
  }
}

const sourceOf = (registers: readonly Register[], awaits: string | undefined): number =>
  awaits === undefined ? -1 : registers.findIndex(({ actor, name }) => `${actor}:${name}` === awaits)

/** A guest that read found something; every other step just succeeded. */
function found({ event }: Machine): number {
  return event.readTag >= 0 ? ofFound(event.readTag, event.readPoison) : ofErrno(0)
}

/** The class of the frame at which the DMA of a device arrives. */
const classOfArrival = (m: Machine, s: State, device: number): number =>
  frameClass(m, s, s.dmaGfn[device] ?? 0, (s.dmaFrame[device] ?? 0) - 1)

/** Whether hardware owes nothing: no DMA in flight, empty queues, no flush put off, no fault half resolved. */
function isQuiet(s: State): boolean {
  const isZero = (view: ArrayLike<number>) => {
    for (let at = 0; at < view.length; at += 1) if (view[at] !== 0) return false
    return true
  }
  for (let device = 0; device < s.dma.length; device += 1) if (s.dma[device] !== Dma.Idle) return false
  return isZero(s.queueKind) && isZero(s.deferred) && isZero(s.faultGfn)
}

function ownersOf(threads: readonly Thread[], size: number, indexOf: (thread: Thread) => number): Int8Array {
  const owners = new Int8Array(size).fill(-1)
  for (const [at, thread] of threads.entries()) {
    const index = indexOf(thread)
    if (index >= 0) owners[index] = at
  }
  return owners
}

/** By position: the register of the last step before it that began something which ends later. */
function awaitedBy({ ops }: Thread, place: (op: ThreadStep) => number): Int8Array {
  const awaited = new Int8Array(ops.length + 1).fill(-1)
  let now = -1
  for (const [at, op] of ops.entries()) {
    const again = op.during && place(op) < 0
    if ((op.startsPlan || op.records === 'dma') && !again) now = place(op)
    awaited[at + 1] = now
  }
  return awaited
}
