import type { Command } from 'commander'
import type { Problem } from '../../base/result.js'
import { outcomesOfVerdicts } from '../../report/ci/verdicts.js'
import type { StepLines } from '../../report/columns/columns.js'
import { checkJson } from '../../report/json/verdicts.js'
import type { Judged } from '../../report/text/judged.js'
import { makePaint } from '../../report/text/paint.js'
import { verdictsText } from '../../report/text/verdicts/verdicts.js'
import { defaultFolder } from '../../search/archive/save.js'
import { longestRun } from '../../search/check/rounds.js'
import { complainUnsaved } from '../archive.js'
import { wholeTime } from '../checking/check.js'
import { type CoverageOptions, coverageAsked, reportCoverage } from '../checking/coverage.js'
import { type Asked, type CheckedShare, checkCells, checkShare } from '../checking/share.js'
import { untriedText } from '../checking/untried.js'
import { Status, statusOf } from '../exit-status.js'
import { allStepsOption, stepLines } from '../options/all-steps.js'
import { addCells, type CellOptions, Share } from '../options/cells.js'
import { addCiReports, areCiReportsWhole, type CiReports, writeCiReports } from '../options/ci-reports.js'
import { machineOptions } from '../options/machine.js'
import { type MachineOptions, questionsOf } from '../options/machines.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { collect, namedConfigurations, seconds, splitNames, wholeNumber } from '../options/values.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { unexpected } from '../terminal/unexpected.js'

interface CheckOptions extends MachineOptions, OwnOptions, CoverageOptions, CiReports, CellOptions {
  readonly configuration?: readonly string[]
  readonly runs?: number
  readonly length: number
  readonly time?: number
  readonly seed: number
  readonly json?: boolean
  readonly save: string
  readonly jobs: number
  readonly fresh?: boolean
  readonly shrink: boolean
  readonly allSteps?: boolean
}

export function addCheck(program: Command, io: Io, end: End): void {
  const command = program
    .command('check')
    .description('search designs for violations, and show each counterexample shrunk and in columns')
    .argument('<design...>', 'names as in: dmaproof list designs')
    .option('--configuration <name>', 'only this one; again, or with commas, for more (default: all)', splitNames)
    .option('--runs <n>', 'runs in each configuration, at most', wholeNumber(1, 1e9))
    .option('--length <n>', 'actions of a run, at most; many runs are shorter', wholeNumber(1, 100_000), longestRun)
    .option('--time <seconds>', `for the whole (default: ${wholeTime} a design and driver; none with --runs)`, seconds)
    .option('--seed <n>', 'with --runs, the same seed finds the same', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--scope <k=v,…>', 'sizes of the machine: pages=8,vcpus=2 (a field: dmaproof explain FIELD)')
    .addOption(machineOptions.platform)
    .addOption(machineOptions.property)
    .addOption(machineOptions.driver)
    .addOption(machineOptions.parts)
    .addOption(machineOptions.lock)
    .addOption(designsOption())
    .option('--json', 'print an array of verdicts')
    .addOption(allStepsOption())
    .option('--save <folder>', 'where counterexamples are kept', defaultFolder)
    .option('--fresh', 'do not try first what earlier searches found and kept')
    .option('--no-shrink', 'draw runs alone, and keep a violation as it was found, for minimise and view')
    .option('--stats', 'print how often rows were taken and rules decided in the random runs')
    .option('--stats-file <file>', 'add these counts to those in the file')
    .option('--at-least <rule=n>', 'fail unless the rule decided so often; again, or with commas, for more', collect)
    .option('--jobs <n>', 'worker threads; 0 searches in this one', wholeNumber(0, 256), 2)
    .addHelpText('after', examples)
  addCiReports(addCells(command)).action(async (names: string[], options: CheckOptions) =>
    end(await check(io, names, options)),
  )
}

const examples = `
Each design is searched in many configurations of its machine: with failures, device TLBs, several units, \
raw calls … (dmaproof list configurations). What --scope, --platform, --parts and --lock say is kept in all of them.

Exit status: 0 nothing found · 1 violated · 2 bad input · 3 inconclusive or vacuous

Examples:
  dmaproof check on-demand-superpage
  dmaproof check on-demand-4k --driver all --platform 'linux-7.2 drain=none'
  dmaproof check attributes-first --scope backing=in-place,guest=arbitrary --lock none --configuration plain
  dmaproof check mine --designs mine.ts --driver all
  dmaproof check on-demand-4k --property entry-limit --scope entryLimit=3,start=private --time 30`

async function check(io: Io, names: readonly string[], options: CheckOptions): Promise<number> {
  if (!areCiReportsWhole(io, options)) return Status.BadInput
  const catalogue = await openCatalogue(options, io)
  if (!catalogue.ok) {
    complainOf(io, catalogue.problem)
    return Status.BadInput
  }
  const questions = questionsOf(names, options, catalogue.value)
  const wanted = namedConfigurations(options.configuration)
  const asked = coverageAsked(options)
  if (!questions.ok || !wanted.ok || !asked.ok) {
    for (const read of [questions, wanted, asked]) if (!read.ok) complainOf(io, read.problem)
    return Status.BadInput
  }
  const what = { questions: questions.value, configurations: wanted.value, catalogue: catalogue.value }
  const opened = Share.open(io, what.questions.length, () => checkCells(what, options), options)
  const share = Share.begin(io, opened, options)
  if (typeof share === 'number') return share
  const ended = await checkShare(io, what, options, share)
  const status = share.withContradictions(io, tell(io, ended, options, what, share))
  if (ended.result.ended === 'refused' || ended.result.ended === 'bug') return status
  const covered = reportCoverage(io, options, asked.value, ended.coverage)
  return status === Status.Held ? covered : status
}

function tell(
  io: Io,
  { judged: found, result, searches, ended, planned, unbegun }: CheckedShare,
  options: CheckOptions,
  { questions, configurations }: Asked,
  share: Share,
): number {
  if (result.ended === 'refused') {
    complainOf(io, result.problem)
    return Status.BadInput
  }
  if (found.length === 0 && planned > 0 && result.ended === 'all') {
    complainOf(io, nothingJudged)
    return Status.BadInput
  }
  const untried = untriedText(questions, configurations, options, result.ended === 'all' ? unbegun : [])
  if (options.json === true) io.out(checkJson(found))
  else report(io, textOf(found, untried, io, stepLines(options)) + share.text(planned))
  const isUnsaved = complainUnsaved(io, found, options.json === true ? io.err : undefined)
  const isUnkept = share.complainUnkept(io)
  const open = result.ended === 'all' ? undefined : `interrupted: ${ended} of ${searches} searches ended`
  const isWritten = writeCiReports(io, options, { command: 'check', outcomes: () => outcomesOfVerdicts(found), open })
  if (result.ended === 'interrupted' && open !== undefined) complain(io, open)
  if (result.ended === 'bug') return unexpected(io, result.stack)
  const verdicts = found.map(({ verdict }) => verdict.verdict)
  return statusOf(verdicts, { isBad: isUnsaved || isUnkept || !isWritten, isWhole: result.ended === 'all' })
}

/** A configuration leaves out properties that a correct host need not have there, and those whose parts it lacks. */
const nothingJudged: Problem = {
  message: 'no property that was asked for is judged in these configurations',
  remedy: 'Leave out --configuration or --property: one property is not judged in each configuration.',
}

const textOf = (found: readonly Judged[], untried: string, io: Io, shown: StepLines): string =>
  `${verdictsText(found, makePaint(io.colors), shown)}${untried}`
