import type { SavedVerdict } from '../../search/archive/save.js'
import type { Verdict, VerdictName } from '../../search/verdict.js'

export type Judged = SavedVerdict

/** The path of the saved counterexample; null if there is none, or none could be written. */
export const pathOf = ({ saved }: Judged): string | null => (saved?.ok === true ? saved.value : null)

/** Design and driver of a verdict: `on-demand-4k/map-first`, or the design's name alone. */
export const designOf = ({ design, variant }: Verdict): string => (variant === '' ? design : `${design}/${variant}`)

/** One sign a verdict, for tables. */
export const signs: Readonly<Record<VerdictName, string>> = {
  violated: '✗',
  held: '✓',
  'none-found': '·',
  inconclusive: '?',
  vacuous: '∅',
  'not-applicable': '–',
}

/** `2 violated, 9 none-found, 1 vacuous` */
export function verdictCounts(verdicts: readonly Verdict[]): string {
  const names = Object.keys(signs) as VerdictName[]
  const counts = names.map((name) => [name, verdicts.filter(({ verdict }) => verdict === name).length] as const)
  return counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
