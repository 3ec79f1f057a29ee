import type { Problem } from '../../../base/result.js'
import { beginDriverCall } from '../../../litmus/driver-calls.js'
import type { Thread } from '../../../litmus/observe.js'
import { isPossible } from '../../../litmus/raw-step-guards.js'
import type { ThreadStep } from '../../../litmus/steps.js'
import { kindIndex } from '../../../model/actions/relation.js'
import { force, isEnabled, nextStep, step } from '../../../model/actions/step.js'
import { serveQueue } from '../../../model/initial-state.js'
import { codeLength } from '../../../model/machine/action.js'
import type { Machine } from '../../../model/machine/machine.js'
import { Phase, Sept, type State } from '../../../model/machine/state.js'
import type { Call } from '../../protocol/messages.js'
import type { TestTarget } from '../../protocol/setting.js'
import { callsOf, whyBeyond } from './calls.js'

/** Orders of one test that are asked, at most: all of them, or this many spread over all. */
export const maxOrders = 24
/** Orders that are listed, at most, before some are chosen. */
const maxListed = 2000

const nextChunk = kindIndex('kvm.map-gpa.next-chunk')
const dmaIssue = kindIndex('dma.issue')
const fault = {
  resolve: kindIndex('kvm.fault-resolve'),
  install: kindIndex('kvm.fault-install'),
  aug: kindIndex('tdh.mem.page.aug'),
} as const

/** Where a run of the threads stands: the machine's state, each thread's position, and the calls so far. */
interface Node {
  readonly state: State
  readonly positions: readonly number[]
  /** By thread: the register that the plan under way on its vCPU will write. */
  readonly pending: readonly (string | undefined)[]
  readonly written: ReadonlySet<string>
  readonly calls: readonly Call[]
}

/**
 * Every order in which the threads of a litmus test can make their calls, one call at a time. What is done inside of a
 * call, or by hardware, happens between two of them: no caller can delay it.
 */
export class Interleaving {
  private readonly code = new Int32Array(codeLength)
  private readonly found = new Map<string, readonly Call[]>()
  /** Why the test cannot be asked after all: a plan took a step that no call performs. */
  beyond: Problem | undefined

  constructor(
    private readonly machine: Machine,
    private readonly threads: readonly Thread[],
    private readonly testTarget: TestTarget,
  ) {}

  /** @param initial the state from which the threads begin */
  orders(initial: State): (readonly Call[])[] {
    const none = this.threads.map(() => undefined)
    this.explore(
      this.pass({ state: initial, positions: this.threads.map(() => 0), pending: none, written: new Set(), calls: [] }),
    )
    const all = [...this.found.values()]
    if (all.length <= maxOrders) return all
    return Array.from({ length: maxOrders }, (_, index) => all[Math.floor((index * all.length) / maxOrders)] ?? [])
  }

  private explore(node: Node): void {
    if (this.found.size >= maxListed) return
    const able = this.threads.flatMap((_, thread) => (this.canMove(node, thread) ? [thread] : []))
    if (able.length === 0) this.found.set(JSON.stringify(node.calls), node.calls)
    for (const thread of able) this.explore(this.pass(this.move(node, thread)))
  }

  private opAt({ positions }: Node, thread: number): ThreadStep | undefined {
    return this.threads[thread]?.ops[positions[thread] ?? 0]
  }

  /** Goes past what waits for nothing any more. */
  private pass(node: Node): Node {
    const positions = node.positions.map((position, thread) => {
      const ops = this.threads[thread]?.ops ?? []
      let next = position
      while (ops[next]?.how === 'await' && node.written.has(ops[next]?.awaits ?? '')) next += 1
      return next
    })
    return { ...node, positions }
  }

  private canMove(node: Node, thread: number): boolean {
    const { state: s } = node
    const vcpu = this.threads[thread]?.actor.vcpu ?? -1
    if (vcpu >= 0 && s.phase[vcpu] === Phase.Running) return nextStep(this.machine, s, vcpu, this.code)
    const op = this.opAt(node, thread)
    if (op === undefined || op.how === 'await') return false
    return op.how !== 'environment' || !op.startsPlan || isPossible(this.machine, s, op)
  }

