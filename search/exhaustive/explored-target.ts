import { Stop } from '../../checker/control/barrier.js'
import { recordBytes } from '../../checker/memory/store-memory.js'
import type { SearchResult } from '../../checker/result.js'
import type { SavedVerdict } from '../archive/save.js'
import type { VerdictName } from '../verdict.js'
import type { ExplorationSpec } from './exploration-spec.js'
import type { StateSpaceProfile } from './state-space-profile.js'

/** What a search has covered, without its memory, which the next one needs. */
export type Covered = Pick<SearchResult, 'states' | 'expanded' | 'transitions' | 'depth' | 'seconds'> & {
  readonly bytesPerRecord: number
  /** Where the search ended since no more states fit: within --states, --memory, or the memory of the machine. */
  readonly isFull?: true | undefined
}

/** What a finished search has covered. */
export function coveredBy({ memory, states, expanded, transitions, depth, seconds, stop }: SearchResult): Covered {
  const bytesPerRecord = recordBytes(memory.stored)
  const isFull = stop === Stop.States || stop === Stop.Memory
  return { states, expanded, transitions, depth, seconds, bytesPerRecord, ...(isFull ? { isFull } : {}) }
}

/** One machine, or the benchmark model, as far as it was explored. */
export interface ExploredTarget {
  readonly spec: ExplorationSpec
  /** Nothing where a rule makes the machine impossible. */
  readonly explored?: Covered
  readonly verdict: VerdictName
  /** A verdict a property; none for the benchmark model. */
  readonly judged: readonly SavedVerdict[]
  /** Where a search that was cut short is kept. */
  readonly checkpoint?: string
  /** What the search took to be interchangeable, and why not the rest. */
  readonly symmetry?: string
  readonly fields?: StateSpaceProfile
}

const bySeverity: readonly VerdictName[] = ['violated', 'inconclusive', 'vacuous', 'held', 'not-applicable']

/** Of several verdicts the one that counts: what is not applicable, only if nothing is. */
export const worst = (verdicts: readonly VerdictName[]): VerdictName =>
  bySeverity.find((name) => verdicts.includes(name)) ?? 'held'
