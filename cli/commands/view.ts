import type { Command } from 'commander'
import { ok, problemText, type Result, refuse } from '../../base/result.js'
import { isTranscript } from '../../conform/protocol/transcript.js'
import { saveText } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { encodeTrace, readTrace } from '../../search/trace.js'
import type { ShownRun } from '../../view/data.js'
import { html } from '../../view/html.js'
import { pageData } from '../../view/page-data.js'
import { runOfTrace } from '../../view/run-of-trace.js'
import { runsOfTranscript } from '../conformance/view-transcript.js'
import { Status } from '../exit-status.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { readText } from '../trace-file.js'

interface ViewWords extends OwnOptions {
  readonly output: string
}

export function addView(program: Command, io: Io, end: End): void {
  program
    .command('view')
    .description('write a page that shows a saved trace step by step, or two side by side')
    .argument('<file...>', 'one trace or two; or a transcript, whose replies stand beside those of the model')
    .requiredOption('-o, --output <file>', 'the page: one HTML file that needs nothing else')
    .addOption(designsOption())
    .addHelpText(
      'after',
      `
The page shows what every layer says of every page after each step, marks entries that are stale, and leads from a \
cell to the step that wrote it. The model takes the steps once more for the state of each property, the line of the \
plan and the other actions that were possible; where it cannot, the page says why. It loads nothing from anywhere.

Exit status: 0 written · 2 a file is no trace and no transcript, or the page could not be written

Examples:
  dmaproof view .dmaproof/traces/pin-all.type1v2.separate.no-stale-frame.0a1b2c3d.ndjson -o trace.html
  dmaproof view before.ndjson after.ndjson -o both.html`,
    )
    .action(async (files: readonly string[], words: ViewWords) => end(await view(io, files, words)))
}

async function view(io: Io, files: readonly string[], words: ViewWords): Promise<number> {
  const catalogue = await openCatalogue(words)
  if (!catalogue.ok) {
    complainOf(io, catalogue.problem)
    return Status.BadInput
  }
  const runs: ShownRun[] = []
  for (const file of files) {
    const read = runsOf(file, catalogue.value)
    if (!read.ok) {
      complainOf(io, read.problem, file)
      return Status.BadInput
    }
    runs.push(...read.value)
  }
  if (runs.length > 2) {
    complain(io, `found ${runs.length} runs, expected one or two: a page shows two side by side, a transcript has two`)
    return Status.BadInput
  }
  return writePage(io, runs, words.output)
}

function writePage(io: Io, runs: readonly ShownRun[], output: string): number {
  const page = html(pageData(runs))
  const saved = page.ok ? saveText(page.value, output, 'the page') : page
  if (saved.ok) io.out(`${output}\n`)
  else complain(io, problemText(saved.problem))
  return saved.ok ? Status.Held : Status.BadInput
}

const recordAgain = 'Record it again: dmaproof check, or dmaproof minimise FILE -o NEW.'

/** The runs of a file: one of a trace, two of a transcript. */
function runsOf(file: string, catalogue: Catalogue): Result<readonly ShownRun[]> {
  const text = readText(file)
  if (!text.ok) return text
  if (isTranscript(text.value)) return runsOfTranscript(text.value, file)
  const trace = readTrace(text.value)
  if (!trace.ok) return trace
  const known = encodeTrace(trace.value)
  if (!known.ok) return known
  const run = runOfTrace(file, trace.value, catalogue)
  return run.ok ? ok([run.value]) : refuse(run.problem.message, { remedy: recordAgain })
}
