import { isOutOfMemory } from '../../checker/out-of-memory.js'
import { capacityFor, makeOwnMemory } from '../../checker/state-store.js'
import { judgePlatforms } from '../exhaustive/platforms.js'
import type { Verdict } from '../verdict.js'
import { BatchedSearch } from './batches.js'
import type { Exhaustive, Job, JobAnswer, JobWatch } from './job.js'

/** Carries out a job. A scope that does not fit in memory is a message: the user can ask for a smaller one. */
export function runJob(job: Job, watch: JobWatch): JobAnswer {
  try {
    return job.exhaustive === undefined ? new BatchedSearch(job, watch).answer() : prove(job, job.exhaustive, watch)
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    return { message: `scope: a machine of ${job.setup.scope.pages} pages does not fit in memory; ask for fewer` }
  }
}

function prove(job: Job, { platforms, seconds, memoryBytes }: Exhaustive, watch: JobWatch): JobAnswer {
  const memory = (words: number, maxStates: number) => makeOwnMemory(words, capacityFor(words, memoryBytes, maxStates))
  const proved = judgePlatforms(job.setup, platforms, job.properties, memory, { seconds })
  if ('message' in proved) return { message: proved.message }
  for (const platform of platforms) {
    const held = proved.filter((verdict) => verdict.platform === platform && verdict.verdict === 'held')
    const message = drawAgainst({ ...job, setup: { ...job.setup, platform } }, held, watch)
    if (message !== undefined) return { message }
  }
  return { verdicts: proved }
}

/**
 * Draws runs against what a search of all states holds.
 *
 * @returns why it could not
 * @throws Error if a run violates what holds: one of the two searches is wrong
 */
function drawAgainst(job: Job, held: readonly Verdict[], watch: JobWatch): string | undefined {
  if (held.length === 0) return undefined
  const drawn = new BatchedSearch({ ...job, properties: held.map(({ property }) => property) }, watch).answer()
  if ('message' in drawn) return drawn.message
  const against = drawn.verdicts.find(({ verdict }) => verdict === 'violated')
  if (against === undefined) return undefined
  const { design, driver, platform } = job.setup
  throw new Error(
    `${design} ${driver} ${platform}: ${against.property} holds in every state that the exhaustive search saw, but ` +
      `run ${against.seed} of ${against.steps} actions violates it: ${against.why}`,
  )
}
