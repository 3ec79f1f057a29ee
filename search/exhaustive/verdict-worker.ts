import { parentPort, workerData } from 'node:worker_threads'
import { must } from '../../base/result.js'
import type { SearchResult } from '../../checker/result.js'
import type { Verdict } from '../verdict.js'
import { type ModelExplorationSpec, makeModelSystem } from './exploration-spec.js'
import { profileOf, type StateSpaceProfile } from './state-space-profile.js'
import { verdictsOneByOne } from './verdicts.js'

/** What the thread is given: a search in shared memory. */
export interface VerdictTask {
  readonly spec: ModelExplorationSpec
  readonly explored: SearchResult
  /** Also profiles which fields multiply the states. */
  readonly fields: boolean
}

export type FromVerdictWorker =
  | { readonly type: 'verdict'; readonly verdict: Verdict }
  | { readonly type: 'profile'; readonly profile: StateSpaceProfile }
  | { readonly type: 'done' }

const post = (message: FromVerdictWorker) => parentPort?.postMessage(message)

function work({ spec, explored, fields }: VerdictTask): void {
  const system = must(makeModelSystem(spec))
  for (const verdict of verdictsOneByOne(spec, system, explored)) post({ type: 'verdict', verdict })
  if (fields) post({ type: 'profile', profile: profileOf(system, explored) })
  post({ type: 'done' })
}

work((workerData as { readonly task: VerdictTask }).task)
