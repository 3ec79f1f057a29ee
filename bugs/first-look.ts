import { must, ok } from '../base/result.js'
import { properties } from '../properties/index.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { allMachines, type Configured } from '../search/check/machines.js'
import { inRounds, longestRun, runsIn, seedIn, shortestRun, smallBounds } from '../search/check/rounds.js'
import { smallFirst } from '../search/exhaustive/small-search.js'
import type { MachineConfigInput } from '../search/machine-config.js'
import { checkMachine, type Verdict } from '../search/verdict.js'
import { type Bug, planted } from './bug.js'
import { huntQuestion } from './hunt.js'

/** The machines on which `check` looks for a bug, in its order. */
export function machinesFor(bug: Bug): Configured[] {
  const names = properties.map(({ name }) => name)
  return allMachines(huntQuestion(bug, planted(bug), names))
}

export interface LookBounds {
  readonly seed: number
  readonly round: number
  /** None, if left out: then what is found depends on the seed alone. */
  readonly seconds?: number
  /** As in `JudgeOptions`. */
  readonly shorten?: number
  readonly shortenStates?: number
}

/** As `check` looks at one machine in a round: the small search, then random runs. */
export function lookFirst(
  bug: Bug,
  setup: MachineConfigInput,
  asked: readonly string[],
  { seed, round, seconds, ...shortening }: LookBounds,
): readonly Verdict[] {
  const catalogue = withDesigns(planted(bug).design)
  const small = smallBounds(seconds ?? Number.POSITIVE_INFINITY, round)
  const lengths = { length: longestRun, shortest: shortestRun }
  const bounds = { seed: seedIn(round, seed), runs: runsIn(round), ...lengths, ...shortening }
  return must(
    smallFirst({ setup, properties: asked }, { small, catalogue }, (rest, _, taken) => {
      if (rest.length === 0) return ok([])
      const left = seconds === undefined ? {} : { seconds: seconds - taken }
      return checkMachine(setup, rest, { ...bounds, ...left }, catalogue)
    }),
  )
}

/** The seed of what docs/museum.txt pins. */
export const pinnedSeed = 1

export interface FirstFound {
  readonly configuration: string
  /** Random runs up to then, on all machines. */
  readonly runs: number
  readonly verdict: Verdict
}

/** The bound of states is met long before that of time, so that the same is found on every machine. */
const shortening = { shorten: 20, shortenStates: 30_000 }

/**
 * Looks for the property that a bug breaks as `check` does, in all rounds but the last, which has no bound of runs.
 *
 * @returns what depends on the seed alone
 */
export function find(bug: Bug, seed: number): FirstFound | undefined {
  let runs = 0
  for (const { configuration, machine, round } of inRounds(machinesFor(bug))) {
    if (!machine.properties.includes(bug.breaks) || runsIn(round) === Number.MAX_SAFE_INTEGER) continue
    const [verdict] = lookFirst(bug, machine.setup, [bug.breaks], { seed, round, ...shortening })
    runs += verdict?.runs ?? 0
    if (verdict?.verdict === 'violated') return { configuration, runs, verdict }
  }
  return undefined
}
