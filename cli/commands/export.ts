import type { Command } from 'commander'
import { ok, problemText, type Result } from '../../base/result.js'
import { isTranscript } from '../../conform/protocol/transcript.js'
import { formatOfPath, type TraceFormatName, traceFormatNames, traceFormats } from '../../export/formats.js'
import { writeTranscriptAs } from '../../export/transcript/formats.js'
import { saveText } from '../../search/archive/save.js'
import { encodeTrace, readTrace, type Trace } from '../../search/trace.js'
import { checkedTranscript } from '../conformance/checked-transcript.js'
import { Status } from '../exit-status.js'
import { formatOption } from '../options/format.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { readText } from '../trace-file.js'

interface ExportWords {
  readonly format?: TraceFormatName
  readonly output?: string
}

export function addExport(program: Command, io: Io, end: End): void {
  program
    .command('export')
    .description('write a saved trace or transcript in a form that others read: a diagram, Markdown, …')
    .argument('<file>', 'a trace; or a transcript, in all forms but itf')
    .addOption(formatOption('the form (default: that of the output; text)'))
    .option('-o, --output <file>', 'write it there; else it goes to stdout')
    .addHelpText('after', help)
    .action((file: string, words: ExportWords) => end(exportFile(io, file, words)))
}

const list = traceFormatNames.map((name) => {
  const { ending, says } = traceFormats[name]
  return `  ${name.padEnd(10)}${ending.padEnd(11)}${says}`
})

const help = `
Forms, and the endings of their files:
${list.join('\n')}

Exit status: 0 written · 2 the file is no trace and no transcript, or the form could not be written

Examples:
  dmaproof export .dmaproof/traces/FILE --format mermaid
  dmaproof export .dmaproof/traces/FILE -o race.md
  dmaproof export .dmaproof/conformance/FILE -o divergence.md`

function exportFile(io: Io, file: string, { format, output }: ExportWords): number {
  const written = writtenAs(format ?? formatOfPath(output ?? '') ?? 'text', file)
  if (!written.ok) {
    complainOf(io, written.problem, file)
    return Status.BadInput
  }
  if (output === undefined) {
    io.out(written.value)
    return Status.Held
  }
  const saved = saveText(written.value, output, 'the export')
  if (saved.ok) io.out(`${output}\n`)
  else complain(io, problemText(saved.problem))
  return saved.ok ? Status.Held : Status.BadInput
}

/** A saved file in a form. Of a transcript, the model says which replies it allows. */
function writtenAs(name: TraceFormatName, file: string): Result<string> {
  const text = readText(file)
  if (!text.ok) return text
  if (isTranscript(text.value)) {
    const checked = checkedTranscript(text.value, file)
    return checked.ok ? writeTranscriptAs(name, checked.value, file) : checked
  }
  const trace = traceIn(text.value)
  return trace.ok ? traceFormats[name].write(trace.value, file) : trace
}

/** A trace of actions that this model has. */
function traceIn(text: string): Result<Trace> {
  const trace = readTrace(text)
  if (!trace.ok) return trace
  const known = encodeTrace(trace.value)
  return known.ok ? ok(trace.value) : known
}
