import { findDesign } from '../designs/index.js'
import type { Part } from '../model/machine/parts.js'
import type { Platform } from '../model/machine/platform.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import type { ConfigurationName } from '../search/check/configurations.js'
import type { PlanChange } from './operators.js'
import type { BugSource } from './sources.js'
import type { Subject } from './subject.js'

/** A real defect, planted into correct host software. */
export interface Bug {
  /** Unique, as in the study of defects: a letter for the project or subsystem, and a number. */
  readonly id: string
  readonly title: string
  readonly sources: readonly [BugSource, ...BugSource[]]
  /** What went wrong and what came of it, in two sentences. */
  readonly story: string
  readonly plantedIn: { readonly design: string; readonly driver: string; readonly backing: Scope['backing'] }
  readonly change: readonly [PlanChange, ...PlanChange[]]
  /** Name of the property that must break. */
  readonly breaks: string
  /** The machine on which it shows: a configuration of `check`, and what differs from that. */
  readonly where: ConfigurationName
  readonly scope?: ScopeInput
  readonly platform?: Partial<Platform>
  readonly parts?: readonly Part[]
  /** How the bug was fixed, in a sentence. The fixed subject is the unchanged one, with `fixChange` if given. */
  readonly fix: string
  readonly fixChange?: readonly PlanChange[]
}

/** The design and driver of a bug. @throws Error if the catalogue has no such design or driver */
export function subjectOf({ plantedIn: { design, driver } }: Bug): Subject {
  const found = findDesign(design)
  const itsDriver = found?.drivers.find(({ name }) => name === driver)
  if (found === undefined || itsDriver === undefined) throw new Error(`no design ${design} with driver ${driver}`)
  return { design: found, driver: itsDriver }
}

const changed = (subject: Subject, changes: readonly PlanChange[], variant: string): Subject => {
  const { design, driver } = changes.reduce((one, change) => change.apply(one), subject)
  return { design: { ...design, variant, drivers: [driver] }, driver }
}

/** The subject with the bug in it, as a design of its own: `on-demand-4k/T12`. */
export const planted = (bug: Bug): Subject => changed(subjectOf(bug), bug.change, bug.id)

/** The subject as it is right: `on-demand-4k/T12-fixed`. */
export const fixed = (bug: Bug): Subject => changed(subjectOf(bug), bug.fixChange ?? [], `${bug.id}-fixed`)
