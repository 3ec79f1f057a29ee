import { freemem } from 'node:os'
import type { Command } from 'commander'
import { ok, type Problem, problemText } from '../../base/result.js'
import { maxStoredStates } from '../../checker/memory/store-memory.js'
import { outcomesOfVerdicts } from '../../report/ci/verdicts.js'
import { compareJson } from '../../report/json/verdicts.js'
import { comparisonText, type JudgedCell } from '../../report/text/compare/comparison.js'
import type { Judged } from '../../report/text/judged.js'
import { makePaint } from '../../report/text/paint.js'
import { defaultFolder } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { defaultRuns } from '../../search/compare/matrix.js'
import { complainUnsaved } from '../archive.js'
import { comparisonCells } from '../comparison/cells.js'
import { costFigures, costsOf, costsText } from '../comparison/costs.js'
import type { CompareOptions } from '../comparison/options.js'
import { comparisonPlan } from '../comparison/plan.js'
import { type SearchedComparison, searchShare } from '../comparison/search.js'
import { workload } from '../costs/workload-option.js'
import { Status } from '../exit-status.js'
import { addCells, Share } from '../options/cells.js'
import { addCiReports, areCiReportsWhole, writeCiReports } from '../options/ci-reports.js'
import { designsOption, openCatalogue } from '../options/own.js'
import { bytes, collect, knownDesigns, parseScope, seconds, wholeNumber } from '../options/values.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { unexpected } from '../terminal/unexpected.js'

