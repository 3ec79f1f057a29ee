import type { Command } from 'commander'
import { counted } from '../../base/plural.js'
import { ok, problemText, type Result } from '../../base/result.js'
import { outcomesOfVerdicts } from '../../report/ci/verdicts.js'
import { exploredFrom, exploreJson } from '../../report/json/exploration.js'
import { litmusArray } from '../../report/json/litmus.js'
import { checkJson, compareJson } from '../../report/json/verdicts.js'
import { exploredText, leftOpenText } from '../../report/text/exploration.js'
import { makePaint } from '../../report/text/paint.js'
import { verdictsText } from '../../report/text/verdicts/verdicts.js'
import { defaultFolder, type SavedVerdict, saveVerdicts } from '../../search/archive/save.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import type { CellCommand } from '../../search/cells/cell.js'
import { type Merged, mergeResults } from '../../search/cells/merge.js'
import { openResults, type ResultFolder, readResults, writeResult } from '../../search/cells/results.js'
import { complainUnsaved } from '../archive.js'
import { conformFrom } from '../conformance/cells.js'
import { printRunCells, storedResult } from '../conformance/run-share.js'
import { printConformCells } from '../conformance/share.js'
import { Status, statusOf, worstStatus } from '../exit-status.js'
import { litmusFrom } from '../litmus/cells.js'
import { complainContradictions, shortKey } from '../options/cells.js'
import { addCiReports, areCiReportsWhole, type CiReports, writeCiReports } from '../options/ci-reports.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { textOf } from './compare.js'
import { conformanceFolder } from './conform.js'

interface MergeOptions extends CiReports {
  readonly into?: string
  readonly json?: boolean
  readonly save?: string
}

export function addMerge(program: Command, io: Io, end: End): void {
  const command = program
    .command('merge')
    .description('join the results of shards, and print what the whole command would have printed')
    .argument('<folder...>', 'folders that check, compare, conform, explore, litmus or run made with --results')
    .option('--into <folder>', 'keep the joined results as well, to be joined again')
    .option('--json', 'print what the divided command prints with --json')
    .option('--save <folder>', 'where counterexamples and transcripts are kept (default: as of the divided command)')
    .addHelpText('after', examples)
  addCiReports(command).action((folders: string[], options: MergeOptions) => end(merge(io, folders, options)))
}

const examples = `
Results of one cell that are alike are one. Of two that differ in how much was searched, the one that says more is \
kept. Two that contradict each other are a bug of dmaproof; of conform and run, the target has answered in two \
ways. Both files are named.

Exit status: as of the command that was divided · 2 bad input · 3 a cell has no result · 70 two results contradict
  (1 those of conform and run)

Examples:
  dmaproof compare --shard 1/2 --results part-1
  dmaproof compare --shard 2/2 --results part-2
  dmaproof merge part-1 part-2 --junit report.xml`

function merge(io: Io, paths: readonly string[], options: MergeOptions): number {
  if (!areCiReportsWhole(io, options)) return Status.BadInput
  const folders = openAll(io, paths)
  const merged = folders.ok ? mergeResults(folders.value) : folders
  if (!merged.ok) {
    complainOf(io, merged.problem)
    return Status.BadInput
  }
  const { plan, contradictions } = merged.value
  const open = tellMissing(io, merged.value)
  const isUnkept = !keep(io, merged.value, options)
  const save = options.save ?? (plan.command === 'conform' ? conformanceFolder : defaultFolder)
  const status = printMerged(io, merged.value, { ...options, save }, open)
  const isBad = isUnkept && status !== Status.Violated
  return complainContradictions(io, contradictions, isBad ? Status.BadInput : status)
}

/** @param open why not all is there; absent if it is @returns the exit status */
function printMerged(io: Io, merged: Merged, options: PrintOptions, open: string | undefined): number {
  const { command } = merged.plan
  const { findings } = merged
  if (command === 'conform') {
    const cells = findings.flatMap((one) => conformFrom(one?.report) ?? [])
    return printConformCells(io, cells, options, open)
  }
  if (command === 'run') {
    return printRunCells(
      io,
      findings.flatMap((one) => storedResult(one, options.save) ?? []),
      options,
      open,
    )
  }
  return printSearches(io, merged, command, options, open)
}

