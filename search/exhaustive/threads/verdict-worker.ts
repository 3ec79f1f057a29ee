import { parentPort, workerData } from 'node:worker_threads'
import { must } from '../../../base/result.js'
import type { SearchResult } from '../../../checker/result.js'
import { loadCatalogue } from '../../catalogue/load.js'
import type { Verdict } from '../../verdict.js'
import { type ModelExplorationSpec, makeModelSystem } from '../exploration-spec.js'
import { profileOf, type StateSpaceProfile } from '../state-space-profile.js'
import { verdictsOneByOne } from '../verdicts.js'

/** What the thread is given: a search in shared memory. */
export interface VerdictTask {
  readonly spec: ModelExplorationSpec
  readonly explored: SearchResult
  /** Also profiles which fields multiply the states. */
  readonly fields: boolean
  /** As of `loadCatalogue`. */
  readonly files: readonly string[]
}

export type FromVerdictWorker =
  | { readonly type: 'verdict'; readonly verdict: Verdict }
  | { readonly type: 'profile'; readonly profile: StateSpaceProfile }
  | { readonly type: 'done' }

const post = (message: FromVerdictWorker) => parentPort?.postMessage(message)

async function work({ spec, explored, fields, files }: VerdictTask): Promise<void> {
  const catalogue = must(await loadCatalogue(files))
  const system = must(makeModelSystem(spec, { catalogue }))
  for (const verdict of verdictsOneByOne(spec, system, explored, { catalogue })) post({ type: 'verdict', verdict })
  if (fields) post({ type: 'profile', profile: profileOf(system, explored) })
  post({ type: 'done' })
}

await work((workerData as { readonly task: VerdictTask }).task)
