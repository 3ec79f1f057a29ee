import { CallKind } from '../machine/effects.js'
import { Errno, type ErrnoName } from '../machine/errno.js'
import type { EntryName, Instruction, Machine, MachineSettings, Operand, Program } from '../machine/machine.js'
import { Reg, reg, regOf } from '../machine/registers.js'
import { lockNames, type State } from '../machine/state.js'
import { beginCall, failCall, forgetError, keepError, succeedCall } from './driver-call.js'
import { isAcquire } from './node-names.js'
import type { Call, CallFail, CallName, Host, Node, Plan, Range, Step } from './plan.js'

/** What an instruction of a compiled plan does. All but `Act` are taken in one go, up to the next `Act` or end. */
export const Opcode = {
  /** One action, a step that others may interleave: `kind` with `args`; if it fails, `target` is next, if not -1. */
  Act: 0,
  /** Calls `run` for its effect on the registers, and continues. */
  Do: 1,
  /** Continues if `run` returns true; otherwise `target` is next. */
  Branch: 2,
  /** `target` is next. */
  Jump: 3,
  /** Ends the plan: it has succeeded. */
  End: 4,
  /** Ends the plan: it has failed, and its undo plan has run. */
  Fail: 5,
} as const

const yes = () => true
const noArgs: readonly Operand[] = []

/** One line of compiled plans: an entry of a plan, or what the compiler puts in by itself. */
export type Listed =
  | Node
  | { readonly entry: EntryName }
  | { readonly undo: EntryName }
  | { readonly undoCall: CallName }
  | { readonly releases: (typeof lockNames)[number] }

/** Hears the lines in their order. @param at index of the first instruction of the line */
export type Listener = (listed: Listed, at: number, depth: number) => void

/**
 * Compiles a host's plans to one list of instructions for a machine.
 *
 * @param kindOf numbers the rows
 * @param list hears what the instructions stand for
 */
export function compile(host: Host, on: MachineSettings, kindOf: (row: string) => number, list?: Listener): Program {
  const writer = new Writer(host, on, kindOf, list)
  const entry = {
    boot: writer.whole('boot', host.boot, []),
    toPrivate: writer.whole('toPrivate', host.toPrivate, host.undoPrivate),
    toShared: writer.whole('toShared', host.toShared, host.undoShared),
    teardown: writer.whole('teardown', host.teardown, []),
    added: on.scope.hotplug ? writer.whole('added', host.added, host.undoAdded) : -1,
    removed: on.scope.hotplug ? writer.whole('removed', host.removed, []) : -1,
    ats: on.scope.lateAts ? writer.whole('ats', host.ats, []) : -1,
    slotAdded: on.scope.slotChanges ? writer.whole('slotAdded', host.slotAdded, host.undoSlotAdded) : -1,
    slotRemoved: on.scope.slotChanges ? writer.whole('slotRemoved', host.slotRemoved, host.undoSlotRemoved) : -1,
    map: writer.whole('map', [{ call: 'map', on: givenRange }], []),
    unmap: writer.whole('unmap', [{ call: 'unmap', on: givenRange }], []),
  }
  const {
    pins,
    unmapsWhole = false,
    byFile = false,
    bootRequest,
    guestKeepsPages = false,
    guestMistake,
    wholeRequests = false,
    domains = 1,
    refuses,
    stops,
    endsEarly,
    onFault = 'converts',
    memlock = 'process',
    accounting = 'type1',
  } = host
  const { code } = writer
  const notePage = kindOf('vmm.note-page')
  const notesPages = code.some(({ kind }) => kind === notePage)
  const rest = { guestKeepsPages, guestMistake, onFault, memlock, accounting, refuses, stops, endsEarly }
  return { code, entry, pins, unmapsWhole, byFile, bootRequest, wholeRequests, domains, notesPages, ...rest }
}

/** The range that a raw call was given: the action that starts the call writes it into the registers. */
const givenRange: Range = { name: 'given', span: 'all', first: reg('chunkFirst'), end: reg('chunkEnd') }

/** Whether a machine has an entry of a plan at all. */
export function exists(node: Node, on: MachineSettings): boolean {
  if ('each' in node) return node.each.on === undefined || node.each.on(on)
  if (!('row' in node)) return true
  const hasPart = node.part === undefined || on.parts[node.part]
  return hasPart && (node.on === undefined || node.on(on))
}

class Writer {
  readonly code: Instruction[] = []
  private readonly waiting = new Map<number, Instruction[]>()
  private labels = 0
  private restartAt = -1
  private depth = 0
  /** Whether a loop over superpages is around what is written now. */
  private atSuperpage = false

  constructor(
    private readonly host: Host,
    private readonly on: MachineSettings,
    private readonly kindOf: (row: string) => number,
    private readonly listener: Listener | undefined,
  ) {}

  /** A plan from its entry to its two ends. */
  whole(entry: EntryName, plan: Plan, undo: Plan): number {
    const start = this.code.length
    const failed = this.label()
    this.list({ entry })
    this.plan(plan, failed)
    this.emit(Opcode.End)
    this.place(failed)
    this.list({ undo: entry })
    this.emit(Opcode.Do, (_, s, v) => {
      keepError(s, v)
      return true
    })
    this.plan(undo, -1)
    this.releaseHeld()
    this.emit(Opcode.Fail)
    return start
  }

  private list(listed: Listed, depth = this.depth): void {
    this.listener?.(listed, this.code.length, depth)
  }

  private plan(plan: Plan, failed: number): void {
    this.depth += 1
    for (const node of plan) this.node(node, failed)
    this.depth -= 1
  }

