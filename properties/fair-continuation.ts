import { classSize, fairnessClasses, isInRound, owedBy } from '../model/actions/fairness.js'
import { rows } from '../model/actions/relation.js'
import type { Row } from '../model/actions/row.js'
import { candidate, nextStep, step } from '../model/actions/step.js'
import { codeLength } from '../model/machine/action.js'
import { hostIsAlive, someVcpuBusy } from '../model/machine/any-active.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { brokenEnd, endedWell } from './conversion-ends.js'
import { type RefusedCall, refusalText, refusedByLast, waitsOf } from './waits.js'

/** What hardware and the guest owe each other in a fair round, by class and then in the order of the relation. */
export const roundAmong = (among: readonly Row[]) =>
  fairnessClasses.flatMap((name) =>
    among.flatMap(({ by, fairness }, kind) =>
      by === 'environment' && owedBy(fairness) === name && isInRound(fairness) ? [{ kind, owedBy: name }] : [],
    ),
  )
const round = roundAmong(rows)
type Served = (typeof round)[number]

/** Rounds after which a conversion that has not ended is taken never to end. */
export const fairRounds = (m: Machine): number => 200 + m.perSuper * 60

/**
 * Continues all work under way in turn, and begins nothing new. It overwrites the state.
 *
 * @returns whether every conversion ended, with what it asked for or an error documented for its cause
 */
export function endsFairly(m: Machine, s: State, visit?: (a: Int32Array) => void): boolean {
  const a = new Int32Array(codeLength)
  for (let left = fairRounds(m); left > 0; left -= 1) {
    if (!someVcpuBusy(m, s) || !hostIsAlive(s)) return true
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1)
      if (nextStep(m, s, vcpu, a) && !take(m, s, a, visit)) return false
    for (const served of round) if (!serve(m, s, served, a, visit)) return false
  }
  return !someVcpuBusy(m, s)
}

/**
 * Why a fair continuation fails, in a sentence: how the conversion ends and which call fails before, or what each vCPU
 * waits for.
 *
 * @param s the state from which the run continues; it is used up
 */
export function unfairEndText(m: Machine, s: State): string {
  let last: Int32Array | undefined
  const refusals: RefusedCall[] = []
  const note = (): void => {
    const refused = last && refusedByLast(m, s, last)
    if (refused !== undefined) refusals.push(refused)
  }
  endsFairly(m, s, (a) => {
    note()
    last = a.slice()
  })
  note()
  const broken = brokenEnd(m, s).explain(m, s, -1)
  if (!endedWell(m, s)) return `${broken}${textOf(decisive(m, refusals))}`
  return `${broken}: ${waitsOf(m, s).join('; ')}${textOf(refusals.at(-1), '; the last failure')}`
}

const textOf = (refused: RefusedCall | undefined, before = ''): string =>
  refused === undefined ? '' : `${before}: ${refusalText(refused)}`

/** What a conversion is refused for: its undo may fail behind that, whatever comes of it. */
function decisive({ event: { endCause, vcpu } }: Machine, refusals: readonly RefusedCall[]): RefusedCall | undefined {
  if (endCause < 0) return refusals.at(-1)
  return refusals.find((refused) => refused.vcpu === vcpu && refused.cause === endCause)
}

/** Candidates beyond the size of a class differ in more than whose turn it is; a fair round does without. */
function serve(m: Machine, s: State, { kind, owedBy }: Served, a: Int32Array, visit?: (a: Int32Array) => void) {
  const size = classSize(m, owedBy)
  for (let index = 0; index < size; index += 1) {
    if (candidate(m, s, kind, index, a) && !take(m, s, a, visit)) return false
  }
  return true
}

function take(m: Machine, s: State, a: Int32Array, visit?: (a: Int32Array) => void): boolean {
  visit?.(a)
  step(m, s, a)
  return endedWell(m, s)
}
