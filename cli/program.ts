import { Command, CommanderError } from 'commander'
import { stackOf } from '../base/thrown.js'
import { mailWidth } from '../report/columns/wrap.js'
import { addBugs } from './commands/bugs.js'
import { addCampaign } from './commands/campaign.js'
import { addCheck } from './commands/check.js'
import { addCompare } from './commands/compare.js'
import { addCompletion } from './commands/completion.js'
import { addConform } from './commands/conform.js'
import { addCost } from './commands/cost.js'
import { addExplain } from './commands/explain.js'
import { addExplore } from './commands/explore.js'
import { addExport } from './commands/export.js'
import { addInit } from './commands/init.js'
import { addLinux } from './commands/linux.js'
import { addList } from './commands/list.js'
import { addLitmus } from './commands/litmus.js'
import { addMerge } from './commands/merge.js'
import { addMinimise } from './commands/minimise.js'
import { addReplay } from './commands/replay.js'
import { addRepro } from './commands/repro.js'
import { addRun } from './commands/run.js'
import { addView } from './commands/view.js'
import { Status } from './exit-status.js'
import { applyDefaults } from './options/defaults.js'
import { withEachModule } from './options/each-module.js'
import { refuseIneffective } from './options/ineffective.js'
import type { Io } from './terminal/io.js'
import { report } from './terminal/report.js'
import { unexpected } from './terminal/unexpected.js'
import { version } from './version.js'

/**
 * Runs one command line. Never throws: what went wrong is on `io.err` and in the status.
 *
 * @param words the command line without node and the script
 * @returns the exit status
 */
export async function run(words: readonly string[], io: Io): Promise<number> {
  let status: number = Status.Held
  const end = (given: number) => {
    status = given
  }
  try {
    await assemble(io, end).parseAsync(withEachModule(words), { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Status.Held : Status.BadInput
    return unexpected(io, stackOf(error))
  }
}

const searches = [addCheck, addCompare, addExplore, addReplay, addMinimise, addView, addExport, addLitmus, addBugs]
const others = [
  addCost,
  addConform,
  addMerge,
  addCampaign(run),
  addRun,
  addLinux,
  addRepro,
  addList,
  addExplain,
  addInit,
  addCompletion,
]
/** In the order of the help. */
const commands = [...searches, ...others]

/** The commands, of which `run` parses one line. */
export function assemble(io: Io, end: (status: number) => void): Command {
  const program = new Command('dmaproof')
    .description('An executable model of DMA into confidential guests, and the searches that judge host designs on it')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(dmaproof --help, or --help after a command, says more)')
    .configureOutput({
      writeOut: (text) => report(io, text),
      ...(io.isTerminal ? {} : { getOutHelpWidth: () => mailWidth }),
      writeErr: io.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'dmaproof: ')),
    })
    .addHelpText(
      'after',
      `
Exit status: 0 held or nothing found · 1 violated · 2 usage or bad input · 3 inconclusive or vacuous · 70 internal error

Examples:
  dmaproof compare                      the whole matrix, proved or refuted, as a table
  dmaproof check on-demand-superpage    one design, with its counterexamples
  dmaproof explore on-demand-4k         every state of it: what holds there, holds within the scope
  dmaproof explain no-stale-frame       what a property says, and by which rules`,
    )
  for (const add of commands) add(program, io, end)
  program.hook('preAction', async (_, command) => {
    await applyDefaults(command)
    await refuseIneffective(command)
  })
  return program
}
