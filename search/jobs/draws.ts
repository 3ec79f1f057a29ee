import { ok, type Result } from '../../base/result.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import type { PlatformProof } from '../exhaustive/platforms.js'
import type { Verdict } from '../verdict.js'
import { BatchedSearch } from './batches.js'
import type { Job, JobWatch } from './job.js'

type Runs = Pick<Job['options'], 'seed' | 'runs'>

/**
 * Divides the runs that are drawn against a search among the platforms of which it is said to speak. On platforms that
 * answer alike, runs of one seed are the same run: each of them has seeds of its own.
 *
 * @returns by platform
 */
export function sharesOfRuns({ seed, runs }: Runs, proofs: readonly Pick<PlatformProof, 'searchedOn'>[]): Runs[] {
  return proofs.map(({ searchedOn }, index) => {
    const isOfSearch = (other: Pick<PlatformProof, 'searchedOn'>) => other.searchedOn === searchedOn
    const each = Math.ceil(runs / proofs.filter(isOfSearch).length)
    return { seed: seed + each * proofs.slice(0, index).filter(isOfSearch).length, runs: each }
  })
}

/**
 * Draws runs against what a search of all states holds.
 *
 * @returns what was drawn
 * @throws Error if a run violates what holds: one of the two searches is wrong
 */
export function drawAgainst(
  job: Job,
  held: readonly Verdict[],
  watch: JobWatch,
  catalogue: Catalogue,
): Result<readonly Verdict[]> {
  if (held.length === 0) return ok([])
  const again = { ...job, properties: held.map(({ property }) => property) }
  const drawn = new BatchedSearch(again, watch, catalogue).answer()
  if (!drawn.ok) return drawn
  const against = drawn.value.find(({ verdict }) => verdict === 'violated')
  if (against === undefined) return drawn
  const { design, driver, platform } = job.setup
  throw new Error(
    `${design} ${driver} ${platform}: ${against.property} holds in every state that the exhaustive search saw, but ` +
      `run ${against.seed} of ${against.steps} actions violates it: ${against.why}`,
  )
}
