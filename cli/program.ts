import { Command, CommanderError } from 'commander'
import { stackOf } from '../base/thrown.js'
import { mailWidth } from '../report/columns/wrap.js'
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
 * @param onLoaded called when the modules of the command are there, before it begins
 * @returns the exit status
 */
export async function run(words: readonly string[], io: Io, onLoaded: () => void = () => undefined): Promise<number> {
  let status: number = Status.Held
  const end = (given: number) => {
    status = given
  }
  try {
    const [first = ''] = words
    const program = await assemble(io, end, isName(first) && !namesAll.includes(first) ? [first] : commandNames)
    onLoaded()
    await program.parseAsync(withEachModule(words), { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Status.Held : Status.BadInput
    return unexpected(io, stackOf(error))
  }
}

type AddCommand = (program: Command, io: Io, end: (status: number) => void) => void

/** The commands in the order of the help, each in a module of its own: a line imports that of its command. */
const commands = {
  check: async () => (await import('./commands/check.js')).addCheck,
  compare: async () => (await import('./commands/compare.js')).addCompare,
  explore: async () => (await import('./commands/explore.js')).addExplore,
  replay: async () => (await import('./commands/replay.js')).addReplay,
  minimise: async () => (await import('./commands/minimise.js')).addMinimise,
  view: async () => (await import('./commands/view.js')).addView,
  export: async () => (await import('./commands/export.js')).addExport,
  litmus: async () => (await import('./commands/litmus.js')).addLitmus,
  bugs: async () => (await import('./commands/bugs.js')).addBugs,
  cost: async () => (await import('./commands/cost.js')).addCost,
  conform: async () => (await import('./commands/conform.js')).addConform,
  merge: async () => (await import('./commands/merge.js')).addMerge,
  campaign: async () => (await import('./commands/campaign.js')).addCampaign(run),
  run: async () => (await import('./commands/run.js')).addRun,
  linux: async () => (await import('./commands/linux.js')).addLinux,
  repro: async () => (await import('./commands/repro.js')).addRepro,
  list: async () => (await import('./commands/list.js')).addList,
  explain: async () => (await import('./commands/explain.js')).addExplain,
  init: async () => (await import('./commands/init.js')).addInit,
  completion: async () => (await import('./commands/completion.js')).addCompletion,
} satisfies Record<string, () => Promise<AddCommand>>

type CommandName = keyof typeof commands
/** What these print names all commands, so that a line of theirs needs the others' modules, too. */
const namesAll: readonly CommandName[] = ['list', 'explain', 'completion']
/** The names of all commands. */
export const commandNames = Object.keys(commands) as CommandName[]
const isName = (word: string): word is CommandName => Object.hasOwn(commands, word)

/** The commands, of which `run` parses one line. @param names those of which the line may be one */
export async function assemble(
  io: Io,
  end: (status: number) => void,
  names: readonly CommandName[] = commandNames,
): Promise<Command> {
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
  for (const name of names) (await commands[name]())(program, io, end)
  program.hook('preAction', async (_, command) => {
    await applyDefaults(command)
    await refuseIneffective(command)
  })
  return program
}
