import { Worker } from 'node:worker_threads'
import type { Verdict } from '../verdict.js'
import type { Conclude, FromConcluder } from './conclude-worker.js'
import { Stop } from './control.js'
import type { Explored } from './explored.js'
import type { Growth } from './fields.js'
import { conclusionsOf, unconcluded } from './judge.js'
import { isOutOfMemory } from './out-of-memory.js'
import type { ModelSpec } from './spec.js'

export interface ConcludeOptions {
  /** Also looks at which fields multiply the states. */
  readonly fields: boolean
  /** Seconds at the most. */
  readonly time?: number
  /** Registers what stops it before its time. @returns how to stop listening */
  readonly onInterrupt?: (stop: () => void) => () => void
}

export interface Concluded {
  /** A verdict a property; those that were not reached are inconclusive. */
  readonly verdicts: readonly Verdict[]
  readonly growth?: Growth
  /** `Stop`: Complete, or why it ended before. */
  readonly stop: number
}

/**
 * Says what a search means for each property, in a thread of its own: the loops of a large graph take as long as the
 * search and as much memory, and can be stopped and run out of it as the search can.
 */
export async function concludeInThread(
  spec: ModelSpec,
  explored: Explored,
  options: ConcludeOptions,
): Promise<Concluded> {
  const found: Verdict[] = []
  let growth: Growth | undefined
  const task: Conclude = { spec, explored, fields: options.fields }
  const stop = await finish(task, options, (said) => {
    if (said.says === 'verdict') found.push(said.verdict)
    else if (said.says === 'growth') growth = said.growth
  })
  const verdicts = conclusionsOf(spec).map(
    (name) => found.find(({ property }) => property === name) ?? unconcluded(spec, name, explored, stop),
  )
  return { verdicts, stop, ...(growth === undefined ? {} : { growth }) }
}

function finish(
  task: Conclude,
  { time, onInterrupt }: ConcludeOptions,
  onSaid: (said: FromConcluder) => void,
): Promise<number> {
  const worker = new Worker(new URL('./conclude-worker.js', import.meta.url), { workerData: { task } })
  return new Promise<number>((resolve, reject) => {
    const clock = time === undefined ? undefined : setTimeout(() => end(Stop.Time), time * 1000)
    const ignore = onInterrupt?.(() => end(Stop.Interrupted))
    const close = () => {
      clearTimeout(clock)
      ignore?.()
      return worker.terminate()
    }
    const end = (stop: number) => void close().then(() => resolve(stop))
    worker.on('message', (said: FromConcluder) => (said.says === 'done' ? end(Stop.Complete) : onSaid(said)))
    worker.once('error', (error) => (isOutOfMemory(error) ? end(Stop.Memory) : void close().then(() => reject(error))))
  })
}
