import { places } from '../model/actions/places.js'
import { firstFailing, kinds, rows } from '../model/actions/relation.js'
import type { Row } from '../model/actions/row.js'
import { initialState } from '../model/initial-state.js'
import { type Action, type Code, codeLength, encode, print } from '../model/machine/action.js'
import { errnoNames } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import { Phase, type State } from '../model/machine/state.js'
import type { ErrnoCode } from '../model/machine/units.js'
import { resume } from '../model/plan/interpreter.js'
import type { Clause, Property } from '../properties/index.js'

const arg = places('vcpu')

/** A step as a trace has it. */
export interface ClaimedStep {
  readonly action: Action
  readonly outcome: string
  /** Id of the rule behind an outcome other than ok. */
  readonly rule?: string | undefined
  readonly effects?: { readonly changed: Readonly<Record<string, readonly (readonly number[])[]>> } | undefined
}

/** A run that is claimed to violate a property at its last step. */
export interface Claim {
  readonly property: Property
  readonly steps: readonly ClaimedStep[]
  /** Whether the violation may be that something never happens, which no step shows. */
  readonly mayBeOfLiveness: boolean
}

/** States above this size are not judged: the second opinion keeps two more. */
const maxBytes = 64 * 1024 * 1024

/**
 * A second opinion on a counterexample. It shares the rows, the plans and the clauses of the properties with the
 * searches, and none of their code: neither how they find enabled actions, take steps and judge touched pages, nor how
 * they store, hash and record states. It asks every row for its candidates one by one, and every clause at every page.
 *
 * @returns what is wrong with the claim, in a sentence; undefined if nothing is
 */
export function objectionTo(m: Machine, { property, steps, mayBeOfLiveness }: Claim): string | undefined {
  const s = m.blankState()
  if (s.bytes.length > maxBytes) return undefined
  initialState(m, s)
  m.event.clear()
  m.event.cause = m.bootCause
  const shadow = m.blankState()
  shadow.bytes.set(s.bytes)
  if (breaks(m, s, property)) return steps.length === 0 ? undefined : `the initial state violates ${property.name}`
  for (const [index, step] of steps.entries()) {
    const wrong = wrongStep(m, s, step, shadow)
    if (wrong !== undefined) return `step ${index + 1}, ${print(step.action)}: ${wrong}`
    const isLast = index === steps.length - 1
    const isBroken = breaks(m, s, property)
    if (isBroken && !isLast) return `step ${index + 1}, ${print(step.action)}: ${property.name} fails already`
    if (isLast && !isBroken && !mayBeOfLiveness) return `${property.name} holds behind the last step`
  }
  return undefined
}

/** Takes a step. @returns what it did that the trace does not say */
function wrongStep(
  m: Machine,
  s: State,
  { action, outcome, rule, effects }: ClaimedStep,
  shadow: State,
): string | undefined {
  const code = encode(kinds, action)
  if (!code.ok) return code.problem.message
  if (!isEnabled(m, s, code.value)) return 'is not enabled'
  const done = take(m, s, code.value)
  if (errnoNames[done.errno] !== outcome) return `gives ${errnoNames[done.errno]}, the trace says ${outcome}`
  if (done.rule !== rule) return `fails by ${done.rule ?? 'no rule'}, the trace says ${rule ?? 'none'}`
  if (effects === undefined) return undefined
  for (const [name, entries] of Object.entries(effects.changed)) {
    const view = (shadow as unknown as Readonly<Record<string, Int32Array | undefined>>)[name]
    if (view === undefined) return `the trace changes "${name}", which no state has`
    for (const [at = 0, , now = 0] of entries) view[at] = now
  }
  shadow.reg.set(s.reg) // a trace leaves out the registers of the plans
  const at = s.bytes.findIndex((byte, index) => byte !== shadow.bytes[index])
  return at < 0 ? undefined : `what the trace says it changed leads to another state, from byte ${at} on`
}

