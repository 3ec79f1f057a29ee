import { ok, type Result } from '../base/result.js'
import { columnsOfTrace } from '../report/columns/columns.js'
import { foldText } from '../report/columns/fold.js'
import { machineOf } from '../report/text/machine.js'
import type { Trace } from '../search/trace.js'
import { itfOf } from './itf/write.js'
import { markdownOf } from './markdown.js'
import { mermaidOf } from './mermaid.js'
import { svgOf } from './svg.js'

/** A form of a trace. */
interface TraceFormat {
  /** How the names of its files end. */
  readonly ending: string
  /** What the form is. */
  readonly says: string
  /** @param path of the saved trace, if there is one */
  readonly write: (trace: Trace, path?: string) => Result<string>
}

export const traceFormatNames = ['text', 'markdown', 'mermaid', 'itf', 'svg'] as const
export type TraceFormatName = (typeof traceFormatNames)[number]

export const isTraceFormat = (name: string): name is TraceFormatName => traceFormatNames.some((known) => known === name)

/** What a trace can be written as. Each form says what the trace recorded, and takes no step of the model. */
export const traceFormats: Readonly<Record<TraceFormatName, TraceFormat>> = {
  text: { ending: '.txt', says: 'columns for a mail', write: (trace) => ok(textOf(trace)) },
  markdown: {
    ending: '.md',
    says: 'columns and diagram, for a pull request or a job summary',
    write: (trace, path) => ok(markdownOf(trace, path)),
  },
  mermaid: { ending: '.mmd', says: 'a sequence diagram', write: (trace) => ok(mermaidOf(trace)) },
  itf: { ending: '.itf.json', says: 'states for Apalache, Quint and their viewers', write: itfOf },
  svg: { ending: '.svg', says: 'a picture: steps, and the cells of the page map that change', write: svgOf },
}

/** The form that files of such a name have. */
export const formatOfPath = (path: string): TraceFormatName | undefined =>
  traceFormatNames.find((name) => path.endsWith(traceFormats[name].ending))

function textOf(trace: Trace): string {
  return foldText(`${machineOf(trace.header.setup)}\n\n${columnsOfTrace(trace)}\n`)
}
