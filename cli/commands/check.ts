import type { Command } from 'commander'
import { properties } from '../../properties/index.js'
import { checkJson } from '../../report/json/verdicts.js'
import type { Judged } from '../../report/text/judged.js'
import { makePaint } from '../../report/text/paint.js'
import { verdictsText } from '../../report/text/verdicts.js'
import { loadTraces } from '../../search/archive/load.js'
import { isTraceOf, type Retried, retryArchived } from '../../search/archive/retry.js'
import { defaultFolder } from '../../search/archive/save.js'
import type { SearchedJobs } from '../../search/jobs/search-jobs.js'
import { complainUnsaved, readable } from '../archive.js'
import { Status, statusOf } from '../exit-status.js'
import { machineOptions } from '../options/machine.js'
import { type MachineOptions, tasksOf } from '../options/machines.js'
import { runLength, seconds, wholeNumber } from '../options/values.js'
import { searchAll } from '../search-all.js'
import { internalError } from '../terminal/internal-error.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'

interface CheckOptions extends MachineOptions {
  readonly runs?: number
  readonly time?: number
  readonly seed: number
  readonly json?: boolean
  readonly save: string
  readonly jobs: number
  readonly fresh?: boolean
}

const defaultRuns = 5000

export function addCheck(program: Command, io: Io, end: End): void {
  program
    .command('check')
    .description('search designs for violations, and show each counterexample shrunk and in columns')
    .argument('<design...>', 'names as in: dmaproof list designs')
    .option('--runs <n>', `runs of a search, at most (default: ${defaultRuns})`, wholeNumber(1, 1e9))
    .option('--time <seconds>', 'begin no new run after this time; without --runs, until then', seconds)
    .option('--seed <n>', 'the same seed finds the same', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--scope <k=v,…>', 'sizes of the machine: pages=8,vcpus=2 (a field: dmaproof explain FIELD)')
    .addOption(machineOptions.platform)
    .addOption(machineOptions.property)
    .addOption(machineOptions.driver)
    .addOption(machineOptions.parts)
    .addOption(machineOptions.lock)
    .option('--json', 'print an array of verdicts')
    .option('--save <folder>', 'where counterexamples are kept', defaultFolder)
    .option('--fresh', 'do not try first what earlier searches found and kept')
    .option('--jobs <n>', 'worker threads; 0 searches in this one', wholeNumber(0, 256), 2)
    .addHelpText('after', examples)
    .action(async (names: string[], options: CheckOptions) => end(await check(io, names, options)))
}

const examples = `
Exit status: 0 nothing found · 1 violated · 2 bad input · 3 inconclusive or vacuous

Examples:
  dmaproof check on-demand-superpage
  dmaproof check on-demand-4k --driver all --platform 'linux-7.2 drain=none'
  dmaproof check attributes-first --scope backing=in-place,guest=arbitrary --lock none
  dmaproof check on-demand-4k --property entry-limit --scope entryLimit=3,start=private --time 30`

async function check(io: Io, names: readonly string[], options: CheckOptions): Promise<number> {
  const { seed, time } = options
  const runs = options.runs ?? (time === undefined ? defaultRuns : Number.MAX_SAFE_INTEGER)
  const machines = tasksOf(names, options)
  if (!machines.ok) {
    complainOf(io, machines.problem)
    return Status.BadInput
  }
  const rounds = Math.ceil(machines.value.length / Math.max(1, options.jobs))
  const budget = { seed, runs, length: runLength, ...(time === undefined ? {} : { seconds: time / rounds }) }
  const jobs = machines.value.map((machine) => ({ ...machine, options: budget }))
  const isWanted = (name: string) => options.fresh !== true && jobs.some((job) => isTraceOf(name, job))
  const traces = readable(io, loadTraces(options.save, isWanted))
  const retried = jobs.map((job) => retryArchived(job, traces))
  const rest = retried.map((job) => job.rest)
  const searched = await searchAll(io, rest, { jobs: options.jobs, folder: options.save, title: 'check' })
  return report(io, together(retried, searched), options.json === true)
}

/** What archived traces showed, and what was searched, in the order of the properties. */
function together(retried: readonly Retried[], { judged, result, ended }: SearchedJobs): SearchedJobs {
  const order = properties.map(({ name }) => name)
  const all = judged.map((found, index) => {
    const before = retried[index]?.judged ?? []
    if (found === undefined && before.length === 0) return undefined
    const place = ({ verdict }: Judged) => order.indexOf(verdict.property)
    return [...before, ...(found ?? [])].sort((a, b) => place(a) - place(b))
  })
  return { judged: all, result, ended }
}

function report(io: Io, { judged, result, ended }: SearchedJobs, asJson: boolean): number {
  const found = judged.flatMap((one) => one ?? [])
  if (result.ended === 'refused') {
    complainOf(io, result.problem)
    return Status.BadInput
  }
  io.out(asJson ? checkJson(found) : verdictsText(found, makePaint(io.colors)))
  const isUnsaved = complainUnsaved(io, found, asJson ? io.err : undefined)
  if (result.ended === 'interrupted') {
    complain(io, `interrupted: ${ended} of ${judged.length} searches ended`)
  }
  if (result.ended === 'bug') return internalError(io, result.stack)
  const names = found.map(({ verdict }) => verdict.verdict)
  return statusOf(names, { isBad: isUnsaved, isWhole: result.ended === 'all' })
}
