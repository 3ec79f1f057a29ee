import type { Rule } from '../../spec/index.js'
import type { CallKind } from '../machine/effects.js'
import type { ErrnoName } from '../machine/errno.js'
import type { GuestMistake, Machine, Operand } from '../machine/machine.js'
import type { Part } from '../machine/parts.js'
import type { State } from '../machine/state.js'
import type { VcpuId } from '../machine/units.js'

export type { Operand }

/**
 * One atomic step: an action of the relation, its parameters behind the vCPU, and when a machine has it at all.
 *
 * @example
 * const step: Step = { ...steps.punchShared, fail: 'ignore' }
 */
export interface Step {
  readonly row: string
  readonly args: readonly Operand[]
  /** Which lock, for a step that takes one. */
  readonly lock?: number
  /** The step exists only where this part is modelled. */
  readonly part?: Part
  /** The step exists only on machines where this holds; asked when the plan is compiled. */
  readonly on?: (m: Pick<Machine, 'scope' | 'platform' | 'parts'>) => boolean
  /**
   * What follows an errno: the plan's failure path, the next step, the same step again, or all since `restarts`; or the
   * same step again for the errnos listed, and the failure path for others.
   */
  readonly fail?: 'unwind' | 'ignore' | 'repeat' | 'restart' | { readonly repeat: readonly ErrnoName[] }
  /** A later step that fails so restarts the plan here; where this step does not exist, such a step cannot fail. */
  readonly restarts?: true
  /** The range that it works on, for the check of a plan before it runs. */
  readonly range?: Range
}

/**
 * How many pages a range holds, or a loop walks one after the other: one; a superpage; those of the chunk under
 * conversion, of the call around it, of the run that a loop around it has found, of a mapping, or of all mappings that
 * meet the chunk; or as many as the guest has.
 */
export type Span = 'page' | 'superpage' | 'chunk' | 'call' | 'run' | 'mapping' | 'hull' | 'all'

/**
 * What a range is taken from: the chunk of a conversion, the hull that a note has found, the page or the run at which a
 * loop stands, the call around it, or the memory slot that goes or comes.
 *
 * @example
 * const needs: Setting | undefined = ranges.hull.needs // 'hull'
 */
export type Setting = 'chunk' | 'hull' | 'page' | 'run' | 'call' | 'slot'

/**
 * A range of pages that a call works on: [first, end).
 *
 * @example
 * const firstOfChunk: Range = {
 *   name: 'first page', span: 'page', needs: 'chunk',
 *   first: ranges.chunk.first, end: (m, s, vcpu) => ranges.chunk.first(m, s, vcpu) + 1,
 * }
 */
export interface Range {
  readonly name: string
  readonly span: Span
  /** What must have been set before; nothing, if left out. A plan that does not see to it is refused. */
  readonly needs?: Setting
  readonly first: Operand
  readonly end: Operand
}

/**
 * A loop's way to its next element: moves the cursor there and sets the stride, or says that there is none.
 *
 * @example
 * const loop: Loop = loops.eachMappedPage(ranges.chunk)
 */
export interface Loop {
  readonly name: string
  readonly span: Span
  /**
   * What each turn of the loop is about: a run of pages, a mapping, a superpage with the cursor at its first page, or
   * one of something else.
   */
  readonly finds: 'run' | 'mapping' | 'superpage' | 'element'
  /** The range that it goes over, and what its body can rely on, for the check of a plan before it runs. */
  readonly range?: Range
  readonly sets?: Setting
  /** The loop exists only on machines where this holds; asked when the plan is compiled. */
  readonly on?: Step['on']
  readonly start: (m: Machine, s: State, vcpu: VcpuId) => void
  readonly seek: (m: Machine, s: State, vcpu: VcpuId) => boolean
  readonly next: (m: Machine, s: State, vcpu: VcpuId) => void
}

/**
 * A question that a plan asks of the state, at the moment in which it comes to it.
 *
 * @example
 * const odd: Condition = { name: 'an odd page', holds: (m, s, vcpu) => ranges.page.first(m, s, vcpu) % 2 === 1 }
 */
export interface Condition {
  readonly name: string
  /** The range that it is about, for the check of a plan before it runs. */
  readonly range?: Range
  readonly holds: (m: Machine, s: State, vcpu: VcpuId) => boolean
}

/**
 * A computation of the plan's own that no other actor can see: no action of its own, it belongs to the step before.
 *
 * @example
 * const note: Note = steps.findHull
 */
