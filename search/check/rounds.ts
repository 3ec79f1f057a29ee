import type { SmallSearch } from '../exhaustive/small-search.js'
import { type ConfigurationName, leading } from './configurations.js'

/** One pass over all machines. */
interface Round {
  /** Distinct states of the small search before the random runs, at most. */
  readonly states: number
  /** Random runs on a machine, at most, and seconds: they matter for large machines, and in the last round. */
  readonly runs: number
  readonly seconds: number
}

/** Most faults show at a first look on some machine, so each gets a short one before any gets a long one. */
const rounds: readonly Round[] = [
  { states: 300, runs: 20, seconds: 0.5 },
  { states: 500, runs: 96, seconds: 1.5 },
  { states: 8000, runs: 512, seconds: 4 },
  { states: 40_000, runs: Number.MAX_SAFE_INTEGER, seconds: Number.POSITIVE_INFINITY },
]
const last = rounds.length - 1

/** Actions of the longest runs of `check`, unless told: room for several conversions. */
export const longestRun = 320
/** Half of the runs are as long as several conversions, or calls, and the DMA around them; the others are longer. */
export const shortestRun = 160

/** The part of a round's time that the plain machines have. */
const plainShare = 0.25
/** The small search has this part of a machine's time, and no more seconds than this. */
const small = { share: 0.4, seconds: 2 }
/** Run n of a search has the seed `seed + n`: each round has seeds of its own. */
const seedsPerRound = 10_000_019

interface Placed {
  readonly configuration: ConfigurationName
}

const leaders: ReadonlySet<string> = new Set(leading)

/** Which pass a search belongs to: the leading configurations are a round ahead of the others, up to the last. */
const passOf = ({ configuration, round }: InRound<Placed>): number =>
  Math.min(last, leaders.has(configuration) ? round : round + 1) + (round === last ? 1 : 0)

/** One search of a check: a machine in a round. */
export type InRound<Place extends Placed> = Place & { readonly round: number }

/** Every machine in every round, in the order in which they are searched. */
export function inRounds<Place extends Placed>(places: readonly Place[]): InRound<Place>[] {
  const all = rounds.flatMap((_, round) => places.map((place) => ({ ...place, round })))
  return all.sort((a, b) => passOf(a) - passOf(b) || b.round - a.round)
}

/** Random runs on a machine in a round, at most. */
export const runsIn = (round: number): number => rounds[round].runs

/** The seed of a round, a 32-bit integer: rounds do not share seeds of runs. */
export const seedIn = (round: number, seed: number): number => (seed + round * seedsPerRound) | 0

/**
 * Bounds of the small search on a machine that has so many seconds in all.
 *
 * @param round the last, if left out
 */
export const smallBounds = (seconds: number, round = last): SmallSearch => ({
  states: rounds[round].states,
  seconds: Math.min(small.seconds, seconds * small.share),
})

/** Shares the time that is left among the searches that are to come, so that what one leaves goes to the others. */
export class TimeShares {
  private readonly weights: readonly number[]

  constructor(private readonly searches: readonly InRound<Placed>[]) {
    const isPlain = ({ configuration }: Placed) => configuration === 'plain'
    const first = searches.filter(({ round }) => round === 0)
    const plain = first.filter(isPlain).length
    const others = first.length - plain
    this.weights = searches.map((one) => {
      if (plain === 0 || others === 0) return 1
      return isPlain(one) ? plainShare / plain : (1 - plainShare) / others
    })
  }

  /**
   * @param index of a search
   * @param left seconds that are left for it and for all that follow it
   * @returns seconds for it
   */
  secondsFor(index: number, left: number): number {
    const { searches, weights } = this
    const pass = passOf(searches[index])
    let rest = 0
    for (let at = index; at < searches.length && passOf(searches[at]) === pass; at += 1) rest += weights[at]
    return Math.min(rounds[searches[index].round].seconds, (Math.max(0, left) * weights[index]) / rest)
  }
}
