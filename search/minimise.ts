import { decode, encode } from '../model/action.js'
import { kinds } from '../model/relation.js'
import type { Property } from '../properties/index.js'
import { type Bench, type Run, replay } from './run.js'

/** Where shrinking stands: chunks of `size` actions are left out, and those that end after `end` have been tried. */
export interface Place {
  readonly size: number
  readonly end: number
}

/** A run with less in it, and where to go on if it will do. Its actions may not all be enabled. */
export interface Candidate {
  readonly run: Run
  readonly next: Place
}

/** Parameters whose values are names: all their uses change together, or the plan of a vCPU would fall apart. */
const names = ['vcpu', 'device'] as const

/**
 * The ways to make a run simpler, large ones first: chunks of actions left out, then single ones, then numbers
 * lowered. Whoever takes a candidate goes on with its successors; who has tried all of them has a 1-minimal run.
 */
export function* simpler(run: Run, from?: Place): Generator<Candidate> {
  const start = Math.max(1, Math.min(from?.size ?? run.length, run.length >> 1))
  const end = Math.min(from?.end ?? run.length, run.length)
  for (let size = start; size > 1; size >>= 1) yield* withoutChunk(run, size, size === start ? end : run.length, 0)
  const last = start === 1 ? end : run.length
  yield* withoutChunk(run, 1, last, 0)
  yield* withoutChunk(run, 1, run.length, last)
  yield* renamed(run)
  yield* lowered(run)
}

/**
 * Shrinks a violating run until no single action can be left out, and no parameter lowered: delta debugging over
 * the actions themselves. An action that is no longer enabled falls away with what it needed.
 *
 * @returns a run that violates the property and is 1-minimal, and how many runs that took
 */
export function minimise(bench: Bench, run: Run, property: Property): { run: Run; executions: number } {
  let best = violating(bench, run, property) ?? run
  let from: Place | undefined
  let executions = 1
  for (let goesOn = true; goesOn; ) {
    goesOn = false
    for (const candidate of simpler(best, from)) {
      executions += 1
      const shorter = violating(bench, candidate.run, property)
      if (shorter === undefined) continue
      best = shorter
      from = candidate.next
      goesOn = true
      break
    }
  }
  return { run: best, executions }
}

/** The actions of a run that were enabled, up to the violation; undefined if there is none. */
function violating(bench: Bench, run: Run, property: Property): Run | undefined {
  const { taken, failure } = replay(bench, run, property)
  return failure === undefined ? undefined : taken
}

/** Leaves out `size` actions at a time, last first: those that end at `from`, down to those that end after `to`. */
function* withoutChunk(run: Run, size: number, from: number, to: number): Generator<Candidate> {
  for (let end = from; end > to; end -= size) {
    const first = Math.max(0, end - size)
    yield { run: [...run.slice(0, first), ...run.slice(end)], next: { size, end: first } }
  }
}

/** Gives a vCPU, or a device, the lowest number that the run does not use. */
function* renamed(run: Run): Generator<Candidate> {
  const next = { size: 1, end: run.length }
  for (const name of names) {
    const used = new Set(run.map((code) => Number(decode(kinds, code)[name] ?? -1)))
    const free = Array.from({ length: used.size }, (_, value) => value).find((value) => !used.has(value))
    if (free === undefined) continue
    for (const value of used) {
      if (value > free) yield { run: run.map((code) => rename(code, name, value, free)), next }
    }
  }
}

function rename(code: Int32Array, name: string, from: number, to: number): Int32Array {
  const action = decode(kinds, code)
  const changed = action[name] === from ? encode(kinds, { ...action, [name]: to }) : code
  return typeof changed === 'string' ? code : changed
}

/** Lowers one number of one action: to 0, else to half. */
function* lowered(run: Run): Generator<Candidate> {
  const next = { size: 1, end: run.length }
  for (const [index, action] of run.entries()) {
    for (let parameter = 1; parameter < action.length; parameter += 1) {
      const value = action[parameter]
      for (const smaller of value > 1 ? [0, value >> 1] : value === 1 ? [0] : []) {
        const changed = action.slice()
        changed[parameter] = smaller
        yield { run: run.with(index, changed), next }
      }
    }
  }
}
