import { Worker } from 'node:worker_threads'
import { Stop } from '../../checker/barrier.js'
import { isOutOfMemory } from '../../checker/out-of-memory.js'
import type { Explored } from '../../checker/result.js'
import type { Verdict } from '../verdict.js'
import type { ModelExplorationSpec } from './exploration-spec.js'
import type { StateSpaceProfile } from './state-space-profile.js'
import type { FromVerdictWorker, VerdictTask } from './verdict-worker.js'
import { judgedNames, undecided } from './verdicts.js'

export interface VerdictThreadOptions {
  /** Also looks at which fields multiply the states. */
  readonly fields: boolean
  /** Seconds at the most. */
  readonly time?: number
  /** Registers what stops it before its time. @returns how to stop listening */
  readonly onInterrupt?: (stop: () => void) => () => void
}

export interface ThreadVerdicts {
  /** A verdict a property; those that were not reached are inconclusive. */
  readonly verdicts: readonly Verdict[]
  readonly growth?: StateSpaceProfile
  /** `Stop`: Complete, or why it ended before. */
  readonly stop: number
}

/**
 * Says what a search means for each property, in a thread of its own: the loops of a large graph take as long as the
 * search and as much memory, and can be stopped and run out of it as the search can.
 */
export async function verdictsInThread(
  spec: ModelExplorationSpec,
  explored: Explored,
  options: VerdictThreadOptions,
): Promise<ThreadVerdicts> {
  const found: Verdict[] = []
  let growth: StateSpaceProfile | undefined
  const task: VerdictTask = { spec, explored, fields: options.fields }
  const stop = await finish(task, options, (said) => {
    if (said.type === 'verdict') found.push(said.verdict)
    else if (said.type === 'growth') growth = said.growth
  })
  const verdicts = judgedNames(spec).map(
    (name) => found.find(({ property }) => property === name) ?? undecided(spec, name, explored, stop),
  )
  return { verdicts, stop, ...(growth === undefined ? {} : { growth }) }
}

function finish(
  task: VerdictTask,
  { time, onInterrupt }: VerdictThreadOptions,
  onSaid: (said: FromVerdictWorker) => void,
): Promise<number> {
  const worker = new Worker(new URL('./verdict-worker.js', import.meta.url), { workerData: { task } })
  return new Promise<number>((resolve, reject) => {
    const clock = time === undefined ? undefined : setTimeout(() => end(Stop.Time), time * 1000)
    const ignore = onInterrupt?.(() => end(Stop.Interrupted))
    const close = () => {
      clearTimeout(clock)
      ignore?.()
      return worker.terminate()
    }
    const end = (stop: number) => void close().then(() => resolve(stop))
    worker.on('message', (said: FromVerdictWorker) => (said.type === 'done' ? end(Stop.Complete) : onSaid(said)))
    worker.once('error', (error) => (isOutOfMemory(error) ? end(Stop.Memory) : void close().then(() => reject(error))))
  })
}