function isEnabled(m: Machine, s: State, code: Code): boolean {
  if (s.hostDead[0] !== 0) return false
  const row = rows[code[0] ?? -1]
  if (row === undefined) return false
  if (row.by === 'plan') return isPlansTurn(m, s, code, row)
  const asked = new Int32Array(codeLength)
  for (let index = 0; index < row.candidates(m, s); index += 1) {
    asked.fill(0)
    asked[0] = code[0] ?? 0
    row.choose(m, index, asked)
    if (asked.every((value, at) => value === code[at]) && row.possible(m, s, asked)) return true
  }
  return false
}

/** Whether the plan of the step's vCPU stands at this very step, and the step can be taken now. */
function isPlansTurn(m: Machine, s: State, code: Code, row: Extract<Row, { by: 'plan' }>): boolean {
  const vcpu = code[arg.vcpu] ?? -1
  if (s.phase[vcpu] !== Phase.Running) return false
  const at = m.program.code[s.pc[vcpu] ?? -1]
  if (at === undefined || at.kind !== code[0]) return false
  const asked = [at.kind, vcpu, ...at.args.map((argument) => argument(m, s, vcpu))]
  return code.every((value, index) => value === (asked[index] ?? 0)) && row.ready?.(m, s, code) !== false
}

/** What a step answers, and the rule behind it. */
interface Done {
  readonly errno: ErrnoCode
  readonly rule: string | undefined
}

function take(m: Machine, s: State, code: Code): Done {
  const kind = code[0] ?? 0
  const row = rows[kind]
  if (row === undefined) throw new Error(`no row is numbered ${kind}`)
  m.event.clear()
  m.touched.clear()
  const fails = row.fails ?? []
  const { way, place } = failureOf(m, s, code, row, fails.length)
  if (way === undefined) row.apply(m, s, code)
  else {
    m.event.errno = way.errno
    m.event.cause = (firstFailing[kind] ?? 0) + place
  }
  const errno = way?.errno ?? (0 as ErrnoCode)
  if (row.by === 'plan') resume(m, s, code[arg.vcpu] ?? 0, errno, m.event.cause)
  return { errno, rule: way?.rule.id }
}

interface Way {
  readonly rule: { readonly id: string }
  readonly errno: ErrnoCode
}

/** What makes a step fail: what the environment has armed comes first, then the row's own ways in their order. */
function failureOf(m: Machine, s: State, code: Code, row: Row, count: number): { way: Way | undefined; place: number } {
  const vcpu = code[arg.vcpu] ?? 0
  const injected = row.by === 'plan' ? row.mayFail : undefined
  if (injected !== undefined && s.armed[vcpu] === injected.what && injected.on?.(m, s, code) !== false) {
    s.armed[vcpu] = 0
    return { way: injected, place: count }
  }
  const place = (row.fails ?? []).findIndex(({ when }) => when(m, s, code))
  return { way: row.fails?.[place], place }
}

/** Whether a clause of the property fails, at any page or as a whole. */
export const breaks = (m: Machine, s: State, property: Property): boolean =>
  breaksAfter(m, s, property) || breaksIn(m, s, property)

/** Whether a clause of the property fails at the last step itself. */
export const breaksAfter = (m: Machine, s: State, { clauses }: Property): boolean =>
  clauses.some((clause: Clause) => clause.holdsAfter?.(m, s) === false)

/** Whether a clause of the property fails in the state, whichever step led to it. */
export const breaksIn = (m: Machine, s: State, { clauses }: Property): boolean =>
  clauses.some((clause: Clause) => failsIn(m, s, clause))

function failsIn(m: Machine, s: State, { holdsAt, holdsIn }: Clause): boolean {
  if (holdsIn?.(m, s) === false) return true
  if (holdsAt === undefined) return false
  for (let gfn = 0; gfn < m.pages; gfn += 1) if (!holdsAt(m, s, gfn)) return true
  return false
}
