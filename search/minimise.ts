import { type Candidate, type DdminPosition, ddmin, simplifications, withoutChunks } from '../base/ddmin.js'
import { ok } from '../base/result.js'
import { places } from '../model/actions/places.js'
import { kindIndex, kinds, placesOf, rows } from '../model/actions/relation.js'
import { isEnabled, nextStep, step } from '../model/actions/step.js'
import { codeLength, decode, encode, lastFailure } from '../model/machine/action.js'
import type { Property } from '../properties/index.js'
import { withoutBegun } from './completed.js'
import { type Run, replay, type Simulator } from './simulator.js'

const arg = places('vcpu')
const failArg = places('vcpu', 'what')

/** Parameters whose values are names: all their uses change together, or the plan of a vCPU would fall apart. */
const names = ['vcpu', 'device'] as const

/**
 * The ways to make a run simpler, large ones first: without chunks of actions, then without single ones, then with
 * lower numbers. The actions of a candidate may not all be enabled.
 */
export function* simpler(simulator: Simulator, run: Run, from?: DdminPosition): Generator<Candidate<Int32Array>> {
  yield* withoutChunks(run, from)
  yield* simplifications(simplified(simulator, run))
}

interface Minimised {
  readonly run: Run
  readonly executions: number
}

/**
 * Shrinks a violating run until no single action can be left out, and no parameter lowered: delta debugging over
 * the actions themselves. An action that is no longer enabled falls away with what it needed.
 * Another call fails instead if that makes the run shorter. Then each action that is begun is left out, and the run
 * completed without it: as long as what is left shrinks to fewer actions.
 *
 * @returns a run that violates the property and is 1-minimal, and how many runs that took
 *
 * @example
 * const { run } = minimise(simulator, violation.run, violation.property)
 */
export function minimise(simulator: Simulator, run: Run, property: Property): Minimised {
  let best = shrunk(simulator, run, property)
  let executions = best.executions
  for (let isShorter = true; isShorter; ) {
    isShorter = false
    for (const fewer of withoutBegun(simulator, best.run)) {
      executions += 1
      const violation = violating(simulator, fewer, property)
      if (violation === undefined) continue
      const again = shrunk(simulator, violation, property)
      executions += again.executions
      isShorter = again.run.length < best.run.length
      if (!isShorter) continue
      best = again
      break
    }
  }
  return { run: best.run, executions }
}

/** What delta debugging leaves of a run. */
function shrunk(simulator: Simulator, run: Run, property: Property): Minimised {
  const shrinking = ddmin(violating(simulator, run, property) ?? run, (best, from) => simpler(simulator, best, from))
  let executions = 1
  let turn = shrinking.next()
  for (; turn.done !== true; executions += 1) turn = shrinking.next(violating(simulator, turn.value, property))
  return { run: turn.value, executions }
}

/** The actions of a run that were enabled, up to the violation; undefined if there is none. */
function violating(simulator: Simulator, run: Run, property: Property): Run | undefined {
  const { taken, failure } = replay(simulator, run, property)
  return failure === undefined ? undefined : taken
}

/** What is changed is tried as it stands, too: then steps of what is no longer asked for fall away. */
function* simplified(simulator: Simulator, run: Run): Generator<Run> {
  for (const changed of [...renamed(run), ...movedDown(simulator, run), ...lowered(run), ...laterPartOnly(run)]) {
    yield followed(simulator, changed)
    yield changed
  }
  for (const changed of failingOtherwise(run)) {
    const shorter = followed(simulator, changed)
    if (shorter.length < run.length) yield shorter
  }
}

/** By name: this one step is tried with other arguments, each of which is another failure. */
const failNext = kindIndex('host.fail-next')

/** Lets another call fail, there or earlier. */
function* failingOtherwise(run: Run): Generator<Run> {
  for (const [index, code] of run.entries()) {
    if (code[0] !== failNext) continue
    const others = run.toSpliced(index, 1)
    for (let at = index; at > 0; at -= 1) {
      for (let what = 1; what <= lastFailure; what += 1) yield others.toSpliced(at, 0, code.with(failArg.what, what))
    }
  }
}

/** Gives a vCPU, or a device, the lowest number that the run does not use. */
function* renamed(run: Run): Generator<Run> {
  for (const name of names) {
    const used = new Set(run.map((code) => Number(decode(kinds, code)[name] ?? -1)))
    const free = Array.from({ length: used.size }, (_, value) => value).find((value) => !used.has(value))
    if (free === undefined) continue
    for (const value of used) if (value > free) yield run.map((code) => rename(code, name, value, free))
  }
}

function rename(code: Int32Array, name: string, from: number, to: number): Int32Array {
  const action = decode(kinds, code)
  const changed = action[name] === from ? encode(kinds, { ...action, [name]: to }) : ok(code)
  return changed.ok ? changed.value : code
}

/** Moves all that the environment does to the superpage before. */
function* movedDown({ machine: m }: Simulator, run: Run): Generator<Run> {
  const pages = run.flatMap((code) => (pageAt(code) > 0 ? [code[pageAt(code)]] : []))
  if (pages.length === 0 || Math.min(...pages) < m.perSuper) return
  yield run.map((code) => (pageAt(code) > 0 ? code.with(pageAt(code), code[pageAt(code)] - m.perSuper) : code))
}

/** Where an action of the environment has its guest page; 0 if it names none. */
function pageAt(code: Int32Array): number {
  if (rows[code[0]].by === 'plan') return 0
  return gfnPlaces[code[0]] || iovfnPlaces[code[0]]
}

/** Where an action has the size of its range; 0 if it has none. */
const countAt = (code: Int32Array): number => countPlaces[code[0]]
const countPlaces = placesOf('count')
const gfnPlaces = placesOf('gfn')
const iovfnPlaces = placesOf('iovfn')

/** Lowers one number of one action of the environment: to 0, else to half. */
function* lowered(run: Run): Generator<Run> {
  for (const [index, code] of run.entries()) {
    if (rows[code[0]].by === 'plan') continue
    for (let at = 1; at < code.length; at += 1) {
      const value = code[at]
      for (const smaller of value > 1 ? [0, value >> 1] : value === 1 ? [0] : []) {
        yield run.with(index, code.with(at, smaller))
      }
    }
  }
}

/** Asks for the second half of a range, or its last page, in the place of the whole: page and size change together. */
function* laterPartOnly(run: Run): Generator<Run> {
  for (const [index, code] of run.entries()) {
    const [page, count] = [pageAt(code), countAt(code)]
    if (page === 0 || count === 0) continue
    for (const size of new Set([code[count] >> 1, 1])) {
      if (size === 0 || size >= code[count]) continue
      yield run.with(index, code.with(page, code[page] + code[count] - size).with(count, size))
    }
  }
}

/** The same run with its plans' steps as they are now that the environment asks for something else. */
function followed(simulator: Simulator, run: Run): Run {
  const { machine: m, state: s } = simulator
  const scratch = new Int32Array(codeLength)
  const taken: Int32Array[] = []
  simulator.reset()
  for (const code of run) {
    const byPlan = rows[code[0]].by === 'plan'
    if (byPlan ? !nextStep(m, s, code[arg.vcpu], scratch) || scratch[0] !== code[0] : !isEnabled(m, s, code, scratch))
      continue
    taken.push(byPlan ? scratch.slice() : code)
    step(m, s, taken[taken.length - 1])
  }
  return taken
}
