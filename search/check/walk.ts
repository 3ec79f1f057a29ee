import { ok, type Result } from '../../base/result.js'
import { type SmallSearch, smallFirst, smallSetup } from '../exhaustive/small-search.js'
import { setupText } from '../machine-config.js'
import { checkMachine, type Verdict } from '../verdict.js'
import { type CheckedMachine, type Configured, catalogueOf, type DesignQuestion, otherMachines } from './machines.js'

/** A violation, and the name of the configuration in which it was found. */
export interface Elsewhere {
  readonly configuration: string
  readonly verdict: Verdict
}

export interface WalkOptions {
  readonly seed: number
  /** Random runs on each machine. */
  readonly runs: number
  /** Actions of a run, at most. */
  readonly length: number
  readonly small: SmallSearch
  /** For all machines together; no bound, if left out. */
  readonly seconds?: number
}

/**
 * Searches every configuration but the plain one, in this thread, for what no earlier one violates. The design need not
 * be in the catalogue.
 *
 * @returns the first violation of each property, by its name
 */
export function walkConfigurations(
  question: DesignQuestion,
  options: WalkOptions,
): Result<ReadonlyMap<string, Elsewhere>> {
  const walked = walk(question, otherMachines(question), options)
  if (!walked.ok) return walked
  const all = walked.value.flatMap(({ configuration, verdicts }) =>
    verdicts.map((verdict) => ({ configuration, verdict })),
  )
  const violated = all.filter(({ verdict }) => verdict.verdict === 'violated')
  return ok(new Map(violated.map((one) => [one.verdict.property, one])))
}

/** What was said of one machine of a walk. */
export interface Walked {
  readonly configuration: string
  readonly verdicts: readonly Verdict[]
}

/** Searches machines one after the other, in this thread, each for what no earlier one violates. */
export function walk(
  question: DesignQuestion,
  machines: readonly Configured[],
  options: WalkOptions,
): Result<readonly Walked[]> {
  const walked: Walked[] = []
  const violated = new Set<string>()
  const began = performance.now()
  for (const [index, { configuration, machine }] of machines.entries()) {
    const open = machine.properties.filter((name) => !violated.has(name))
    if (open.length === 0) continue
    const { seconds = Number.POSITIVE_INFINITY } = options
    const left = seconds - (performance.now() - began) / 1000
    if (left <= 0) break
    const judged = judge(question, { ...machine, properties: open }, within(options, left / (machines.length - index)))
    if (!judged.ok) return judged
    for (const { property, verdict } of judged.value) if (verdict === 'violated') violated.add(property)
    walked.push({ configuration, verdicts: judged.value })
  }
  return ok(walked)
}

/** The same bounds for one machine, half of whose time is for its search of states. */
function within(options: WalkOptions, seconds: number): WalkOptions {
  if (!Number.isFinite(seconds)) return options
  const { small } = options
  return { ...options, seconds: seconds / 2, small: { ...small, seconds: Math.min(small.seconds, seconds / 2) } }
}

/** The machines of a walk, as `setupText` writes them: those of the configurations, and their small ones. */
export const walkedSetups = (question: DesignQuestion): ReadonlySet<string> =>
  new Set(otherMachines(question).flatMap(({ machine: { setup } }) => [setup, smallSetup(setup)].map(setupText)))

function judge(
  question: DesignQuestion,
  machine: CheckedMachine,
  { small, ...options }: WalkOptions,
): Result<readonly Verdict[]> {
  const catalogue = catalogueOf(question)
  return smallFirst(machine, { small, catalogue }, (rest) =>
    checkMachine(machine.setup, rest, { ...options, shorten: 1 }, catalogue),
  )
}