  private node(node: Node, failed: number): void {
    if (!exists(node, this.on)) return
    this.list(node)
    if ('row' in node) this.step(node, failed)
    else if ('each' in node) this.loop(node, failed)
    else if ('when' in node) this.branch(node, failed)
    else if ('note' in node) this.emit(Opcode.Do, node.note.run)
    else this.call(node, failed)
  }

  private step(step: Step, failed: number): void {
    const at = this.code.length
    const act = this.emit(Opcode.Act, yes, this.kindOf(step.row), step.args)
    if (step.restarts === true) this.restartAt = at
    if (typeof step.fail === 'object') this.repeatAt(step.fail.repeat, act, at, failed)
    else if (step.fail === 'repeat') act.target = at
    else if (step.fail === 'restart') act.target = this.restartAt
    else if (step.fail === 'ignore' || failed < 0) act.target = -1
    else this.aim(act, failed)
  }

  /** Behind a step: the way back to it for the errnos listed, and for others what follows a failure. */
  private repeatAt(names: readonly ErrnoName[], act: Instruction, at: number, failed: number): void {
    const [refused, again, after] = [this.label(), this.label(), this.label()]
    this.aim(this.emit(Opcode.Jump), after)
    this.aim(act, refused)
    this.place(refused)
    this.unlessErrno(names, again)
    if (failed < 0) this.forget()
    this.aim(this.emit(Opcode.Jump), failed < 0 ? after : failed)
    this.place(again)
    this.forget()
    this.emit(Opcode.Jump).target = at
    this.place(after)
  }

  private loop(node: Extract<Node, { each: unknown }>, failed: number): void {
    const { start, seek, next, finds } = node.each
    const done = this.label()
    const around = this.atSuperpage
    this.emit(Opcode.Do, start)
    const head = this.code.length
    this.aim(this.emit(Opcode.Branch, seek), done)
    this.atSuperpage ||= finds === 'superpage'
    this.plan(node.body, failed)
    this.atSuperpage = around
    this.emit(Opcode.Do, next)
    this.emit(Opcode.Jump).target = head
    this.place(done)
  }

  private branch(node: Extract<Node, { when: unknown }>, failed: number): void {
    const done = this.label()
    this.aim(this.emit(Opcode.Branch, node.when.holds), done)
    this.plan(node.body, failed)
    this.place(done)
  }

  private call(node: Extract<Node, { call: CallName }>, failed: number): void {
    const call: Call = this.host.calls[node.call]
    const undo = this.label()
    const after = this.label()
    const { first, end } = node.on
    this.aim(
      this.emit(Opcode.Branch, (m, s, v) => beginCall(s, v, first(m, s, v), end(m, s, v))),
      after,
    )
    this.plan(call.body, undo)
    const kind = CallKind[node.call]
    this.emit(Opcode.Do, (m, s, v) => succeedCall(m, s, v, kind))
    this.aim(this.emit(Opcode.Jump), after)
    this.place(undo)
    this.list({ undoCall: node.call })
    this.plan(call.undo, -1)
    this.releaseHeld(call.body)
    this.emit(Opcode.Do, (m, s, v) => failCall(m, s, v, kind))
    this.afterFailure(failed, failed < 0 ? 'ignore' : node.fail)
    this.place(after)
  }

  /** What follows a call that has failed: the plan's failure path, or the next node. */
  private afterFailure(failed: number, fail: CallFail = 'unwind'): void {
    const ignored = this.label()
    if (typeof fail === 'object') this.unlessErrno(fail.ignore, ignored)
    if (fail !== 'ignore') this.aim(this.emit(Opcode.Jump), failed)
    this.place(ignored)
    if (fail !== 'unwind') this.forget()
  }

  /** Continues with what follows, but after one of these errnos, which lead to the label. */
  private unlessErrno(names: readonly ErrnoName[], label: number): void {
    const errnos = names.map((name) => Errno[name])
    const other = (_: Machine, s: State, v: number) => !errnos.includes(s.reg[regOf(v, Reg.errno)])
    this.aim(this.emit(Opcode.Branch, other), label)
  }

  private forget(): void {
    this.emit(Opcode.Do, (_, s, v) => forgetError(s, v))
  }

  /** Drops what the vCPU still holds: all locks, or those that this plan takes. */
  private releaseHeld(plan?: Plan): void {
    const kind = this.kindOf('lock.release')
    for (const [lock, name] of lockNames.entries()) {
      if (plan !== undefined && !takes(plan, lock)) continue
      const free = this.label()
      this.aim(
        this.emit(Opcode.Branch, (_, s, v) => s.lock[lock] === v + 1),
        free,
      )
      this.list({ releases: name }, this.depth + 1)
      this.emit(Opcode.Act, yes, kind, [() => lock]).target = -1
      this.place(free)
    }
  }

  private emit(op: number, run: Instruction['run'] = yes, kind = -1, args = noArgs): Instruction {
    const instruction: Instruction = { op, kind, args, target: -1, run, atSuperpage: this.atSuperpage }
    this.code.push(instruction)
    return instruction
  }

  private label(): number {
    this.labels += 1
    return this.labels
  }

  private aim(instruction: Instruction, label: number): void {
    this.waiting.set(label, [...(this.waiting.get(label) ?? []), instruction])
  }

  private place(label: number): void {
    for (const instruction of this.waiting.get(label) ?? []) instruction.target = this.code.length
    this.waiting.delete(label)
  }
}

function takes(plan: Plan, lock: number): boolean {
  return plan.some((node) => isAcquire(node) && node.lock === lock)
}
