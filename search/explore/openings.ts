import type { Checked } from '../../model/checked.js'
import type { Verdict } from '../verdict.js'
import { notApplicable } from './judge.js'
import { type ModelSpec, makeSystem, type Spec } from './spec.js'
import type { System } from './system.js'

/** What a spec names: a system that can be searched, or verdicts that say which rule makes it impossible. */
export type Opening =
  | { readonly spec: Spec; readonly system: System }
  | { readonly spec: ModelSpec; readonly verdicts: readonly Verdict[] }

/** Opens every spec before any is searched: hours of search are not lost to a later one that is wrong. */
export function openAll(specs: readonly Spec[]): Checked<readonly Opening[]> {
  const openings: Opening[] = []
  for (const spec of specs) {
    const made = makeSystem(spec)
    if (made.ok) openings.push({ spec, system: made.value })
    else if (spec.kind === 'b1' || made.rule === undefined) return { ok: false, message: made.message }
    else openings.push({ spec, verdicts: notApplicable(spec.setup, spec.properties, made.rule) })
  }
  return { ok: true, value: openings }
}
