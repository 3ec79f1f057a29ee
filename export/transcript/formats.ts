import { counted } from '../../base/plural.js'
import { ok, type Result, refuse } from '../../base/result.js'
import { foldText } from '../../report/columns/fold.js'
import { commandText } from '../../report/text/command.js'
import { transcriptText } from '../../report/text/divergence.js'
import type { TraceFormatName } from '../formats.js'
import { code, fenced, foldedDiagram } from '../markdown.js'
import type { CheckedTranscript } from './checked.js'
import { mermaidOfTranscript } from './mermaid.js'
import { svgOfTranscript } from './svg.js'

/**
 * A transcript in a form of traces, if that has a meaning for it.
 *
 * @param path of the saved transcript
 */
export function writeTranscriptAs(name: TraceFormatName, checked: CheckedTranscript, path: string): Result<string> {
  switch (name) {
    case 'text':
      return ok(foldText(textOf(checked)))
    case 'markdown':
      return ok(markdownOfTranscript(checked, path))
    case 'mermaid':
      return ok(mermaidOfTranscript(checked))
    case 'svg':
      return svgOfTranscript(checked)
    case 'itf':
      return refuse(
        'found a transcript, expected a trace: ITF has the states of a run, and an implementation replies without ' +
          'telling its state',
        { remedy: 'A transcript can be text, markdown, mermaid or svg.' },
      )
  }
}

function textOf({ header, sequence, found }: CheckedTranscript): string {
  return `${transcriptText(header, sequence, found, 'the recorded replies')}\n`
}

/** A transcript for a pull request, an issue or the summary of a job; what comes from a file stands in code alone. */
export function markdownOfTranscript(checked: CheckedTranscript, path: string): string {
  const { header, sequence, found } = checked
  return [
    `### Conformance of ${code(header.target)}: ${counted((found?.sequence ?? sequence).calls.length, 'call')}`,
    fenced('text', foldText(textOf(checked))),
    foldedDiagram(mermaidOfTranscript(checked)),
    fenced('sh', commandText(['replay', path])),
    '',
  ].join('\n\n')
}
