import type { Command } from 'commander'
import { counted, plural } from '../../base/plural.js'
import { plainLine } from '../../base/visible.js'
import { isTranscript } from '../../conform/protocol/transcript.js'
import { type TraceFormatName, traceFormats } from '../../export/formats.js'
import { broken } from '../../properties/failure.js'
import { outcomeOfReplay } from '../../report/ci/replay.js'
import { columns, columnsOfTrace, type StepLines } from '../../report/columns/columns.js'
import { mailWidth, wrap } from '../../report/columns/wrap.js'
import { type Layout, traceReplayJson } from '../../report/json/replay.js'
import { searchText } from '../../report/text/command.js'
import { machineOf } from '../../report/text/machine.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type Replayed, replay } from '../../search/simulator.js'
import type { RecordedStep } from '../../search/step-effects.js'
import { codesOf, record, type Trace } from '../../search/trace.js'
import { type ReplayedFile, type ReplayWords, replayTranscript, unreplayed } from '../conformance/replay-transcript.js'
import { Status, worstStatus } from '../exit-status.js'
import { type ItfOptions, machineOption, openAny } from '../itf-file.js'
import { allStepsOption, stepLines } from '../options/all-steps.js'
import { addCiReports, areCiReportsWhole, type CiReports, writeCiReports } from '../options/ci-reports.js'
import { formatOption } from '../options/format.js'
import { backingOption, iommuOption } from '../options/linux-target.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { seconds } from '../options/values.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { type OpenTrace, readText } from '../trace-file.js'

export function addReplay(program: Command, io: Io, end: End): void {
  const command = program
    .command('replay')
    .description('take the actions of saved traces once more, and show those of a single one in columns')
    .argument('<file...>', 'traces that check or compare saved, transcripts that conform saved, or states in ITF')
    .option('--on <target>', 'ask the requests of a transcript again: a target as for conform')
    .option('--timeout <seconds>', 'with --on: without a reply for so long the target counts as silent', seconds)
    .addOption(backingOption('as in the transcript'))
    .addOption(iommuOption('as in the transcript'))
    .addOption(machineOption())
    .addOption(formatOption('how it is shown (default: text, in columns); a transcript in all forms but itf'))
    .option('--json', 'print the verdict, with the steps or the divergence')
    .addOption(allStepsOption())
    .addOption(designsOption())
    .addHelpText('after', examples)
  addCiReports(command).action(async (files: string[], words: ReplayOptions) =>
    end(await replayFiles(io, files, words)),
  )
}

const examples = `
Of several files, each has a line, or with --json an object on a line, and the worst one decides the exit status.

Exit status: 1 the violation is there again · 0 the trace violates nothing · 2 the file is no trace of this model

Examples:
  dmaproof replay .dmaproof/traces/pin-all.type1v2.separate.no-stale-frame.0a1b2c3d.ndjson
  dmaproof replay .dmaproof/traces/*.ndjson --designs mine.ts
  dmaproof replay race.itf.json
  dmaproof replay .dmaproof/conformance/page_table.c.page-table.0a1b2c3d.ndjson --on ./page_table`

interface Shown {
  readonly format?: TraceFormatName
  readonly json?: true
  readonly allSteps?: true
}
type ReplayOptions = ReplayWords & OwnOptions & ItfOptions & Shown & CiReports

async function replayFiles(io: Io, files: readonly string[], words: ReplayOptions): Promise<number> {
  if (!areCiReportsWhole(io, words)) return Status.BadInput
  const layout = files.length > 1 ? 'line' : 'whole'
  const picture = words.format !== undefined ? '--format' : words.allSteps === true ? '--all-steps' : undefined
  if (layout === 'line' && picture !== undefined) {
    complain(io, `${picture}: no effect with several files, since each has a line; name one of them`)
    return Status.BadInput
  }
  const catalogue = await openCatalogue(words)
  if (!catalogue.ok) {
    complainOf(io, catalogue.problem)
    return Status.BadInput
  }
  const replayed: ReplayedFile[] = []
  for (const file of files) replayed.push(await replayFile(io, file, words, catalogue.value, layout))
  const outcomes = () => replayed.map(({ outcome }) => outcome)
  const isWritten = writeCiReports(io, words, { command: 'replay', outcomes })
  return worstStatus([...replayed.map(({ status }) => status), ...(isWritten ? [] : [Status.BadInput])])
}