  /** One call of a thread, and what follows from it up to the next one. */
  private move(node: Node, thread: number): Node {
    const { machine: m } = this
    const { name, vcpu } = this.threads[thread]?.actor ?? { name: '', vcpu: -1 }
    const state = m.blankState()
    state.bytes.set(node.state.bytes)
    const isRunning = vcpu >= 0 && state.phase[vcpu] === Phase.Running
    const op = isRunning ? undefined : this.opAt(node, thread)
    const calls = op === undefined || op.startsPlan ? [] : [...callsOf(op.code, this.testTarget)]
    if (op !== undefined) calls.push(...this.take(state, op, thread))
    const isWhole = op?.how === 'map' || op?.how === 'unmap'
    if (vcpu >= 0) calls.push(...this.runPlan(state, vcpu, isWhole, calls.length > 0))
    const register = op?.register === undefined ? undefined : `${name}:${op.register}`
    const pending = op === undefined ? node.pending[thread] : register
    const isOver = vcpu < 0 || state.phase[vcpu] !== Phase.Running
    return {
      state,
      positions: node.positions.map((at, index) => (index === thread && op !== undefined ? at + 1 : at)),
      pending: node.pending.with(thread, isOver ? undefined : pending),
      written: isOver && pending !== undefined ? new Set([...node.written, pending]) : node.written,
      calls: [...node.calls, ...calls],
    }
  }

  /** Carries out a thread's own step in the machine, as far as the plans of others depend on it. */
  private take(s: State, op: ThreadStep, thread: number): readonly Call[] {
    const { machine: m } = this
    const [kind, vcpu = 0] = op.code
    if (op.how === 'map' || op.how === 'unmap') {
      beginDriverCall(m, s, op)
      return callsOf(op.code, this.testTarget)
    }
    if (kind === fault.install) return this.install(s, vcpu)
    if (op.how === 'raw') force(m, s, op.code)
    else if (kind !== dmaIssue && isPossible(m, s, op)) step(m, s, op.code)
    const continues = this.threads[thread]?.ops.some(({ code }) => code[0] === fault.install)
    return kind === fault.resolve && continues !== true ? this.install(s, vcpu) : []
  }

  /** The second half of a private fault: unless it comes too late, KVM gives the page's frame to the TD. */
  private install(s: State, vcpu: number): readonly Call[] {
    const { machine: m, code } = this
    const page = (s.faultGfn[vcpu] ?? 0) - 1
    code.fill(0)
    code.set([fault.install, vcpu])
    const wasFree = s.sept[page] === Sept.Free
    if (page < 0 || !isEnabled(m, s, code, new Int32Array(codeLength))) return []
    step(m, s, code)
    code.set([fault.aug, vcpu, page, page])
    return wasFree && s.sept[page] !== Sept.Free ? callsOf(code, this.testTarget) : []
  }

  /** Runs a vCPU's plan up to the second call that it makes, or to where it ends or waits for another. */
  private runPlan(s: State, vcpu: number, isWhole: boolean, hasCall: boolean): Call[] {
    const { machine: m, code } = this
    const calls: Call[] = []
    for (;;) {
      if (s.phase[vcpu] === Phase.Boundary) {
        code.fill(0)
        code.set([nextChunk, vcpu])
        step(m, s, code)
      }
      if (s.phase[vcpu] !== Phase.Running) return calls
      if (!nextStep(m, s, vcpu, code)) {
        if (serveQueue(m, s, code)) continue
        return calls
      }
      const next = isWhole ? [] : callsOf(code, this.testTarget)
      if (next.length > 0 && (hasCall || calls.length > 0)) return calls
      this.beyond ??= whyBeyond(code, this.testTarget)
      step(m, s, code)
      calls.push(...next)
    }
  }
}
