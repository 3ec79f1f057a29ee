import type { ScopeInput } from '../../model/machine/scope.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { architectureProofs } from '../../search/compare/architectures.js'
import { type MatrixProof, proofs } from '../../search/compare/exhaustive-matrix.js'
import { cells } from '../../search/compare/matrix.js'
import { withSizes } from '../../search/compare/proof-scopes.js'
import { ProofTimes, weightOf } from '../../search/compare/time-shares.js'
import type { Exhaustive, Job } from '../../search/jobs/job.js'
import { runLength } from '../options/values.js'
import type { CompareOptions } from './options.js'

/** The searches of a comparison. */
export interface ComparePlan {
  readonly jobs: readonly Job[]
  /** By job, what it asks where it is not one of the plain matrix. */
  readonly asks: readonly (string | undefined)[]
  /** Seconds for the whole, if there is a bound of all. */
  readonly seconds?: number | undefined
}

export interface PlanOptions extends CompareOptions {
  readonly freeBytes: number
}

/** Seconds of a whole table of proofs, of that of architectures, and of one machine of `--exhaustive`. */
const defaultSeconds = { table: 60, architectures: 300, machine: 300 }
/** The share of free memory that states may take by default. */
const memoryShare = 0.6

/** The jobs of a comparison, with their bounds. @param names of designs; if there are none, all that are compared */
export function comparisonPlan(
  names: readonly string[],
  wanted: ScopeInput,
  options: PlanOptions,
  catalogue: Catalogue,
): ComparePlan {
  if (options.random === true) return drawn(names, options, catalogue)
  const isLong = options.exhaustive === true
  const all =
    options.architectures === true
      ? architectureProofs(names, catalogue, wanted)
      : proofs(names, catalogue, isLong ? undefined : withSizes(wanted))
  const weights = all.map(weightOf)
  const bounds = { ...boundsOf(options), draws: isLong, per: isLong ? 'search' : 'job' } as const
  const seconds = options.time ?? secondsOf(options)
  const jobs = all.map((proof, index) => ({
    ...jobOf(proof, options),
    exhaustive: { ...bounds, seconds, platforms: proof.platforms },
    weight: weights[index] ?? 1,
  }))
  return {
    jobs,
    asks: all.map(({ asks }) => asks),
    seconds: isLong ? undefined : seconds,
  }
}

function secondsOf({ exhaustive, architectures }: CompareOptions): number {
  if (exhaustive === true) return defaultSeconds.machine
  return architectures === true ? defaultSeconds.architectures : defaultSeconds.table
}

function drawn(names: readonly string[], options: PlanOptions, catalogue: Catalogue): ComparePlan {
  const all = cells(catalogue).filter(({ setup }) => names.length === 0 || names.includes(setup.design))
  return { jobs: all.map((cell) => jobOf(cell, options)), asks: all.map(({ asks }) => asks) }
}

const jobOf = ({ setup, properties, effort }: Omit<MatrixProof, 'platforms'>, { seed, runs }: PlanOptions): Job => ({
  setup,
  properties,
  options: { seed, runs: runs * effort, length: runLength },
})

/** What each machine may take, with as many at once as there are threads. */
function boundsOf({ freeBytes, memory = freeBytes * memoryShare, jobs, states }: PlanOptions) {
  return { memoryBytes: Math.floor(memory / Math.max(1, jobs)), ...(states === undefined ? {} : { states }) }
}

/** Divides a bound of seconds among jobs. @returns what sets a job's bound when its turn comes; undefined for none */
export function inTime(
  jobs: readonly Job[],
  seconds: number | undefined,
  threads: number,
): ((index: number, job: Job) => Job) | undefined {
  if (seconds === undefined) return undefined
  const weights = jobs.map(({ weight = 1 }) => weight)
  const times = new ProofTimes(weights, seconds, Math.max(1, threads))
  const within = (exhaustive: Exhaustive, index: number) => ({ ...exhaustive, seconds: times.secondsFor(index) })
  return (index, job) => ({
    ...job,
    ...(job.exhaustive === undefined ? {} : { exhaustive: within(job.exhaustive, index) }),
  })
}
