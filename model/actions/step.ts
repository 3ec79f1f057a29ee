import { type Action, type Code, codeLength, decode } from '../machine/action.js'
import { hostIsAlive } from '../machine/any-active.js'
import type { Machine } from '../machine/machine.js'
import { Phase, type State } from '../machine/state.js'
import type { ErrnoCode, VcpuId } from '../machine/units.js'
import { resume } from '../plan/interpreter.js'
import { places } from './places.js'
import { firstFailing, kinds, rows } from './relation.js'
import type { EnvironmentRow, PlanRow, Row } from './row.js'

/** Of the steps of plans, all of which have their vCPU first. */
const arg = places('vcpu')

/**
 * Takes one enabled action, in place. Total and deterministic: all choice lies in which action is taken.
 * What happened beyond the state is in `m.event`, and the pages that may have changed are in `m.touched`.
 *
 * @returns the errno or status of the step; 0 for success
 */
export function step(m: Machine, s: State, a: Code, coverage = m.coverage): ErrnoCode {
  const errno = force(m, s, a, coverage)
  if (rows[a[0]].by === 'plan') resume(m, s, a[arg.vcpu], errno, m.event.cause)
  return errno
}

/**
 * Takes a step that no plan is about to take: checks and effect of its row alone. What happened is in `m.event`.
 *
 * @returns the errno or status of the step; 0 for success
 */
export function force(m: Machine, s: State, a: Code, coverage = m.coverage): ErrnoCode {
  m.event.clear()
  m.touched.clear()
  const row = rows[a[0]]
  const errno = outcome(m, s, a, row)
  coverage?.note(a[0], errno === 0 ? -1 : m.event.cause)
  if (errno === 0) row.apply(m, s, a)
  return errno
}

function outcome(m: Machine, s: State, a: Code, row: Row): ErrnoCode {
  if (row.by === 'plan' && row.mayFail !== undefined && s.armed.length > 0) {
    const { what, errno } = row.mayFail
    if (s.armed[a[arg.vcpu]] === what && (row.mayFail.on === undefined || row.mayFail.on(m, s, a))) {
      s.armed[a[arg.vcpu]] = 0
      return fail(m, firstFailing[a[0]] + (row.fails?.length ?? 0), errno)
    }
  }
  if (row.fails === undefined) return 0
  for (let index = 0; index < row.fails.length; index += 1) {
    const way = row.fails[index]
    if (way.when(m, s, a)) return fail(m, firstFailing[a[0]] + index, way.errno)
  }
  return 0
}

function fail(m: Machine, cause: number, errno: ErrnoCode): ErrnoCode {
  m.event.errno = errno
  m.event.cause = cause
  return errno
}

/** Writes a running plan's next step into the code. @returns whether it can be taken now */
export function nextStep(m: Machine, s: State, vcpu: VcpuId, a: Code): boolean {
  if (s.phase[vcpu] !== Phase.Running) return false
  const instr = m.program.code[s.pc[vcpu]]
  a[0] = instr.kind
  a[arg.vcpu] = vcpu
  for (let index = 0; index < instr.args.length; index += 1) a[index + 2] = instr.args[index](m, s, vcpu)
  for (let index = instr.args.length + 2; index < codeLength; index += 1) a[index] = 0
  const row = rows[instr.kind] as PlanRow
  return row.ready === undefined || row.ready(m, s, a)
}

/** Writes candidate `index` of an environment row into the code. @returns whether it is enabled */
export function candidate(m: Machine, s: State, kind: number, index: number, a: Code): boolean {
  const row = rows[kind]
  if (row.by !== 'environment') return false
  clear(a, kind)
  row.choose(m, index, a)
  return row.possible(m, s, a)
}

function clear(a: Code, kind: number): void {
  a[0] = kind
  for (let index = 1; index < codeLength; index += 1) a[index] = 0
}

/**
 * The candidates of a machine's environment as codes. An exhaustive search asks the same ones in each state, so each is
 * written once. Neither a row nor a visitor changes a code.
 */
export class CandidateCodes {
  private readonly codes: readonly Code[][]

  constructor(private readonly m: Machine) {
    this.codes = m.environment.map(() => [])
  }

  /** @param at which kind of `m.environment` */
  code(at: number, index: number): Code {
    const written = this.codes[at]
    return index < written.length ? written[index] : this.write(at, index)
  }

  private write(at: number, index: number): Code {
    const { m } = this
    const written = this.codes[at]
    while (written.length <= index) {
      const code = new Int32Array(codeLength)
      code[0] = m.environment[at]
      chosen(m, environmentRowOf(code[0]), written.length, code)
      written.push(code)
    }
    return written[index]
  }
}

const environmentRowOf = (kind: number): EnvironmentRow => rows[kind] as EnvironmentRow

function chosen(m: Machine, row: EnvironmentRow, index: number, a: Code): Code {
  row.choose(m, index, a)
  return a
}

/**
 * Visits every enabled action in a fixed order: the running plans by vCPU, then the environment's rows. The visitor
 * may do with the state what it likes, if it puts it back, and leaves the code as it is.
 *
 * @param codes of the candidates, where the caller keeps them; else each is written into `a`
 */
export function forEachEnabled(m: Machine, s: State, a: Code, visit: (a: Code) => void, codes?: CandidateCodes): void {
  if (!hostIsAlive(s)) return
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (nextStep(m, s, vcpu, a)) visit(a)
  for (let at = 0; at < m.environment.length; at += 1) {
    const row = environmentRowOf(m.environment[at])
    const count = row.candidates(m, s)
    if (count === 0) continue
    if (codes === undefined) clear(a, m.environment[at])
    for (let index = 0; index < count; index += 1) {
      const code = codes === undefined ? chosen(m, row, index, a) : codes.code(at, index)
      if (row.possible(m, s, code)) visit(code)
    }
  }
}

/** Every action that the environment or a running plan can take next, as plain data. */
export function enabled(m: Machine, s: State): Action[] {
  const list: Action[] = []
  forEachEnabled(m, s, new Int32Array(codeLength), (a) => list.push(decode(kinds, a)))
  return list
}

/** Whether the action, as a code, is enabled: what a row needs of a machine counts too. */
export function isEnabled(m: Machine, s: State, a: Code, scratch: Code): boolean {
  if (!hostIsAlive(s)) return false
  const row = rows[a[0]]
  if (row.by === 'environment') return m.environment.includes(a[0]) && isCandidate(m, s, a, scratch, row)
  const vcpu = a[arg.vcpu]
  return vcpu >= 0 && vcpu < m.scope.vcpus && nextStep(m, s, vcpu, scratch) && same(a, scratch)
}

function isCandidate(m: Machine, s: State, a: Code, scratch: Code, row: Extract<Row, { by: 'environment' }>): boolean {
  const count = row.candidates(m, s)
  for (let index = 0; index < count; index += 1) {
    clear(scratch, a[0])
    row.choose(m, index, scratch)
    if (same(a, scratch)) return row.possible(m, s, a)
  }
  return false
}

function same(a: Code, b: Code): boolean {
  for (let index = 0; index < codeLength; index += 1) if (a[index] !== b[index]) return false
  return true
}
