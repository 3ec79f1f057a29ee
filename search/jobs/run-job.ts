import { ok, type Result, refuse } from '../../base/result.js'
import { ReusedMemory } from '../../checker/memory/reused-memory.js'
import { capacityFor } from '../../checker/memory/store-memory.js'
import { isOutOfMemory } from '../../checker/out-of-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import { provePlatforms } from '../exhaustive/platforms.js'
import { type SmallSearch, smallFirst } from '../exhaustive/small-search.js'
import type { Verdict } from '../verdict.js'
import { BatchedSearch } from './batches.js'
import { drawAgainst, sharesOfRuns } from './draws.js'
import type { Exhaustive, Job, JobWatch } from './job.js'

/**
 * Carries out a job. A scope that does not fit in memory is refused: the user can ask for a smaller one.
 *
 * @throws any other error of the search: a bug of dmaproof
 */
export function runJob(job: Job, watch: JobWatch, catalogue: Catalogue): Result<readonly Verdict[]> {
  try {
    if (job.exhaustive !== undefined) return prove(job, job.exhaustive, watch, catalogue)
    if (job.small !== undefined) return drawAfter(job, job.small, watch, catalogue)
    return new BatchedSearch(job, watch, catalogue).answer()
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    return refuse(`scope: a machine of ${job.setup.scope.pages} pages does not fit in memory; ask for fewer`)
  }
}

function drawAfter(job: Job, small: SmallSearch, watch: JobWatch, catalogue: Catalogue): Result<readonly Verdict[]> {
  const { seed, seconds, ...bounds } = job.options
  /** A search of states has no seed of its own. */
  const ofJob = (verdict: Verdict): Verdict => (verdict.states === undefined ? verdict : { ...verdict, seed })
  const found = smallFirst(job, { small, catalogue }, (properties, sure, taken) => {
    if (sure.length > 0) watch.onFound(sure.map(ofJob))
    const left = seconds === undefined ? {} : { seconds: Math.max(0, seconds - taken) }
    const rest = { ...job, options: { seed, ...bounds, ...left }, properties }
    return new BatchedSearch(rest, watch, catalogue).answer()
  })
  return found.ok ? ok(found.value.map(ofJob)) : found
}

/** Of this thread, whose searches follow each other. */
const searchMemory = new ReusedMemory()

function prove(
  job: Job,
  { platforms, seconds, per, memoryBytes, states = Number.POSITIVE_INFINITY, draws }: Exhaustive,
  watch: JobWatch,
  catalogue: Catalogue,
): Result<readonly Verdict[]> {
  const memory = (packing: Packing, maxStates: number) =>
    searchMemory.take(packing, capacityFor(packing.stride, memoryBytes, Math.min(states, maxStates)))
  const began = performance.now()
  const secondsFor = () => (per === 'search' ? seconds : Math.max(0, seconds - (performance.now() - began) / 1000))
  const found = provePlatforms(job.setup, platforms, job.properties, memory, { secondsFor, catalogue })
  if (!found.ok) return found
  const proved = found.value.flatMap(({ verdicts }) => verdicts)
  if (!draws) return ok(proved.map(openAsNoneFound))
  for (const [index, share] of sharesOfRuns(job.options, found.value).entries()) {
    const platform = platforms[index] ?? job.setup.platform
    const held = found.value[index]?.verdicts.filter(({ verdict }) => verdict === 'held') ?? []
    const drawing = { ...job, options: { ...job.options, ...share }, setup: { ...job.setup, platform } }
    const drawn = drawAgainst(drawing, held, watch, catalogue)
    if (!drawn.ok) return drawn
  }
  return ok(proved)
}

/** A search that was cut short found nothing in what it saw. */
const openAsNoneFound = (verdict: Verdict): Verdict =>
  verdict.verdict === 'inconclusive' ? { ...verdict, verdict: 'none-found' } : verdict
