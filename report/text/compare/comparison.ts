import { counted } from '../../../base/plural.js'
import { plainLine } from '../../../base/visible.js'
import { leastSearched, unseenText } from '../../../search/random/unseen.js'
import { type Judged, pathOf, verdictCounts } from '../judged.js'
import { machineOf } from '../machine.js'
import type { Paint } from '../paint.js'
import { exampleOf, exampleText } from '../verdicts/counterexample.js'
import { table } from './table.js'

/** The verdicts of one machine of the comparison, and what it asks where it is not one of the plain matrix. */
export interface JudgedCell {
  readonly asks?: string
  readonly judged: readonly Judged[]
}

export interface ComparisonLook {
  /** Names, in the order of the columns; those that nothing judged have none. */
  readonly properties: readonly string[]
  /** Where counterexamples are kept. */
  readonly folder: string
  /** How long it took, where that is known. */
  readonly seconds?: number | undefined
  readonly paint: Paint
}

/** What `compare` says: the table, what was never tested, the sizes of the proofs, counterexamples, time and counts. */
export function comparisonText(
  cells: readonly JudgedCell[],
  { properties, folder, seconds, paint }: ComparisonLook,
): string {
  const judged = cells.flatMap((cell) => cell.judged)
  const verdicts = judged.map(({ verdict }) => verdict)
  const rows = cells.map(({ judged: own, ...rest }) => ({ ...rest, verdicts: own.map(({ verdict }) => verdict) }))
  const time = seconds === undefined ? '' : ` in ${seconds.toFixed(0)} s`
  const counts = verdicts.length === 0 ? '' : `: ${verdictCounts(verdicts)}`
  const sum = `${counted(verdicts.length, 'verdict')}${time}${counts}`
  return [
    table(
      rows,
      properties.filter((name) => verdicts.some(({ property }) => property === name)),
      paint,
    ),
    ...vacuousText(judged),
    ...sizesText(judged),
    ...sureText(judged),
    ...keptText(cells, folder, paint),
    `${sum}\n`,
  ].join('\n')
}

function keptText(cells: readonly JudgedCell[], folder: string, paint: Paint): string[] {
  const judged = cells.flatMap((cell) => cell.judged)
  const kept = new Set(judged.map(pathOf).filter((path) => path !== null)).size
  const plain = cells.filter(({ asks }) => asks === undefined).flatMap((cell) => cell.judged)
  const example = exampleOf(plain) ?? exampleOf(judged)
  if (example === undefined) return []
  const head = kept === 0 ? 'A counterexample:' : `${counted(kept, 'counterexample')} in ${folder}; one of them:`
  return [`${head}\n\n${exampleText(example, paint)}\n`]
}

function vacuousText(judged: readonly Judged[]): string[] {
  const lines = judged
    .filter(({ verdict }) => verdict.verdict === 'vacuous')
    .map(({ verdict }) => `  ${verdict.property} · ${machineOf(verdict)}: ${plainLine(verdict.why)}`)
  return lines.length === 0 ? [] : [`Never tested, so these passes are empty:\n${lines.join('\n')}\n`]
}

/** How sure *none-found* of drawn runs is, of the cell that was searched least; the JSON has it of each verdict. */
function sureText(judged: readonly Judged[]): string[] {
  const verdicts = judged.map(({ verdict }) => verdict)
  const least = leastSearched(verdicts)
  if (least === undefined) return []
  const parts = verdicts.flatMap(({ unseen }) => (unseen === undefined ? [] : [unseen.states / unseen.estimated]))
  const middle = parts.sort((a, b) => a - b)[parts.length >> 1] ?? 0
  const some = `Drawn runs reached ${percent(middle)} of the states that an estimate says they can, in the median of`
  const head = `${some} ${counted(parts.length, 'verdict')} (docs/how-sure.md). Least searched:`
  return [`${head}\n  ${least.property} · ${machineOf(least)}: ${unseenText(least.unseen)}\n`]
}

const percent = (part: number): string => `${Math.round(part * 100)} %`

/** The sizes of machines whose states were searched, with the largest search of each; the JSON has it by verdict. */
function sizesText(judged: readonly Judged[]): string[] {
  const bySizes = new Map<string, { verdicts: number; states: number; depth: number }>()
  for (const { verdict } of judged) {
    const { states, depth = 0 } = verdict
    if (states === undefined || verdict.verdict === 'not-applicable') continue
    const sizes = verdict.scope.split(', ').slice(0, 3).join(', ')
    const before = bySizes.get(sizes) ?? { verdicts: 0, states: 0, depth: 0 }
    const largest = { states: Math.max(before.states, states), depth: Math.max(before.depth, depth) }
    bySizes.set(sizes, { verdicts: before.verdicts + 1, ...largest })
  }
  const lines = [...bySizes].map(([sizes, { verdicts, states, depth }]) => {
    const searched = `up to ${counted(states, 'state', (count) => count.toLocaleString('en-US'))}, depth ${depth}`
    return `  ${sizes}: ${counted(verdicts, 'verdict')}, ${searched}`
  })
  return lines.length === 0 ? [] : [`States were searched, breadth-first, of machines with\n${lines.join('\n')}\n`]
}
