import type { Command } from 'commander'
import { counted } from '../../base/plural.js'
import { problemText } from '../../base/result.js'
import { broken } from '../../properties/failure.js'
import { columnsOfTrace } from '../../report/columns/columns.js'
import { saveText } from '../../search/archive/save.js'
import { minimise } from '../../search/minimise.js'
import { replay } from '../../search/simulator.js'
import { encodeTrace, recordViolation, type Trace, writeTrace } from '../../search/trace.js'
import { Status } from '../exit-status.js'
import { type ItfOptions, machineOption, openAny } from '../itf-file.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export function addMinimise(program: Command, io: Io, end: End): void {
  program
    .command('minimise')
    .description('leave out of a trace every action that its violation does not need')
    .argument('<file>', 'a trace, or states in ITF; actions that are not enabled when their turn comes are left out')
    .addOption(machineOption())
    .addOption(designsOption())
    .option('-o, --output <file>', 'write the shorter trace there and show its columns; else it goes to stdout')
    .addHelpText(
      'after',
      `
Exit status: 0 done · 2 the file is no trace, or violates nothing

Examples:
  dmaproof minimise recorded.ndjson -o short.ndjson
  dmaproof minimise recorded.ndjson > short.ndjson`,
    )
    .action(async (file: string, options: MinimiseOptions) => end(await minimiseFile(io, file, options)))
}

interface MinimiseOptions extends OwnOptions, ItfOptions {
  readonly output?: string
}

async function minimiseFile(io: Io, file: string, options: MinimiseOptions): Promise<number> {
  const catalogue = await openCatalogue(options)
  if (!catalogue.ok) {
    complainOf(io, catalogue.problem)
    return Status.BadInput
  }
  const opened = openAny(io, file, options, catalogue.value)
  if (!opened.ok) {
    complainOf(io, opened.problem, file)
    return Status.BadInput
  }
  const run = encodeTrace(opened.value.trace) // whether each action is enabled is for the search to see
  if (!run.ok) {
    complainOf(io, run.problem, file)
    return Status.BadInput
  }
  const { simulator, property, trace } = opened.value
  if (replay(simulator, run.value, property).failure === undefined) {
    complain(
      io,
      `${file}: ${counted(run.value.length, 'action')} without a violation of ${property.name}: nothing to minimise`,
    )
    return Status.BadInput
  }
  const shorter = minimise(simulator, run.value, property)
  io.err(`${run.value.length} → ${counted(shorter.run.length, 'action')}, in ${counted(shorter.executions, 'run')}\n`)
  const failure = replay(simulator, shorter.run, property).failure
  const found = {
    seed: trace.header.seed,
    why: trace.header.why,
    ...(failure && broken(failure)),
    ...catalogue.value.filesFor(trace.header.setup, property),
  }
  const written = recordViolation(simulator, trace.header.setup, shorter.run, property, found)
  const picture = columnsOfTrace(written)
  const { output } = options
  return output === undefined ? print(io, written) : save(io, written, output, picture)
}

function print(io: Io, trace: Trace): number {
  io.out(writeTrace(trace))
  return Status.Held
}

function save(io: Io, trace: Trace, output: string, picture: string): number {
  const saved = saveText(writeTrace(trace), output)
  if (saved.ok) {
    report(io, `${picture}\n`)
    return Status.Held
  }
  complain(io, `${problemText(saved.problem)}; here it is:`)
  io.out(writeTrace(trace))
  return Status.BadInput
}
