import type { Problem } from '../../base/result.js'
import { relation } from '../../model/actions/relation.js'
import type { MachineSettings } from '../../model/machine/machine.js'
import { lockNames } from '../../model/machine/state.js'
import { bodyOf, isAcquire } from '../../model/plan/node-names.js'
import type { Call, CallName, Condition, Node, Operand, Plan, Range, Setting, Step } from '../../model/plan/plan.js'
import { cursor } from '../vocabulary/steps/make.js'
import { nodeText } from './nodes.js'
import { problem } from './values.js'

/** A lock that is held at some point of a plan. */
interface Hold {
  /** The step that took it. */
  readonly at: string
  /** On every way to this point, or on some. */
  readonly always: boolean
}

/** What holds at some point of a plan, whichever way led there. */
export interface Facts {
  readonly locks: ReadonlyMap<number, Hold>
  readonly set: ReadonlySet<Setting>
  /** The step behind which nothing runs. */
  readonly endsAt?: string
}

/** The facts at the begin of a plan: no lock is held, and these settings are set. */
export const factsOf = (...set: readonly Setting[]): Facts => ({ locks: new Map(), set: new Set(set) })

/** What holds where several ways meet. */
export function meet([first, ...others]: readonly Facts[], otherwise: Facts): Facts {
  return first === undefined ? otherwise : others.reduce(meetTwo, first)
}

function meetTwo(a: Facts, b: Facts): Facts {
  const both = (lock: number) => a.locks.get(lock)?.always === true && b.locks.get(lock)?.always === true
  const locks = [...a.locks, ...b.locks].map(([lock, { at }]) => [lock, { at, always: both(lock) }] as const)
  return { locks: new Map(locks), set: new Set([...a.set].filter((one) => b.set.has(one))) }
}

