import { architectures } from '../../model/machine/architectures/index.js'
import { type ArchitectureCell, architectureNames } from '../../search/compare/architectures.js'
import type { Trace } from '../../search/trace.js'
import type { Verdict } from '../../search/verdict.js'
import { stepsInColumns } from '../columns/columns.js'

/** One run that breaks a property, on each architecture where the search found the same one. */
interface Counterexample {
  /** From 1, in the order of the page. */
  readonly number: number
  readonly cell: ArchitectureCell
  readonly property: string
  readonly trace: Trace
  /** Architectures by what the property says there, and the rule that it cites. */
  readonly found: Map<string, ArchitectureCell['architecture'][]>
}

/** The counterexamples of a table, each once, in the order of its rows. */
export class Counterexamples {
  readonly #bySteps = new Map<string, Counterexample>()

  constructor(cells: readonly ArchitectureCell[]) {
    for (const cell of cells) for (const verdict of cell.verdicts) this.#add(cell, verdict)
  }

  #add(cell: ArchitectureCell, { property, trace }: Verdict): void {
    if (trace === undefined) return
    const key = keyOf(cell, property, trace)
    const number = this.#bySteps.size + 1
    const known = this.#bySteps.get(key) ?? { number, cell, property, trace, found: new Map() }
    this.#bySteps.set(key, known)
    const finding = `${trace.header.why} \`${trace.header.broken ?? ''}\``
    known.found.set(finding, [...(known.found.get(finding) ?? []), cell.architecture])
  }

  /** A heading's anchor on the page below. */
  anchorOf(cell: ArchitectureCell, { property, trace }: Verdict): string {
    const known = trace && this.#bySteps.get(keyOf(cell, property, trace))
    if (known === undefined) throw new Error(`${cell.design} has no counterexample to ${property} in this table`)
    return `counterexample-${known.number}`
  }

  /** @param head what is above the first counterexample, written by hand */
  page(head: string): string {
    const sections = [...this.#bySteps.values()].map(section)
    return `${[head.trimEnd(), ...sections].join('\n\n')}\n`
  }
}

const keyOf = ({ design, driver, backing }: ArchitectureCell, property: string, trace: Trace): string =>
  [design, driver, backing, property, ...stepsInColumns(trace, 'each')].join('\n')

function section({ number, cell, property, trace, found }: Counterexample): string {
  const { design, driver, backing } = cell
  const place = backing === 'separate' ? 'separate frames' : 'in place'
  return [
    `## Counterexample ${number}`,
    '',
    `\`${design}\`, driver \`${driver}\`, ${place}: \`${property}\` fails after ${trace.steps.length} actions.`,
    '',
    '```text',
    ...stepsInColumns(trace),
    '```',
    '',
    ...[...found].map(([finding, names]) => `- ${inWords(names)}: ${finding}`),
  ].join('\n')
}

const inWords = (names: readonly ArchitectureCell['architecture'][]): string =>
  names.length === architectureNames.length ? 'Every architecture' : titlesOf(names)

/** The names of architectures, in words. */
export function titlesOf(names: readonly ArchitectureCell['architecture'][]): string {
  const titles = names.map((name) => architectures[name].title)
  const last = titles.pop() ?? ''
  return titles.length === 0 ? last : `${titles.join(', ')} and ${last}`
}
