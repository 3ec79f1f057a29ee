import { type Architecture, architectures, type Role } from '../../model/machine/architectures/index.js'
import { type ArchitectureCell, architectureNames, askedOfAll, platformOf } from '../../search/compare/architectures.js'
import { explanationFor } from '../../search/compare/explanations.js'
import type { Verdict } from '../../search/verdict.js'

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

function roleTable(): string[] {
  const values = architectureNames.map((name) => architectures[name])
  return [
    row(['', ...values.map(({ title }) => title)]),
    row(['---', ...values.map(() => '---')]),
    ...roles.map((role) =>
      row([roleNames[role], ...values.map((value) => `${value[role].says} ${rulesOf(value[role])}`)]),
    ),
  ]
}

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

const cellText = ({ verdict, steps }: Verdict): string => (verdict === 'violated' ? String(steps) : verdict)

function designRows(cells: readonly ArchitectureCell[]): string[] {
  return cells.map((cell) => {
    const { design, driver, backing, architecture, verdicts } = cell
    const [first] = verdicts
    const violated = verdicts.filter(({ verdict }) => verdict === 'violated')
    const reasons = violated.length > 0 ? [...new Set(violated.map(because))] : [becauseHeld(cell)]
    const why = first?.verdict === 'not-applicable' ? first.why : reasons.join('; ')
    const states = first?.states === undefined ? '' : String(first.states)
    return row([design, driver, backing, architecture, ...verdicts.map(cellText), states, why])
  })
}

const litmusRows = (lines: readonly LitmusLine[]): string[] =>
  lines.map(({ name, results }) => row([`\`${name}\``, ...results]))

/** Designs whose verdicts in place README shows: those that hold everywhere, somewhere and nowhere. */
const shown = ['on-demand-4k', 'hitless-cut', 'hitless-cut/page-flush', 'on-demand-superpage', 'pin-all']

/** ✓, or the property with the shortest counterexample, and its length. */
function shortest({ verdicts }: ArchitectureCell): string {
  const violated = verdicts.filter(({ verdict }) => verdict === 'violated')
  const [first] = violated.toSorted((a, b) => (a.steps ?? 0) - (b.steps ?? 0))
  return first === undefined ? '✓' : `${first.property} ${first.steps}`
}

/** The first screen of README: some designs in place, on every architecture. */
export function firstScreen(cells: readonly ArchitectureCell[]): string {
  const rows = shown.map((name) =>
    row([
      name,
      ...architectureNames.map((architecture) => {
        const cell = cells.find(
          (one) => one.design === name && one.backing === 'in-place' && one.architecture === architecture,
        )
        return cell === undefined ? '' : shortest(cell)
      }),
    ]),
  )
  const head = ['in place', ...architectureNames.map((name) => architectures[name].title)]
  return [row(head), row(head.map(() => '---')), ...rows].join('\n')
}

/** The page of the architectures: their roles, the verdict of every design, and of every litmus test. */
export function architecturesPage(
  head: string,
  cells: readonly ArchitectureCell[],
  lines: readonly LitmusLine[],
): string {
  const places = architectureNames.map((name) => `${name} (\`${platformOf[name]}\`)`)
  const columns = [
    'design',
    'driver',
    'backing',
    'architecture',
    ...askedOfAll.map((name) => `\`${name}\``),
    'states',
    'why',
  ]
  return `${[
    head.trimEnd(),
    roleTable().join('\n'),
    '## Every design on every architecture',
    [row(columns), row(columns.map(() => '---')), ...designRows(cells)].join('\n'),
    '## Every litmus test on every architecture',
    [row(['test', ...places]), row(['---', ...places.map(() => '---')]), ...litmusRows(lines)].join('\n'),
  ].join('\n\n')}\n`
}
