import { type Command, Option } from 'commander'
import { needs } from '../../search/cells/cell.js'
import { printStatus } from '../campaign/print-status.js'
import type { RunCommand } from '../campaign/search-cell.js'
import { startCampaign } from '../campaign/start.js'
import { workOn } from '../campaign/work.js'
import { bytes, collect, seconds, wholeNumber } from '../options/values.js'
import type { End, Io } from '../terminal/io.js'

/** @param run runs the command line of a cell */
export const addCampaign = (run: RunCommand) => (program: Command, io: Io, end: End) => {
  const campaign = program
    .command('campaign')
    .description('hand out the cells of a command line to workers, by BullMQ queues in a Redis server')
  const redis = () => new Option('--redis <url>', 'the server (default: DMAPROOF_REDIS, or redis://127.0.0.1:6379)')
  campaign
    .command('start')
    .description('put the cells of a command line into the queues that have no result yet')
    .argument('<place>', 'folder of the results; or the URL of the server, and each worker has a folder of its own')
    .argument('<command...>', 'check, compare, conform, explore, litmus or run with its options')
    .addOption(redis())
    .allowUnknownOption() // those of the command
    .addHelpText('after', startHelp)
    .action(async (place: string, words: string[], options) => end(await startCampaign(io, place, words, options, run)))
  campaign
    .command('work')
    .description('search cells until none is left')
    .argument('<place>', 'as of campaign start')
    .addOption(redis())
    .option('--results <folder>', 'where the results go, if the place is a server')
    .option('--for <seconds>', 'take no cell any more after so long; those that run come to their end', seconds)
    .option('--jobs <n>', 'cells at a time, each with a worker thread', wholeNumber(1, 256), 2)
    .option('--take <kind>', `only cells that are ${needs.join(' or ')}; again, or with commas, for more`, collect)
    .option('--memory <size>', 'memory for all searches (default: six tenths of what is free)', bytes)
    .option('--lease <seconds>', 'give a cell to another worker after so long without a sign of life', seconds, 30)
    .addHelpText('after', workHelp)
    .action(async (place: string, options) => end(await workOn(io, place, options, run)))
  campaign
    .command('status')
    .description('print what is done, what is left, and what was not judged')
    .argument('<place>', 'as of campaign start')
    .addOption(redis())
    .option('--json', 'print an object')
    .addHelpText('after', statusHelp)
    .action(async (place: string, options) => end(await printStatus(io, place, options)))
}

const startHelp = `
A cell that waits already stays one job. One that ended without a result, or with one that a bound cut short, is put \
in again. --time of the command line is for each cell. What check found and kept before is not tried first.

Exit status: 0 the cells are in the queues · 2 bad input, no server or a missing package

Examples:
  dmaproof campaign start results compare --time 600
  dmaproof campaign start --redis redis://queue.lan:6379 results check on-demand-4k --runs 10000
  dmaproof campaign start redis://queue.lan:6379 compare --random --runs 10000`

const workHelp = `
A result is a file before its cell is done. A worker that is killed loses the cells that it searches to others, which \
search them again. ^C gives them back at once.

Exit status: 0 the campaign ended, and all was judged · 2 bad input, no server, or results cannot be written here · \
3 some cells were not judged, or are left · 70 two results contradict (1 those of conform and run)

Examples:
  dmaproof campaign work results --jobs 8
  dmaproof campaign work results --take exhaustive --memory 64G --for 3600
  dmaproof campaign work redis://queue.lan:6379#0123456789ab --results mine`

const statusHelp = `
Exit status: 0 all was judged · 2 bad input or no server · 3 cells are left or were not judged · 70 two results \
contradict (1 those of conform and run)

Examples:
  dmaproof campaign status results
  dmaproof campaign status results --json | jq .secondsLeft`
