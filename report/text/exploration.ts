import { counted } from '../../base/plural.js'
import { Stop } from '../../checker/barrier.js'
import { recordBytes } from '../../checker/memory/store-memory.js'
import type { SearchResult } from '../../checker/result.js'
import type { ExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import type { StateSpaceProfile } from '../../search/exhaustive/state-space-profile.js'
import type { VerdictName } from '../../search/verdict.js'
import { type Judged, signs } from './judged.js'
import type { Paint } from './paint.js'
import { verdictsText } from './verdicts.js'

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
  readonly judged: readonly Judged[]
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

const number = (count: number): string => Math.round(count).toLocaleString('en-US')

/** What `explore` says: the verdicts of each machine, then what was covered and how fast. */
export function exploredText(targets: readonly ExploredTarget[], paint: Paint): string {
  return targets.map((target) => `${oneText(target, paint)}\n`).join('\n')
}

/** What the bounds left open, of all machines; empty if that is nothing. */
export function leftOpenText(found: readonly ExploredTarget[]): string {
  // a search that has violated all that was asked leaves nothing open, whatever it has not expanded
  const open = found.filter(({ verdict, judged }) =>
    [verdict, ...judged.map((one) => one.verdict.verdict)].includes('inconclusive'),
  )
  const machines = `${open.length} of ${counted(found.length, 'machine')}`
  const isFull = ({ explored }: ExploredTarget) => explored?.isFull === true
  const remedies = [
    ...(open.every(isFull) ? [] : ['--time gives each more seconds']),
    ...(open.some(isFull)
      ? ['--memory or --states gives room for more states, --compress for several times as many']
      : []),
    '--resume continues',
  ]
  return open.length === 0 ? '' : `\nleft open: ${machines}; ${remedies.join('; ')}\n`
}

function oneText(target: ExploredTarget, paint: Paint): string {
  const { spec, judged, verdict, checkpoint, symmetry } = target
  const head =
    spec.kind === 'b1'
      ? `${paint.bold(`b1 N=${spec.scope.N} V=${spec.scope.V} D=${spec.scope.D}`)}\n` +
        `  ${paint.verdict(verdict, `${signs[verdict]} safe ${verdict}`)}\n`
      : verdictsText(judged, paint)
  const more = target.explored?.isFull === true ? 'with more --memory or --states, ' : ''
  const continues = `${more}the same command with --resume continues`
  const kept = checkpoint === undefined ? [] : [`  kept in ${checkpoint}: ${continues}`]
  const alike = symmetry === undefined ? [] : [`  symmetry: ${symmetry}`]
  const covered = target.explored === undefined ? '' : coveredText(target.explored)
  return [head + covered, ...alike, ...fieldsText(target), ...kept].join('\n')
}

function coveredText({ states, expanded, transitions, depth, seconds, bytesPerRecord }: Covered): string {
  const left = states - expanded
  const rate = number(states / Math.max(seconds, 1e-3))
  const notExpanded = left === 0 ? '' : ` (${number(left)} not expanded)`
  return (
    `  ${counted(states, 'state', number)}${notExpanded}, ` +
    `${counted(transitions, 'step', number)}, ` +
    `depth ${depth}, ${seconds.toFixed(2)} s (${rate} states/s), ${bytesPerRecord} bytes a record`
  )
}

function fieldsText({ fields }: ExploredTarget): string[] {
  if (fields === undefined) return []
  const shares = fields.shares.map(
    ({ field, values, factor }) =>
      `  ${field.padEnd(20)} × ${factor.toFixed(2).padStart(7)}   ${counted(values, 'value', number)}`,
  )
  const values = fields.values.map(({ field, most }) => {
    const words = most.map(({ value, states }) => `${value} (${number(states)})`)
    return `  ${field.padEnd(20)} ${words.join(', ')}`
  })
  return [
    '',
    '  What multiplies the states: how many times fewer there would be without the field',
    ...shares,
    '',
    '  The values that most states have, byte by byte',
    ...values,
  ]
}
