import { must, ok } from '../base/result.js'
import { properties } from '../properties/index.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { allMachines, type Configured } from '../search/check/machines.js'
import { longestRun, runsIn, seedIn, shortestRun, smallBounds } from '../search/check/rounds.js'
import { smallFirst } from '../search/check/small-search.js'
import type { MachineConfigInput } from '../search/machine-config.js'
import { checkMachine, type Verdict } from '../search/verdict.js'
import { type Bug, planted } from './bug.js'
import { questionOf } from './hunt.js'

/** The machines on which `check` looks for a bug, in its order. */
export function machinesFor(bug: Bug): Configured[] {
  const names = properties.map(({ name }) => name)
  return allMachines(questionOf(bug, planted(bug), names))
}

export interface LookBounds {
  readonly seed: number
  readonly round: number
  /** None, if left out: then what is found depends on the seed alone. */
  readonly seconds?: number
}

/** As `check` looks at one machine in a round: the small search, then random runs. */
export function look(
  bug: Bug,
  setup: MachineConfigInput,
  asked: readonly string[],
  { seed, round, seconds }: LookBounds,
): readonly Verdict[] {
  const catalogue = withDesigns(planted(bug).design)
  const small = smallBounds(seconds ?? Number.POSITIVE_INFINITY, round)
  const bounds = { seed: seedIn(round, seed), runs: runsIn(round), length: longestRun, shortest: shortestRun }
  return must(
    smallFirst({ setup, properties: asked }, { small, catalogue }, (rest, _, taken) => {
      if (rest.length === 0) return ok([])
      const left = seconds === undefined ? {} : { seconds: seconds - taken }
      return checkMachine(setup, rest, { ...bounds, ...left }, catalogue)
    }),
  )
}

export interface FirstLook {
  readonly configuration: string
  /** Random runs up to then, on all machines; actions of the shrunk counterexample. */
  readonly runs: number
  readonly steps: number
}

/** Looks for the property that a bug breaks in the first round alone. @returns undefined if nothing shows it there */
export function firstLook(bug: Bug, seed: number): FirstLook | undefined {
  let runs = 0
  for (const { configuration, machine } of machinesFor(bug)) {
    if (!machine.properties.includes(bug.breaks)) continue
    const [verdict] = look(bug, machine.setup, [bug.breaks], { seed, round: 0 })
    runs += verdict?.runs ?? 0
    if (verdict?.verdict === 'violated') return { configuration, runs, steps: verdict.steps ?? 0 }
  }
  return undefined
}