export interface Note {
  readonly name: string
  /** What the rest of the plan can rely on. */
  readonly sets?: Setting
  readonly run: (m: Machine, s: State, vcpu: VcpuId) => void
}

/** What follows an errno of a call: the plan's failure path, or the next node, for every errno or for those listed. */
export type CallFail = 'unwind' | 'ignore' | { readonly ignore: readonly ErrnoName[] }

/**
 * One entry of a plan: a step, a loop, a branch, a note, or a call.
 *
 * @example
 * const node: Node = { each: loops.eachMappedPage(ranges.chunk), body: [{ call: 'unmap', on: ranges.page }] }
 */
export type Node =
  | Step
  | { readonly each: Loop; readonly body: Plan }
  | { readonly when: Condition; readonly body: Plan }
  | { readonly note: Note }
  | { readonly call: CallName; readonly on: Range; readonly fail?: CallFail }

/**
 * What host software does, entry by entry; a step that fails leads to the undo of the plan.
 *
 * @example
 * const toPrivate: Plan = [steps.acquire('vm'), { call: 'set-private', on: ranges.chunk }, steps.release('vm')]
 */
export type Plan = readonly Node[]

/**
 * What a driver or KVM offers as one call: its steps, and how it undoes them when one fails.
 *
 * @example
 * const unmap: Call = { body: [steps.acquire('container'), ...remove, steps.release('container')], undo: [] }
 */
export interface Call {
  readonly body: Plan
  readonly undo: Plan
}

/**
 * `attach` and `detach` are what the driver does with a device that is plugged in, or unplugged.
 *
 * @example
 * const name: CallName = 'set-private'
 */
export type CallName = keyof typeof CallKind

export type Memlock = 'process' | 'user'
/** Whose account of mappings a driver keeps: none, if it keeps none. */
export type Accounting = 'type1' | 'iommufd' | 'none'
export type OnFault = 'converts' | 'repeats'

/** All that the host of one machine does. */
export interface Host {
  readonly calls: Readonly<Record<CallName, Call>>
  readonly boot: Plan
  readonly toPrivate: Plan
  readonly toShared: Plan
  /** What is done when a step of a conversion failed, before locks are dropped and the guest is told. */
  readonly undoPrivate: Plan
  readonly undoShared: Plan
  readonly teardown: Plan
  /** What is done when a device is plugged in, that again when a step of it failed, and when it is unplugged. */
  readonly added: Plan
  readonly undoAdded: Plan
  readonly removed: Plan
  /** How ATS of a device is turned on, where that comes late. */
  readonly ats: Plan
  /** What is done when a memory slot is to go, when it comes back, and each time when a step of that failed. */
  readonly slotRemoved: Plan
  readonly undoSlotRemoved: Plan
  readonly slotAdded: Plan
  readonly undoSlotAdded: Plan
  /** Whether mappings hold pins; a mapping without pins is kept right by its owner. */
  readonly pins: boolean
  /** Domains that the host uses: 2 if it builds one mapping beside another. */
  readonly domains?: number
  /** Whether an unmap takes the whole of a mapping whose first page it covers, beyond its range. */
  readonly unmapsWhole?: boolean
  /** Whether a map names a file and an offset, and no host virtual address. */
  readonly byFile?: boolean
  /** Type1's, if left out. */
  readonly accounting?: Accounting
  /** Whose pages count against the limit of locked memory: of the process, the default, or of all of its user. */
  readonly memlock?: Memlock
  /** The guest asks for the first superpage to be shared as its first act. */
  readonly bootRequest: boolean
  /** The guest does not release what it accepted before it asks for shared, where it has to. */
  readonly guestKeepsPages?: boolean
  /** What the guest gets wrong with the interface of a device that it trusts. */
  readonly guestMistake?: GuestMistake
  /** A request is converted as one chunk, however many superpages it covers. */
  readonly wholeRequests?: boolean
  /**
   * What user space does at a fault on a page under conversion: it converts the page as at any fault, the default, or
   * runs the vCPU again, whose access repeats.
   */
  readonly onFault?: OnFault
  /** The rule by which a conversion may be refused for good. */
  readonly refuses?: Rule
  /** The rule by which a map or an unmap may return before what it promises is so. */
  readonly endsEarly?: Rule
  /** The rule by which a conversion that fails stops the VM, in the place of an answer. */
  readonly stops?: Rule
}
