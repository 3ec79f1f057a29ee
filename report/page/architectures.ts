import { type Architecture, architectures, type Role } from '../../model/machine/architectures/index.js'
import { type ArchitectureCell, architectureNames, platformOfArchitecture } from '../../search/compare/architectures.js'
import { explanationFor } from '../../search/explanations/explanations.js'
import type { Verdict } from '../../search/verdict.js'
import { type Counterexamples, titlesOf } from './counterexamples.js'

/** What a litmus test of the catalogue gives on each architecture: Never, Sometimes, Always, or why it is not asked. */
export interface LitmusLine {
  readonly name: string
  readonly results: readonly string[]
}

const roles = ['protects', 'blocked', 'handOver', 'sizes', 'trusted'] as const satisfies readonly (keyof Architecture)[]
const roleNames: Readonly<Record<(typeof roles)[number], string>> = {
  protects: 'What protects memory',
  blocked: 'A blocked access',
  handOver: 'Before a page changes hands',
  sizes: 'Coupled sizes',
  trusted: 'Trusted',
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const rulesOf = ({ rules }: Role): string => rules.map(({ id }) => `\`${id}\``).join(', ')

const roleSections = (): string[] =>
  roles.flatMap((role) => [
    `### ${roleNames[role]}`,
    architectureNames
      .map((name) => architectures[name])
      .map((value) => `- **${value.title}**: ${value[role].says} ${rulesOf(value[role])}`)
      .join('\n'),
  ])

/** One sentence for a violation, with the rule that it breaks. */
function because(verdict: Verdict): string {
  const { trace } = verdict
  const last = trace?.steps.at(-1)?.effects?.dma
  const rule = trace?.header.broken ?? ''
  if (last?.end === 'blocked' && last.reason === 'RMP check') {
    return 'the I/O entry covers a frame that is assigned, and fails the check at each page `snp.dma/leaf-size-checked`'
  }
  return `${explanationFor(verdict)?.because ?? trace?.header.why ?? verdict.why} \`${rule}\``
}

/** Of a design that holds: whether that rests on what the architecture does with a DMA to private memory. */
function becauseHeld({ architecture, meetsPrivate }: ArchitectureCell): string {
  if (!meetsPrivate) return "no DMA ever comes to a frame that is the guest's"
  const [rule] = architectures[architecture].blocked.rules
  return `a DMA that comes to a frame that is the guest's ends by itself \`${rule.id}\``
}

const isViolated = ({ verdict }: Verdict): boolean => verdict === 'violated'
const byLength = (a: Verdict, b: Verdict): number => (a.steps ?? 0) - (b.steps ?? 0)

/** ✓, or the properties that fail with the lengths of their counterexamples, or a dash if a rule forbids the cell. */
function verdictsOf(cell: ArchitectureCell, found: Counterexamples): string {
  if (cell.verdicts[0]?.verdict === 'not-applicable') return '—'
  const violated = cell.verdicts.filter(isViolated).toSorted(byLength)
  return violated.length === 0 ? '✓' : violated.map((verdict) => linked(cell, verdict, found)).join(', ')
}

const linked = (cell: ArchitectureCell, verdict: Verdict, found: Counterexamples): string =>
  `[${verdict.property} ${verdict.steps}](${pathTo(cell, verdict, found)})`

const pathTo = (cell: ArchitectureCell, verdict: Verdict, found: Counterexamples): string =>
  `counterexamples.md#${found.anchorOf(cell, verdict)}`

/** Why the cells of a row are as they are: each reason once, with its architectures unless it is about all of them. */
function reasonsOf(cells: readonly ArchitectureCell[]): string {
  const about = new Map<string, ArchitectureCell['architecture'][]>()
  for (const cell of cells) {
    for (const reason of new Set(reasonsOfCell(cell))) {
      about.set(reason, [...(about.get(reason) ?? []), cell.architecture])
    }
  }
  return [...about]
    .map(([reason, names]) => (names.length === cells.length ? reason : `${titlesOf(names)}: ${reason}`))
    .join('; ')
}

function reasonsOfCell(cell: ArchitectureCell): string[] {
  const [first] = cell.verdicts
  if (first?.verdict === 'not-applicable') return [first.why]
  const violated = cell.verdicts.filter(isViolated)
  return violated.length > 0 ? violated.map(because) : [becauseHeld(cell)]
}

function statesOf(cells: readonly ArchitectureCell[]): string {
  const counts = cells.flatMap(({ verdicts: [first] }) => first?.states ?? [])
  if (counts.length === 0) return ''
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? String(least) : `${least} to ${most}`
}

/** A row for each design, driver and backing. */
function designRows(cells: readonly ArchitectureCell[], found: Counterexamples): string[] {
  const rows = new Map<string, ArchitectureCell[]>()
  for (const cell of cells) {
    const name = [cell.design, cell.driver, cell.backing].join(' | ')
    rows.set(name, [...(rows.get(name) ?? []), cell])
  }
  return [...rows].map(([name, ofRow]) =>
    row([name, ...ofRow.map((cell) => verdictsOf(cell, found)), statesOf(ofRow), reasonsOf(ofRow)]),
  )
}

const litmusRows = (lines: readonly LitmusLine[]): string[] =>
  lines.map(({ name, results }) => row([`\`${name}\``, ...results]))

/** Designs whose verdicts in place README shows: those that hold everywhere, somewhere and nowhere. */
const shown = ['on-demand-4k', 'hitless-cut', 'hitless-cut/page-flush', 'on-demand-superpage', 'pin-all']

/** The first screen of README: some designs in place, on every architecture, and what they fail by. */
export function firstScreen(cells: readonly ArchitectureCell[], found: Counterexamples): string {
  const rows = shown.map((name) => {
    const ofRow = cells.filter(({ design, backing }) => design === name && backing === 'in-place')
    const shortest = ofRow.map((cell) => ({ cell, verdict: shortestOf(cell) }))
    const lengths = shortest.map(({ verdict }) => (verdict === undefined ? '✓' : String(verdict.steps)))
    const links = shortest.flatMap(({ cell, verdict }) =>
      verdict === undefined ? [] : [`[${verdict.property}](docs/${pathTo(cell, verdict, found)})`],
    )
    return row([name, ...lengths, [...new Set(links)].join(', ')])
  })
  const head = ['in place', ...architectureNames.map((name) => architectures[name].title), 'property']
  return [row(head), row(head.map(() => '---')), ...rows].join('\n')
}

/** The violation with the shortest counterexample; undefined if the design holds. */
const shortestOf = ({ verdicts }: ArchitectureCell): Verdict | undefined =>
  verdicts.filter(isViolated).toSorted(byLength)[0]

/** The page of the architectures: their roles, the verdict of every design, and of every litmus test. */
export function architecturesPage(
  head: string,
  cells: readonly ArchitectureCell[],
  lines: readonly LitmusLine[],
  found: Counterexamples,
): string {
  const titles = architectureNames.map((name) => architectures[name].title)
  const places = architectureNames.map((name) => `${name} (\`${platformOfArchitecture[name]}\`)`)
  const columns = ['design', 'driver', 'backing', ...titles, 'states', 'why']
  return `${[
    head.trimEnd(),
    '## What differs',
    ...roleSections(),
    '## Every design on every architecture',
    [row(columns), row(columns.map(() => '---')), ...designRows(cells, found)].join('\n'),
    '## Every litmus test on every architecture',
    [row(['test', ...places]), row(['---', ...places.map(() => '---')]), ...litmusRows(lines)].join('\n'),
  ].join('\n\n')}\n`
}
