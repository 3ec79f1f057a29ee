import { counted } from '../base/plural.js'
import { visible } from '../base/visible.js'
import { columnsOfTrace } from '../report/columns/columns.js'
import { foldText } from '../report/columns/fold.js'
import { replayText } from '../report/text/command.js'
import { machineOf } from '../report/text/machine.js'
import type { Trace } from '../search/trace.js'
import { mermaidOf } from './mermaid.js'

/**
 * A trace for a pull request, an issue or the summary of a job: its columns, the diagram folded in behind them, and how
 * to replay it. What comes from a file stands in code alone, where Markdown and the forges read nothing into it.
 *
 * @param path of the saved trace, if there is one
 */
export function markdownOf(trace: Trace, path?: string): string {
  const { property, setup } = trace.header
  return [
    `### ${code(property)}: ${counted(trace.steps.length, 'action')}`,
    `On ${code(machineOf(setup))}:`,
    fenced('text', foldText(columnsOfTrace(trace))),
    diagram(trace),
    ...(path === undefined ? [] : [fenced('sh', replayText(trace, path))]),
    '',
  ].join('\n\n')
}

/** The diagram of a trace, folded in. */
export const diagram = (trace: Trace): string => foldedDiagram(mermaidOf(trace))

/** A diagram, folded in. @param text for Mermaid */
export const foldedDiagram = (text: string): string =>
  ['<details><summary>As a diagram</summary>', fenced('mermaid', text), '</details>'].join('\n\n')

/** A text as inline code, on one line. */
export function code(text: string): string {
  const line = visible(text.replace(/\s+/g, ' '))
  const fence = fenceFor(line, 1)
  const isBare = fence.length === 1 && line.trim() === line && line !== ''
  return isBare ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`
}

/** A text as a block of code, whose fence is longer than any in it. */
export function fenced(language: string, text: string): string {
  const shown = visible(text).replace(/\n$/, '')
  const fence = fenceFor(shown, 3)
  return `${fence}${language}\n${shown}\n${fence}`
}

function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  return '`'.repeat(longest < least ? least : longest + 1)
}
