import { ok, type Problem } from '../base/result.js'
import { type FairnessClass, owedBy, ownerAt } from '../model/actions/fairness.js'
import { places } from '../model/actions/places.js'
import { type Kind, placesOf, relation, rows } from '../model/actions/relation.js'
import type { Outcome, Row } from '../model/actions/row.js'
import { codeLength } from '../model/machine/action.js'
import type { EntryName, Machine } from '../model/machine/machine.js'
import { Opcode } from '../model/plan/compiler.js'
import { invalidCall } from './driver-calls.js'
import type { ThreadActor } from './language/actor.js'
import { codeOf } from './language/arguments.js'
import { type ParseResult, placed, refuseAt } from './language/problem.js'
import type { StepText } from './language/syntax.js'
import { type CallVerb, type Verb, verbOf } from './language/verbs.js'
import type { outcomeWords } from './outcome.js'

/** One step of a thread, ready to be taken. */
export interface ThreadStep {
  readonly code: Int32Array
  /**
   * An action of the environment, a step of the host that no plan is about to take, a whole call of the driver; or
   * nothing but the wait for another thread's register.
   */
  readonly how: 'environment' | 'raw' | 'await' | CallVerb
  /** What a register would record of it. */
  readonly records: keyof typeof outcomeWords
  /** Its register's name. */
  readonly register: string | undefined
  /** Of an `await`: whose register, as in `P0:r0`. */
  readonly awaits: string | undefined
  /** Whether the step begins, or takes up again, what a plan of the thread's vCPU then carries out. */
  readonly startsPlan: boolean
  /** Whether the step happens in the middle of what the thread's vCPU is doing. */
  readonly during: boolean
  /** The hardware's turn (`turnOf`) that the thread takes over with this step; -1 for none. */
  readonly turn: number
}

/** Classes whose work proceeds without a thread, in the order in which a test takes their steps. */
const turnOrder: readonly FairnessClass[] = ['device', 'unit', 'vcpu', 'domain', 'fault']
const widestClass = 8
export const turnCount = turnOrder.length * widestClass

/** The place in `turnOrder` of the class whose turn an action takes; -1 for none, as if a guest retries. */
function classOf(row: Row): number {
  const owes = owedBy(row.fairness)
  return row.by === 'plan' || owes === undefined || row.plan === 'resumes' ? -1 : turnOrder.indexOf(owes)
}
const classOfKind: readonly number[] = rows.map(classOf)

/** Which turn (fairness class and its device or unit) an action takes, as an index below `turnCount`; -1 for none. */
export function turnOf(a: ArrayLike<number>): number {
  const at = classOfKind[a[0] ?? 0] ?? -1
  return at < 0 ? -1 : at * widestClass + (a[ownerAt] ?? 0)
}

const continuesByItself = ({ by, fairness }: Row): boolean =>
  by === 'environment' && typeof fairness !== 'string' && fairness.inLitmus === 'by itself'

/** Owed: what hardware, and a host that has begun, do at some time. Some come only where a thread says so. */
export const owedAmong = (among: readonly Row[]): readonly number[] =>
  turnOrder.flatMap((_, at) =>
    among.flatMap((row, kind) => (classOf(row) === at && continuesByItself(row) ? [kind] : [])),
  )
/** Free: what hardware may do at any time, or never. */
export const freeAmong = (among: readonly Row[]): readonly number[] =>
  among.flatMap(({ fairness }, kind) => (fairness === 'free' ? [kind] : []))
export const owedKinds = owedAmong(rows)
export const freeKinds = freeAmong(rows)

/** `await P0:r0`: the thread continues once that register is written, as after a doorbell or an interrupt. */
function awaitOf({ verb, args, register }: StepText): ParseResult<ThreadStep> {
  const [arg, more] = args
  const text = arg?.value.text ?? ''
  if (register !== undefined) return refuseAt(register, 'an await has no outcome')
  if (arg === undefined || more !== undefined || !/^[PHD]\d:r\d+$/.test(text)) {
    return refuseAt(arg?.value ?? verb, 'expected one register of another thread: await P0:r0')
  }
  const rest = { register: undefined, startsPlan: false, during: true, turn: -1 } as const
  return ok({ code: new Int32Array(codeLength), how: 'await', records: 'call', awaits: text, ...rest })
}

