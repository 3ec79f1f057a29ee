import { parentPort, workerData } from 'node:worker_threads'
import type { Explored } from '../../checker/result.js'
import type { Verdict } from '../verdict.js'
import { type ModelExplorationSpec, makeModelSystem } from './exploration-spec.js'
import { profileOf, type StateSpaceProfile } from './state-space-profile.js'
import { verdictsOneByOne } from './verdicts.js'

/** What the thread is given: a search in shared memory. */
export interface VerdictTask {
  readonly spec: ModelExplorationSpec
  readonly explored: Explored
  /** Also looks at which fields multiply the states. */
  readonly fields: boolean
}

export type FromVerdictWorker =
  | { readonly type: 'verdict'; readonly verdict: Verdict }
  | { readonly type: 'growth'; readonly growth: StateSpaceProfile }
  | { readonly type: 'done' }

const tell = (message: FromVerdictWorker) => parentPort?.postMessage(message)

function work({ spec, explored, fields }: VerdictTask): void {
  const made = makeModelSystem(spec)
  if (!made.ok) throw new Error(made.message)
  for (const verdict of verdictsOneByOne(spec, made.value, explored)) tell({ type: 'verdict', verdict })
  if (fields) tell({ type: 'growth', growth: profileOf(made.value, explored) })
  tell({ type: 'done' })
}

work((workerData as { readonly task: VerdictTask }).task)