/** Whether a step is there on a machine, or what its `on` throws. */
export function existence({ part, on }: Step, machine: MachineSettings): boolean | Error {
  try {
    return (part === undefined || machine.parts[part]) && (on === undefined || on(machine))
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** What a function gives that has no parameters, and so asks nothing; undefined for any other. */
function constantOf(ask: (() => unknown) | Operand | Condition['holds'] | undefined): unknown {
  if (ask === undefined || ask.length > 0) return undefined
  try {
    return (ask as () => unknown)()
  } catch {
    return undefined
  }
}

const failing: ReadonlySet<string> = new Set(
  Object.entries(relation).flatMap(([kind, row]) =>
    (row.fails ?? []).length > 0 || (row.by === 'plan' && row.mayFail !== undefined) ? [kind] : [],
  ),
)

/** Whether a step can fail so that its plan ends there. */
const canFail = ({ row, fail = 'unwind' }: Step): boolean =>
  (fail === 'unwind' || typeof fail === 'object') && failing.has(row)

/** Whether an error of some step or call ends a plan, on some machine. */
export const mayEnd = (plan: Plan): boolean =>
  nodesOf(plan).some((node) => ('row' in node ? canFail(node) : 'call' in node && node.fail !== 'ignore'))

/** A policy that asks nothing, and allows nothing. */
const alwaysFails = ({ row, args, fail = 'unwind' }: Step): boolean =>
  row === 'vmm.check-pool' && fail === 'unwind' && constantOf(args[2]) === 0

const asList = (set: Setting | undefined): readonly Setting[] => (set === undefined ? [] : [set])
const lockText = (lock: number): string => `the lock ${lockNames[lock]}`

/**
 * Follows one plan on one machine, step by step and way by way: which locks are held where, and what is set. Calls are
 * followed on their own; here they are steps that need their locks to be free.
 */
export class Flow {
  readonly problems: Problem[] = []
  /** What holds where a step fails and the plan ends. */
  readonly failed: Facts[] = []
  /** How many loops are around what is looked at. */
  private loops = 0

  /** @param isUndo a plan that runs after an error, of which no step that fails ends it */
  constructor(
    private readonly calls: CallsOn,
    private readonly machine: MachineSettings,
    private readonly isUndo = false,
  ) {}

  /** A plan from its first step to its last. */
  plan(plan: Plan, path: string, before: Facts): Facts {
    let now = before
    for (const [index, node] of plan.entries()) now = this.node(node, `${path}[${index}]`, now)
    return now
  }

  /** Reports the locks that a plan still holds at its end. */
  atEnd(path: string, { locks }: Facts): void {
    for (const [lock, { at }] of locks) {
      const remedy = `End ${path} with steps.release('${lockNames[lock]}').`
      this.problems.push(problem(at, `${lockText(lock)} is still held when ${path} ends`, remedy))
    }
  }

  private node(node: Node, path: string, before: Facts): Facts {
    const at = `${path} (${nodeText(node)})`
    const there = 'row' in node ? existence(node, this.machine) : true
    if (there === false) return before
    if (there instanceof Error) {
      const remedy = 'It gets { scope, platform, parts }: on: (m) => m.scope.hotplug.'
      this.problems.push(problem(at, `its on throws "${there.message}"`, remedy))
    }
    const isRelease = 'row' in node && node.row === 'lock.release'
    if (before.endsAt !== undefined && !isRelease) {
      this.problems.push(problem(at, `never runs: ${before.endsAt} always fails`, 'Remove it, or put it before.'))
      return { locks: before.locks, set: before.set }
    }
    if ('note' in node) return { ...before, set: new Set([...before.set, ...asList(node.note.sets)]) }
    if ('row' in node) return this.step(node, at, before)
    if ('call' in node) return this.call(node, at, before)
    return this.body(node, at, `${path}.body`, before)
  }

  private step(step: Step, at: string, before: Facts): Facts {
    this.needs(step.range, at, before)
    if (this.loops === 0 && step.args.includes(cursor)) {
      const remedy =
        'Put it into a loop: { each: loops.eachPinnedPage(range), body: […] }; dmaproof list loops has others.'
      this.problems.push(problem(at, 'acts on the element of a loop, and no loop is around it', remedy))
    }
    if (canFail(step)) this.failed.push(before)
    if (alwaysFails(step)) return { ...before, endsAt: at }
    if (isAcquire(step)) return this.acquire(step.lock, at, before)
    return step.row === 'lock.release' ? this.release(step, at, before) : before
  }

  private acquire(lock: number, at: string, before: Facts): Facts {
    const held = before.locks.get(lock)
    if (held?.always === true) {
      const again = `takes ${lockText(lock)}, which ${held.at} has taken and not released`
      const remedy = this.isUndo
        ? 'Remove it: locks that were held at the error are held in the undo, and are released behind it.'
        : `Remove it, or release the lock before: a vCPU that takes a lock twice waits for itself.`
      this.problems.push(problem(at, again, remedy))
    }
    return { ...before, locks: new Map([...before.locks, [lock, { at, always: true }]]) }
  }

  private release({ args }: Step, at: string, before: Facts): Facts {
    const lock = Number(constantOf(args[0]))
    if (!before.locks.has(lock)) {
      const remedy = `Put steps.acquire('${lockNames[lock]}') before it, or remove it.`
      this.problems.push(problem(at, `releases ${lockText(lock)}, which no step before it has taken`, remedy))
    }
    return { ...before, locks: new Map([...before.locks].filter(([other]) => other !== lock)) }
  }

  /** A call takes and releases locks of its own. */
  private call({ call, on, fail = 'unwind' }: Extract<Node, { call: unknown }>, at: string, before: Facts): Facts {
    this.needs(on, at, before)
    const { locks, canFail } = this.calls[call]
    for (const lock of locks) {
      const held = before.locks.get(lock)
      if (held?.always !== true) continue
      const again = `${call} takes ${lockText(lock)}, which ${held.at} has taken and not released`
      this.problems.push(problem(at, again, 'Release the lock before the call: the call takes it by itself.'))
    }
    if (fail !== 'ignore' && canFail) this.failed.push(before)
    return before
  }

  /** A loop or a branch may run its body or not: it must leave the locks as they are. */
  private body(node: Extract<Node, { body: Plan }>, at: string, path: string, before: Facts): Facts {
    const about = 'each' in node ? node.each : node.when
    this.needs(about.range, at, before)
    if (constantOf('each' in node ? node.each.seek : node.when.holds) === false) {
      this.problems.push(problem(at, 'its body never runs: the condition is never true', 'Remove it.'))
    }
    if ('each' in node && constantOf(node.each.seek) === true) {
      const remedy = 'Let seek move the cursor, and say false where there is no next element.'
      this.problems.push(problem(at, 'never ends: its seek always finds an element', remedy))
    }
    const sets = asList('each' in node ? node.each.sets : undefined)
    if ('each' in node) this.loops++
    const end = this.plan(node.body, path, { ...before, set: new Set([...before.set, ...sets]) })
    if ('each' in node) this.loops--
    const remedy = 'Take and release a lock in one list: around the loop or branch, or inside of its body.'
    for (const [lock, hold] of end.locks) {
      if (before.locks.has(lock)) continue
      this.problems.push(problem(hold.at, `takes ${lockText(lock)}, which its body does not release`, remedy))
    }
    for (const [lock, hold] of before.locks) {
      if (end.locks.has(lock) || !hold.always) continue
      const taken = `its body releases ${lockText(lock)}, which ${hold.at} has taken outside of it`
      this.problems.push(problem(at, taken, remedy))
    }
    return before
  }

  private needs(range: Range | undefined, at: string, { set }: Facts): void {
    if (range?.needs === undefined || set.has(range.needs)) return
    this.problems.push(
      problem(at, `the range "${range.name}" is not set here: ${unset[range.needs]}`, remedies[range.needs]),
    )
  }
}

const unset: Readonly<Record<Setting, string>> = {
  hull: 'no note before it has found the hull',
  page: 'no loop over pages is around it',
  run: 'no loop over runs is around it',
  chunk: 'the plan converts nothing',
  call: 'the plan is not that of a call',
  slot: 'no memory slot goes or comes',
}
const remedies: Readonly<Record<Setting, string>> = {
  hull: 'Put { note: steps.findHull } before it.',
  page: 'Put it into a loop over pages, as in { each: loops.eachMappedPage(ranges.chunk), body: […] }.',
  run: 'Put it into a loop over runs, as in { each: loops.eachSharedUnmappedRun(ranges.chunk), body: […] }.',
  chunk: 'Use ranges.allPages: only toPrivate, toShared and their undo plans have a chunk.',
  call: 'Use ranges.chunk, ranges.page or ranges.run: only the steps of a driver or of KVM have the range of a call.',
  slot: 'Use ranges.allPages: only slotRemoved, slotAdded and their undo plans have a slot.',
}

/** Every node of a plan, those inside of loops and branches too. */
export const nodesOf = (plan: Plan): Node[] => plan.flatMap((node) => [node, ...nodesOf(bodyOf(node))])

/** What a call is to the plan around it: the locks that it takes, and whether it can fail. */
export type CallsOn = Readonly<Record<CallName, { readonly locks: readonly number[]; readonly canFail: boolean }>>

/** The locks of each call on a machine, and whether it can fail there. */
export function callsOn(calls: Readonly<Record<CallName, Call>>, machine: MachineSettings): CallsOn {
  const entries = Object.entries(calls).map(([name, { body }]) => {
    const steps = nodesOf(body).flatMap((node) => ('row' in node && existence(node, machine) !== false ? [node] : []))
    const locks = steps.flatMap((step) => (isAcquire(step) ? [step.lock] : []))
    return [name, { locks, canFail: steps.some(canFail) }]
  })
  return Object.fromEntries(entries) as CallsOn
}