/** Makes a step of a thread; `m` says what its parameters may be. */
export function opOf(m: Machine, actor: ThreadActor, step: StepText): ParseResult<ThreadStep> {
  if (step.verb.text === 'await') return awaitOf(step)
  const verb = verbOf(step.verb, actor)
  if (!verb.ok) return verb
  const { kind, call } = verb.value
  const wrong = wrongThread(kind, actor)
  if (wrong !== undefined) return placed(wrong, step.verb)
  const code = codeOf(m, actor, verb.value, step)
  if (!code.ok) return code
  const row = relation[kind]
  const invalid = invalidStep(m, verb.value, row, code.value)
  if (invalid !== undefined) return placed(invalid, step)
  return ok({
    code: tellable(m, row, code.value),
    how: call ?? (row.by === 'plan' ? 'raw' : 'environment'),
    records: records[outcomeOf(row)],
    register: step.register?.text,
    awaits: undefined,
    startsPlan: row.by === 'environment' && (row.plan === 'begins' || row.plan === 'resumes'),
    during: row.by === 'environment' && ['resumes', 'between', 'during'].includes(row.plan),
    turn: turnOf(code.value),
  })
}

/** Hardware's own work may stand in any thread; what an actor chooses to begin stands in that actor's. */
function wrongThread(kind: Kind, { role, name }: ThreadActor): Problem | undefined {
  const { actor, fairness } = relation[kind]
  if (actor === 'device' && fairness === 'chosen' && role !== 'D')
    return { message: `DMA is issued in a device's thread (D0), found ${name}` }
  if (actor === 'thread' && role !== 'H' && role !== 'P')
    return { message: `${kind} belongs in a host thread (H0), found ${name}` }
  if (actor === 'vcpu' && role !== 'P') return { message: `${kind} belongs in a vCPU's thread (P0), found ${name}` }
  return undefined
}

const accessAt = placesOf('access')
const convertArg = places('vcpu', 'gfn', 'count', 'to')

/** Why this machine cannot take the step, or could not distinguish it from another; undefined if it can. */
function invalidStep(m: Machine, { kind, call }: Verb, row: Row, code: Int32Array): Problem | undefined {
  // By name, since of all actions that begin a plan this one's may be left to `by DESIGN`.
  if (kind === 'guest.convert' && hasNoPlan(m, code[convertArg.to] === 1 ? 'toPrivate' : 'toShared')) {
    return { message: 'no plan carries this request out; expected `by DESIGN` or a `design` line' }
  }
  if (call !== undefined) return invalidCall(m, call, code)
  if (row.by === 'plan' && row.requires === 'call') {
    return { message: `${kind} is a step inside a call, whose range it works on; expected: unmap` }
  }
  return row.needs === undefined || row.needs.on(m) ? undefined : { message: `${kind} needs: ${row.needs.says}` }
}

/** A host that does nothing at a request ends it at once, with success and the page as it was. */
const hasNoPlan = ({ program }: Machine, entry: EntryName): boolean =>
  program.code[program.entry[entry]]?.op === Opcode.End

/** Where nothing tells a read from a write, devices write, so that the two are one state. */
function tellable(m: Machine, row: Row, code: Int32Array): Int32Array {
  if (outcomeOf(row) === 'dma' && !m.tellsReads) code[accessAt[code[0] ?? 0] ?? 0] = 1
  return code
}

const outcomeOf = (row: Row): Outcome => (row.by === 'environment' ? row.outcome : 'errno')

/** What a register records of a step, by the outcome that its row states. */
const records = { errno: 'call', arrival: 'call', content: 'access', dma: 'dma' } as const satisfies Record<
  Outcome,
  ThreadStep['records']
>
