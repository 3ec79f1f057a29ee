import { architectures } from '../../model/machine/architectures/index.js'
import type { ArchitectureCell } from '../../search/compare/architectures.js'
import { trustingArchitectures } from '../../search/compare/trusted-devices.js'
import type { Verdict } from '../../search/verdict.js'
import type { Counterexamples } from './counterexamples.js'

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const isViolated = ({ verdict }: Verdict): boolean => verdict === 'violated'
const byLength = (a: Verdict, b: Verdict): number => (a.steps ?? 0) - (b.steps ?? 0)

/** ✓, or the properties that fail with the lengths of their counterexamples, which it leads to. */
function verdictsOf(cell: ArchitectureCell, found: Counterexamples): string {
  const violated = cell.verdicts.filter(isViolated).toSorted(byLength)
  if (violated.length === 0) return '✓'
  return violated.map((one) => `[${one.property} ${one.steps}](#${found.anchorOf(cell, one)})`).join(', ')
}

/**
 * What each design does with a device that the guest trusts, on each architecture that has them: a page of Markdown.
 *
 * @param head what is above the table, written by hand
 */
export function trustedPage(head: string, cells: readonly ArchitectureCell[], found: Counterexamples): string {
  const names = [...new Set(cells.map(({ design }) => design))]
  const lines = names.map((name) =>
    row([
      name,
      ...trustingArchitectures.map((architecture) => {
        const cell = cells.find((one) => one.design === name && one.architecture === architecture)
        return cell === undefined ? '' : verdictsOf(cell, found)
      }),
    ]),
  )
  const titles = trustingArchitectures.map((name) => architectures[name].title)
  const table = [row(['design', ...titles]), row(['---', ...titles.map(() => '---')]), ...lines].join('\n')
  return found.page(`${head.trimEnd()}\n\n## Every design with one device\n\n${table}`)
}