/** The same of commands that ask the model alone. */
function printSearches(
  io: Io,
  merged: Merged,
  command: SearchCommand,
  options: PrintOptions,
  open: string | undefined,
): number {
  const judged = merged.findings.map((found) => saveVerdicts(found?.verdicts ?? [], options.save))
  const tests = merged.findings.flatMap((found) => litmusFrom(found?.report) ?? [])
  prints[command](io, merged, judged, options)
  const all = judged.flat()
  const isUnsaved = complainUnsaved(io, all, options.json === true ? io.err : undefined)
  const outcomes = () => [...outcomesOfVerdicts(all), ...tests.map(({ outcome }) => outcome)]
  const isWritten = writeCiReports(io, options, { command, outcomes, open })
  const names = all.map(({ verdict }) => verdict.verdict)
  // Violations are what a comparison is about: they are not its failure.
  const judgedBy = command === 'compare' ? names.filter((name) => name !== 'violated') : names
  const status = statusOf(judgedBy, { isBad: isUnsaved || !isWritten, isWhole: open === undefined })
  return worstStatus([status, ...tests.map((test) => test.status)])
}

/** The folders, each with its path. What in them counts as absent is said. */
function openAll(io: Io, paths: readonly string[]): Result<(readonly [string, ResultFolder])[]> {
  const folders: (readonly [string, ResultFolder])[] = []
  for (const path of paths) {
    const read = readResults(path)
    if (!read.ok) return read
    for (const damaged of read.value.damaged) complain(io, `${damaged}; it counts as absent`)
    folders.push([path, read.value])
  }
  return ok(folders)
}

type Judged = readonly (readonly SavedVerdict[])[]
type PrintOptions = MergeOptions & { readonly save: string }
type SearchCommand = Exclude<CellCommand, 'conform' | 'run'>

/** What each command prints of its cells, whole. */
const prints: Readonly<Record<SearchCommand, (io: Io, merged: Merged, judged: Judged, options: PrintOptions) => void>> =
  {
    check: (io, _, judged, { json }) => {
      if (json === true) io.out(checkJson(judged.flat()))
      else report(io, verdictsText(judged.flat(), makePaint(io.colors)))
    },
    compare: (io, { plan }, judged, { json, save }) => {
      const all = judged.flat()
      if (json === true) return io.out(compareJson(all))
      const cells = plan.cells.flatMap(({ asks }, index) => {
        const own = judged[index] ?? []
        return own.length === 0 ? [] : [{ ...(asks === undefined ? {} : { asks }), judged: own }]
      })
      report(io, textOf(io, cells, { folder: save, properties: propertiesOf(all) }))
    },
    explore: (io, { findings }, judged, { json }) => {
      const found = findings.flatMap((one, index) => exploredFrom(one?.report, judged[index] ?? []) ?? [])
      if (json !== true) report(io, exploredText(found, makePaint(io.colors)) + leftOpenText(found))
      else if (found.length > 0) io.out(exploreJson(found))
    },
    litmus: (io, { findings }, _, { json }) => {
      const ran = findings.flatMap((one) => litmusFrom(one?.report) ?? [])
      if (json === true) io.out(litmusArray(ran.map((one) => one.json)))
      else for (const { text } of ran) report(io, `${text}\n`)
    },
  }

/** The columns of the table: the built-in properties, then what else was judged. */
const propertiesOf = (all: readonly SavedVerdict[]): string[] => [
  ...new Set([...builtIn.properties.map(({ name }) => name), ...all.map(({ verdict }) => verdict.property)]),
]

/** @returns whether all could be kept */
function keep(io: Io, { plan, findings }: Merged, { into }: MergeOptions): boolean {
  if (into === undefined) return true
  const opened = openResults(into, plan)
  const written = plan.cells.map((cell, index) => {
    const own = findings[index]
    return own === undefined || !opened.ok ? opened : writeResult(into, cell, own)
  })
  const wrong = written.find((one) => !one.ok)
  if (wrong?.ok === false) complain(io, problemText(wrong.problem))
  return wrong === undefined
}

/** Cells named in a message, at most. */
const maxNamed = 10

/** @returns how many cells have no result, in words; undefined if all have one */
function tellMissing(io: Io, { plan, findings }: Merged): string | undefined {
  const missing = plan.cells.filter((_, index) => findings[index] === undefined)
  if (missing.length === 0) return undefined
  const says = `${counted(missing.length, 'cell')} of ${plan.cells.length} without a result`
  const named = missing.slice(0, maxNamed).map(({ title, key }) => `  ${title} (${shortKey(key)})`)
  const more = missing.length > maxNamed ? [`  and ${missing.length - maxNamed} more`] : []
  complain(io, [`${says}: run their shards again with the same --results`, ...named, ...more].join('\n'))
  return says
}
