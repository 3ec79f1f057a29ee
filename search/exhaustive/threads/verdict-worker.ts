import { must } from '../../../base/result.js'
import type { SearchResult } from '../../../checker/result.js'
import type { System } from '../../../checker/system.js'
import { serveTasks } from '../../../checker/threads/worker-pool.js'
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

/** What the thread tells as soon as it knows it. */
export type VerdictNote =
  | { readonly type: 'verdict'; readonly verdict: Verdict }
  | { readonly type: 'profile'; readonly profile: StateSpaceProfile }

/** @returns the system whose search it judged */
async function work(
  { spec, explored, fields, files }: VerdictTask,
  tell: (note: VerdictNote) => void,
): Promise<System> {
  const catalogue = must(await loadCatalogue(files))
  const system = must(makeModelSystem(spec, { catalogue }))
  for (const verdict of verdictsOneByOne(spec, system, explored, { catalogue })) tell({ type: 'verdict', verdict })
  if (fields) tell({ type: 'profile', profile: profileOf(system, explored) })
  return system
}

serveTasks(work)
