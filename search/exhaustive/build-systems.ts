import { ok, type Result } from '../../base/result.js'
import type { System } from '../../checker/system.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import type { Verdict } from '../verdict.js'
import { type ExplorationSpec, type ModelExplorationSpec, systemOf } from './exploration-spec.js'
import { allNotApplicable } from './verdicts.js'

/** What a spec names: a system that can be searched, or verdicts that say which rule makes it impossible. */
export type SystemToExplore =
  | { readonly spec: ExplorationSpec; readonly system: System }
  | { readonly spec: ModelExplorationSpec; readonly verdicts: readonly Verdict[] }

/** Opens every spec before any is searched: hours of search are not lost to a later one that is wrong. */
export function buildSystems(
  specs: readonly ExplorationSpec[],
  catalogue: Catalogue,
): Result<readonly SystemToExplore[]> {
  const openings: SystemToExplore[] = []
  for (const spec of specs) {
    const made = systemOf(spec, catalogue)
    if (made.ok) {
      openings.push({ spec, system: made.value })
      continue
    }
    const { rule } = made.problem
    if (spec.kind === 'b1' || rule === undefined) return made
    openings.push({ spec, verdicts: allNotApplicable(spec.setup, spec.properties, rule, catalogue) })
  }
  return ok(openings)
}
