import { Worker } from 'node:worker_threads'
import { Stop } from '../../../checker/control/barrier.js'
import { isOutOfMemory } from '../../../checker/out-of-memory.js'
import type { SearchResult } from '../../../checker/result.js'
import type { Catalogue } from '../../catalogue/catalogue.js'
import type { Verdict } from '../../verdict.js'
import type { ModelExplorationSpec } from '../exploration-spec.js'
import type { StateSpaceProfile } from '../state-space-profile.js'
import { judgedNames, undecided } from '../verdicts.js'
import type { FromVerdictWorker, VerdictTask } from './verdict-worker.js'

export interface VerdictThreadOptions {
  /** Also profiles which fields multiply the states. */
  readonly fields: boolean
  readonly catalogue: Catalogue
  readonly seconds?: number
  /** Registers what stops it before its time. @returns how to stop listening */
  readonly onInterrupt?: (stop: () => void) => () => void
}

export interface ThreadVerdicts {
  /** A verdict a property; those that were not reached are inconclusive. */
  readonly verdicts: readonly Verdict[]
  readonly profile?: StateSpaceProfile
  /** `Stop`: Complete, or why it ended before. */
  readonly stop: number
}

/**
 * Says what a search means for each property, in a thread of its own: the loops of a large graph take as long as the
 * search and as much memory, and can be stopped and run out of it as the search can.
 */
export async function verdictsInThread(
  spec: ModelExplorationSpec,
  explored: SearchResult,
  options: VerdictThreadOptions,
): Promise<ThreadVerdicts> {
  const found: Verdict[] = []
  let profile: StateSpaceProfile | undefined
  const task: VerdictTask = { spec, explored, fields: options.fields, files: options.catalogue.own.files }
  const stop = await finish(task, options, (message) => {
    if (message.type === 'verdict') found.push(message.verdict)
    else if (message.type === 'profile') profile = message.profile
  })
  const verdicts = judgedNames(spec, options.catalogue).map(
    (name) =>
      found.find(({ property }) => property === name) ?? undecided(spec, name, explored, stop, options.catalogue),
  )
  return { verdicts, stop, ...(profile === undefined ? {} : { profile }) }
}

function finish(
  task: VerdictTask,
  { seconds, onInterrupt }: VerdictThreadOptions,
  onMessage: (message: FromVerdictWorker) => void,
): Promise<number> {
  const worker = new Worker(new URL('./verdict-worker.js', import.meta.url), { workerData: { task } })
  return new Promise<number>((resolve, reject) => {
    const clock = seconds === undefined ? undefined : setTimeout(() => end(Stop.Time), seconds * 1000)
    const ignore = onInterrupt?.(() => end(Stop.Interrupted))
    const close = () => {
      clearTimeout(clock)
      ignore?.()
      return worker.terminate()
    }
    const end = (stop: number) => void close().then(() => resolve(stop))
    worker.on('message', (message: FromVerdictWorker) =>
      message.type === 'done' ? end(Stop.Complete) : onMessage(message),
    )
    worker.once('error', (error) => (isOutOfMemory(error) ? end(Stop.Memory) : void close().then(() => reject(error))))
  })
}