export function addCompare(program: Command, io: Io, end: End): void {
  const command = program
    .command('compare')
    .description('prove or refute every design × driver × backing × platform × property, and print the table')
    .option('--scope <k=v,…>', 'other sizes, as in pages=4,vcpus=2 (a field: dmaproof explain FIELD)')
    .option(
      '--time <seconds>',
      'at most so many seconds in all (default: 60; of --architectures: 300); with --exhaustive, a machine (300)',
      seconds,
    )
    .option('--states <n>', 'states of a machine to store, at most', wholeNumber(1, maxStoredStates))
    .option('--memory <size>', 'memory for states (default: six tenths of what is free)', bytes)
    .option('--architectures', 'ask every architecture: TDX, SEV-SNP, Arm CCA … (docs/architectures.md)')
    .option('--exhaustive', 'prove at larger sizes, for ten minutes, and draw runs against each proof')
    .option('--random', 'draw random runs instead, at larger sizes: they find, and prove nothing')
    .option(
      '--runs <n>',
      'drawn runs of a machine, at most, several times that where a violation is rare',
      wholeNumber(1, 1e9),
      defaultRuns,
    )
    .option('--seed <n>', 'the same seed finds the same', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--jobs <n>', 'worker threads; they change nothing but the time', wholeNumber(0, 256), 2)
    .option('--design <name>', 'only this one; again, or with commas, for more', collect)
    .addOption(designsOption())
    .option('--cost <workload>', 'what the designs that violate nothing cost: boot, nic … (dmaproof cost)', workload)
    .option('--json', 'print an array of verdicts')
    .option('--save <folder>', 'where counterexamples are kept', defaultFolder)
    .addHelpText('after', examples)
  addCiReports(addCells(command)).action(async (options: CompareOptions) => end(await compare(io, options)))
}

const examples = `
Exit status: 0 the comparison ran, whatever it found · 2 bad input · 3 a verdict is vacuous or inconclusive, or
  ^C, SIGTERM or SIGHUP came first · 70 two searches disagree

Examples:
  dmaproof compare
  dmaproof compare --scope pages=4 --time 600 --design hitless-cut,on-demand-4k
  dmaproof compare --json | jq '.[] | select(.verdict == "violated") | .trace'
  dmaproof compare --architectures --design hitless-cut
  dmaproof compare --cost nvme --design on-demand-4k,bounce-pool
  dmaproof compare --random --runs 10000 --jobs 8`

async function compare(io: Io, options: CompareOptions): Promise<number> {
  if (!areCiReportsWhole(io, options)) return Status.BadInput
  const began = performance.now()
  const opened = await openCatalogue(options, io)
  const asked = opened.ok ? knownDesigns(options.design ?? [], opened.value) : opened
  const scope = options.scope === undefined ? ok({}) : parseScope(options.scope)
  if (!opened.ok || !asked.ok || !scope.ok) {
    for (const read of [asked, scope]) if (!read.ok) complainOf(io, read.problem)
    return Status.BadInput
  }
  const catalogue = opened.value
  const plan = comparisonPlan(asked.value, scope.value, { ...options, freeBytes: freemem() }, catalogue)
  const cells = Share.open(io, plan.jobs.length, () => comparisonCells(plan, catalogue), options)
  const share = Share.begin(io, cells, options)
  if (typeof share === 'number') return share
  const searched = await searchShare(io, plan, share, options, catalogue)
  if (searched.result.ended === 'refused') return refused(io, searched.result.problem, catalogue)
  return share.withContradictions(io, tell(io, searched, share, options, catalogue, began))
}

/** A design of the user's may not run at a size of the plan; one of this package always does. */
function refused(io: Io, problem: Problem, { own: { files } }: Catalogue): number {
  if (files.length === 0) throw new Error(`the comparison asks for a machine that cannot be: ${problemText(problem)}`)
  complainOf(io, problem)
  return Status.BadInput
}

/** Prints, saves and reports what was searched. @returns the status, were it not for contradictions */
function tell(
  io: Io,
  searched: SearchedComparison,
  share: Share,
  options: CompareOptions,
  catalogue: Catalogue,
  began: number,
): number {
  const { json, cost, report: page } = options
  const judged = searched.cells.flatMap((one) => one.judged)
  const isShown = cost !== undefined && (json !== true || page !== undefined)
  const costs = isShown ? costsOf(judged, cost, catalogue) : undefined
  if (json === true) io.out(compareJson(judged))
  else {
    const table = tableText(io, searched, options, catalogue, (performance.now() - began) / 1000)
    report(io, table + (costs === undefined ? '' : costsText(costs)) + share.text(searched.planned))
  }
  const isUnsaved = complainUnsaved(io, judged, json === true ? io.err : io.out)
  const isUnkept = share.complainUnkept(io)
  const isWritten = writeCiReports(io, options, {
    command: 'compare',
    outcomes: () => outcomesOfVerdicts(judged),
    open: openOf(searched),
    figures: costs === undefined ? [] : costFigures(costs),
  })
  return statusOf(io, searched, judged, isUnsaved || isUnkept || !isWritten)
}

function tableText(
  io: Io,
  { cells }: SearchedComparison,
  { save: folder }: CompareOptions,
  catalogue: Catalogue,
  seconds: number,
): string {
  const properties = catalogue.properties.map(({ name }) => name)
  return textOf(io, cells, { folder, properties, seconds })
}

interface Beside {
  readonly folder: string
  /** Names, in the order of the columns. */
  readonly properties: readonly string[]
  readonly seconds?: number
}

/** What a comparison says, or several that were joined. */
export function textOf(io: Io, cells: readonly JudgedCell[], beside: Beside): string {
  return comparisonText(cells, { ...beside, paint: makePaint(io.colors) })
}

/** Why not all was searched; undefined if it was. */
const openOf = ({ result, ended, planned }: SearchedComparison): string | undefined =>
  result.ended === 'all' ? undefined : `interrupted: ${ended} of ${planned} searches ended`

/** Violations are what a comparison is about: they are not its failure. A folder that cannot be written is. */
function statusOf(io: Io, searched: SearchedComparison, judged: readonly Judged[], isUnsaved: boolean): number {
  const { result } = searched
  const open = openOf(searched)
  if (result.ended === 'bug') return unexpected(io, result.stack)
  if (isUnsaved) return Status.BadInput
  if (open !== undefined) {
    complain(io, open)
    return Status.Inconclusive
  }
  const says = (name: string) => judged.some(({ verdict }) => verdict.verdict === name)
  return says('vacuous') || says('inconclusive') ? Status.Inconclusive : Status.Held
}
