import { Stop } from '../../../checker/control/barrier.js'
import { isOutOfMemory } from '../../../checker/out-of-memory.js'
import type { SearchResult } from '../../../checker/result.js'
import { WorkerPool } from '../../../checker/threads/worker-pool.js'
import type { Catalogue } from '../../catalogue/catalogue.js'
import type { Verdict } from '../../verdict.js'
import type { ModelExplorationSpec } from '../exploration-spec.js'
import type { StateSpaceProfile } from '../state-space-profile.js'
import { judgedNames, undecided } from '../verdicts.js'
import type { VerdictNote, VerdictTask } from './verdict-worker.js'

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

/** Threads that say what searches mean, one after the other. */
export type VerdictThreads = WorkerPool<VerdictTask, VerdictNote>
export const makeVerdictThreads = (): VerdictThreads => new WorkerPool(new URL('./verdict-worker.js', import.meta.url))

/**
 * Says what a search means for each property, in a thread of its own: the loops of a large graph take as long as the
 * search and as much memory, and can be stopped and run out of it as the search can.
 */
export async function verdictsInThread(
  pool: VerdictThreads,
  spec: ModelExplorationSpec,
  explored: SearchResult,
  options: VerdictThreadOptions,
): Promise<ThreadVerdicts> {
  const found: Verdict[] = []
  let profile: StateSpaceProfile | undefined
  const task: VerdictTask = { spec, explored, fields: options.fields, files: options.catalogue.own.files }
  const stop = await finish(pool, task, options, (note) => {
    if (note.type === 'verdict') found.push(note.verdict)
    else profile = note.profile
  })
  const verdicts = judgedNames(spec, options.catalogue).map(
    (name) =>
      found.find(({ property }) => property === name) ?? undecided(spec, name, explored, stop, options.catalogue),
  )
  return { verdicts, stop, ...(profile === undefined ? {} : { profile }) }
}

/** @returns `Stop`: Complete, or why it ended before */
async function finish(
  pool: VerdictThreads,
  task: VerdictTask,
  { seconds, onInterrupt }: VerdictThreadOptions,
  onNote: (note: VerdictNote) => void,
): Promise<number> {
  if (seconds !== undefined && seconds <= 0) return Stop.Time
  const running = pool.begin(task, onNote)
  let clock: NodeJS.Timeout | undefined
  let ignore: (() => void) | undefined
  const stopped = new Promise<number>((resolve) => {
    if (seconds !== undefined) clock = setTimeout(() => resolve(Stop.Time), seconds * 1000)
    ignore = onInterrupt?.(() => resolve(Stop.Interrupted))
  })
  const done = running.done.then(
    () => Stop.Complete,
    (error: unknown) => {
      if (isOutOfMemory(error)) return Stop.Memory
      throw error
    },
  )
  const stop = await Promise.race([stopped, done]).finally(() => {
    clearTimeout(clock)
    ignore?.()
  })
  if (stop !== Stop.Complete) await running.stop()
  return stop
}