async function replayFile(
  io: Io,
  file: string,
  words: ReplayOptions,
  catalogue: Catalogue,
  layout: Layout,
): Promise<ReplayedFile> {
  const text = readText(file)
  if (text.ok && isTranscript(text.value)) return replayTranscript(io, { file, text: text.value }, words, layout)
  if (words.on !== undefined && text.ok) {
    const says = `--on: ${file} is no transcript of an implementation; only those are asked again`
    return unreplayed(io, { message: says }, file, 'said')
  }
  const opened = openAny(io, file, words, catalogue)
  return opened.ok ? show(io, opened.value, words, layout) : unreplayed(io, opened.problem, file)
}

function show(io: Io, opened: OpenTrace, words: Shown, layout: Layout): ReplayedFile {
  const { format = 'text', json } = words
  const { path, trace, simulator, property } = opened
  const codes = codesOf(simulator, trace)
  if (!codes.ok) return unreplayed(io, { ...codes.problem, remedy: `Search again: ${searchText(trace)}` }, path)
  const { run, steps } = codes.value
  const again = replay(simulator, run, property)
  const now = recordAgain(opened, again)
  if (json) io.out(traceReplayJson(path, now, steps.length, again, layout))
  else if (layout === 'line') report(io, `${path}: ${lineOf(opened, again)}\n`)
  else if (format === 'text') showColumns(io, opened, steps, again, stepLines(words))
  else {
    const written = traceFormats[format].write(now, path)
    if (!written.ok) return unreplayed(io, written.problem, path)
    io.out(written.value)
  }
  const status = again.failure === undefined ? Status.Held : Status.Violated
  return { status, outcome: outcomeOfReplay(path, now, again) }
}

function lineOf({ property: { name } }: OpenTrace, { taken, failure }: Replayed): string {
  const actions = counted(taken.length, 'action')
  if (failure === undefined) return `${name} is not violated in ${actions}`
  const found = broken(failure)
  return `${name} is violated in ${actions}: ${plainLine(found.why)} [${found.broken}]`
}

/** The trace of what was taken now, with what fails now. */
function recordAgain({ trace, simulator, property }: OpenTrace, { taken, failure }: Replayed): Trace {
  const { setup, seed, designs } = trace.header
  const why = failure === undefined ? `in this model it is not violated` : ''
  const found = { property: property.name, seed, why, ...(failure && broken(failure)) }
  return record(simulator, setup, taken, { ...found, ...(designs === undefined ? {} : { designs }) })
}

function showColumns(
  io: Io,
  { trace, simulator, property }: OpenTrace,
  steps: readonly RecordedStep[],
  { taken, failure }: Replayed,
  lines: StepLines,
): void {
  report(io, `${machineOf(trace.header.setup)}\n\n`)
  const shown = steps.slice(0, taken.length)
  const { continuation = [] } = failure !== undefined && taken.length === steps.length ? trace : {}
  const header = { ...trace.header, ...(failure && broken(failure)) }
  const picture =
    failure === undefined
      ? columns(shown, simulator.machine.scope)
      : columnsOfTrace({ header, steps: shown, continuation }, lines)
  report(io, `${picture}\n\n`)
  const left = steps.length - taken.length
  if (left > 0) report(io, `  violated before the end: ${left} more ${plural(left, 'action')} in the file\n`)
  if (failure !== undefined) return
  const these = taken.length === 1 ? 'This 1 action does' : `These ${taken.length} actions do`
  const verdict = `${these} not violate ${property.name} in this model.`
  report(io, `${wrap(verdict, mailWidth, '  ').join('\n')}\n`)
}
