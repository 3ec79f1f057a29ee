import { freemem } from 'node:os'
import type { Command } from 'commander'
import { problemText } from '../../base/result.js'
import { compareJson } from '../../report/json/verdicts.js'
import type { Judged } from '../../report/text/judged.js'
import { pathOf } from '../../report/text/judged.js'
import { machineOf } from '../../report/text/machine.js'
import { makePaint } from '../../report/text/paint.js'
import { table } from '../../report/text/table.js'
import { quoted } from '../../report/text/verdicts.js'
import { defaultFolder } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type Proof, proofs } from '../../search/compare/exhaustive-matrix.js'
import { type Cell, cells, defaultRuns } from '../../search/compare/matrix.js'
import type { SearchedJobs } from '../../search/jobs/search-jobs.js'
import { complainUnsaved } from '../archive.js'
import { Status } from '../exit-status.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { bytes, collect, knownDesigns, runLength, seconds, wholeNumber } from '../options/values.js'
import { searchAll } from '../search-all.js'
import { internalError } from '../terminal/internal-error.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'

interface CompareOptions extends OwnOptions {
  readonly runs: number
  readonly seed: number
  readonly jobs: number
  readonly json?: boolean
  readonly save: string
  readonly exhaustive?: boolean
  readonly time: number
  readonly memory?: number
  readonly design?: readonly string[]
}

export function addCompare(program: Command, io: Io, end: End): void {
  program
    .command('compare')
    .description('judge every design × driver × backing × platform × property, and print the table')
    .option(
      '--runs <n>',
      'runs of a search, at most, several times that where a violation is rare',
      wholeNumber(1, 1e9),
      defaultRuns,
    )
    .option('--seed <n>', 'the same seed finds the same', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--jobs <n>', 'worker threads; they change nothing but the time', wholeNumber(0, 256), 2)
    .option('--exhaustive', 'prove the cells of the table: see every state of each machine')
    .option('--time <seconds>', 'with --exhaustive, at most so many seconds for each machine', seconds, 300)
    .option('--memory <size>', 'with --exhaustive, memory for states (default: six tenths of what is free)', bytes)
    .option('--design <name>', 'only this one; again, or with commas, for more', collect)
    .addOption(designsOption())
    .option('--json', 'print an array of verdicts')
    .option('--save <folder>', 'where counterexamples are kept', defaultFolder)
    .addHelpText(
      'after',
      `
Exit status: 0 the comparison ran, whatever it found · 2 bad input · 3 a verdict is vacuous or inconclusive ·
  70 two searches disagree

Examples:
  dmaproof compare
  dmaproof compare --json | jq '.[] | select(.verdict == "violated") | .trace'
  dmaproof compare --runs 10000 --jobs 8
  dmaproof compare --exhaustive --design hitless-cut,on-demand-4k`,
    )
    .action(async (options: CompareOptions) => end(await compare(io, options)))
}

async function compare(io: Io, options: CompareOptions): Promise<number> {
  const { runs, seed, jobs, json, save } = options
  const opened = await openCatalogue(options)
  const asked = opened.ok ? knownDesigns(options.design ?? [], opened.value) : opened
  if (!opened.ok || !asked.ok) {
    if (!asked.ok) complainOf(io, asked.problem)
    return Status.BadInput
  }
  const catalogue = opened.value
  const all = options.exhaustive === true ? proofs(asked.value, catalogue) : cellsOf(asked.value, catalogue)
  const tasks = all.map((cell) => ({
    setup: cell.setup,
    properties: cell.properties,
    options: { seed, runs: runs * cell.effort, length: runLength },
    ...('platforms' in cell ? { exhaustive: { ...boundsOf(options), platforms: cell.platforms } } : {}),
  }))
  const searched = await searchAll(io, tasks, { jobs, folder: save, title: 'compare', catalogue })
  if (searched.result.ended === 'refused')
    throw new Error(`the comparison asks for a machine that cannot be: ${problemText(searched.result.problem)}`)
  const judged = searched.judged.flatMap((one) => one ?? [])
  io.out(json === true ? compareJson(judged) : compareText(io, all, searched, { folder: save, catalogue }))
  const isUnsaved = complainUnsaved(io, judged, json === true ? io.err : io.out)
  return statusOf(io, searched, judged, isUnsaved)
}

const cellsOf = (names: readonly string[], catalogue: Catalogue): readonly (Cell | Proof)[] =>
  cells(catalogue).filter(({ setup }) => names.length === 0 || names.includes(setup.design))

/** What each machine may take, with as many at once as there are threads. */
function boundsOf({ time, memory = freemem() * 0.6, jobs }: CompareOptions) {
  return { seconds: time, memoryBytes: Math.floor(memory / Math.max(1, jobs)) }
}

function compareText(
  io: Io,
  all: readonly Cell[],
  { judged }: SearchedJobs,
  { folder, catalogue }: { readonly folder: string; readonly catalogue: Catalogue },
): string {
  const rows = all.map(({ asks }, index) => ({
    ...(asks === undefined ? {} : { asks }),
    verdicts: (judged[index] ?? []).map(({ verdict }) => verdict),
  }))
  const names = catalogue.properties.map(({ name }) => name)
  const files = new Set(judged.flatMap((one) => one ?? []).flatMap((one) => pathOf(one) ?? []))
  const example = [...files][0]
  const kept =
    example === undefined
      ? ''
      : `${files.size} counterexamples in ${folder}; one of them: dmaproof replay ${quoted(example)}\n`
  return `${table(rows, names, makePaint(io.colors))}${kept}${vacuousText(rows.flatMap(({ verdicts }) => verdicts))}`
}

function vacuousText(verdicts: readonly Judged['verdict'][]): string {
  const lines = verdicts
    .filter(({ verdict }) => verdict === 'vacuous')
    .map((one) => `  ${one.property} · ${machineOf(one)}: ${one.why}`)
  return lines.length === 0 ? '' : `\nNever tested, so these passes are empty:\n${lines.join('\n')}\n`
}

/** Violations are what a comparison is about: they are not its failure. A folder that cannot be written is. */
function statusOf(
  io: Io,
  { result, ended, judged: byTask }: SearchedJobs,
  judged: readonly Judged[],
  isUnsaved: boolean,
): number {
  if (result.ended === 'bug') return internalError(io, result.stack)
  if (isUnsaved) return Status.BadInput
  if (result.ended === 'interrupted') {
    complain(io, `interrupted: ${ended} of ${byTask.length} searches ended`)
    return Status.Inconclusive
  }
  const says = (name: string) => judged.some(({ verdict }) => verdict.verdict === name)
  return says('vacuous') || says('inconclusive') ? Status.Inconclusive : Status.Held
}
