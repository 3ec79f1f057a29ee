import { ok, type Result, refuse } from '../../base/result.js'
import { isOutOfMemory } from '../../checker/out-of-memory.js'
import { capacityFor, makeOwnMemory } from '../../checker/state-store.js'
import { type SmallSearch, searchSmall } from '../check/small-search.js'
import { judgePlatforms } from '../exhaustive/platforms.js'
import type { Verdict } from '../verdict.js'
import { BatchedSearch } from './batches.js'
import type { Exhaustive, Job, JobWatch } from './job.js'

/** Carries out a job. A scope that does not fit in memory is refused: the user can ask for a smaller one. */
export function runJob(job: Job, watch: JobWatch): Result<readonly Verdict[]> {
  try {
    if (job.exhaustive !== undefined) return prove(job, job.exhaustive, watch)
    return job.small === undefined ? new BatchedSearch(job, watch).answer() : smallFirst(job, job.small, watch)
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    return refuse(`scope: a machine of ${job.setup.scope.pages} pages does not fit in memory; ask for fewer`)
  }
}

/** Searches the small machine first, and draws runs against what that does not violate. */
function smallFirst(job: Job, small: SmallSearch, watch: JobWatch): Result<readonly Verdict[]> {
  const began = performance.now()
  const found = searchSmall(job.setup, job.properties, small)
  if (!found.ok) return found
  const violations = found.value.map((verdict) => ({ ...verdict, seed: job.options.seed }))
  if (violations.length > 0) watch.onFound(violations)
  const violated = new Set(violations.map(({ property }) => property))
  const rest = job.properties.filter((name) => !violated.has(name))
  const { seconds, ...bounds } = job.options
  const left = seconds === undefined ? {} : { seconds: Math.max(0, seconds - (performance.now() - began) / 1000) }
  const drawn = new BatchedSearch({ ...job, options: { ...bounds, ...left }, properties: rest }, watch).answer()
  if (!drawn.ok) return drawn
  const all = [...violations, ...drawn.value]
  return ok(job.properties.flatMap((name) => all.find(({ property }) => property === name) ?? []))
}

function prove(job: Job, { platforms, seconds, memoryBytes }: Exhaustive, watch: JobWatch): Result<readonly Verdict[]> {
  const memory = (words: number, maxStates: number) => makeOwnMemory(words, capacityFor(words, memoryBytes, maxStates))
  const proved = judgePlatforms(job.setup, platforms, job.properties, memory, { seconds })
  if (!proved.ok) return proved
  for (const platform of platforms) {
    const held = proved.value.filter((verdict) => verdict.platform === platform && verdict.verdict === 'held')
    const drawn = drawAgainst({ ...job, setup: { ...job.setup, platform } }, held, watch)
    if (!drawn.ok) return drawn
  }
  return proved
}

/**
 * Draws runs against what a search of all states holds.
 *
 * @returns what was drawn
 * @throws Error if a run violates what holds: one of the two searches is wrong
 */
function drawAgainst(job: Job, held: readonly Verdict[], watch: JobWatch): Result<readonly Verdict[]> {
  if (held.length === 0) return ok([])
  const drawn = new BatchedSearch({ ...job, properties: held.map(({ property }) => property) }, watch).answer()
  if (!drawn.ok) return drawn
  const against = drawn.value.find(({ verdict }) => verdict === 'violated')
  if (against === undefined) return drawn
  const { design, driver, platform } = job.setup
  throw new Error(
    `${design} ${driver} ${platform}: ${against.property} holds in every state that the exhaustive search saw, but ` +
      `run ${against.seed} of ${against.steps} actions violates it: ${against.why}`,
  )
}
