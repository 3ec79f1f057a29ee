import { counted } from '../../base/plural.js'
import { ok, problemText, type Result, within } from '../../base/result.js'
import { joinRuns } from '../../conform/design-run/join.js'
import { type DesignRun, runDesign } from '../../conform/design-run/run.js'
import type { CiOutcome } from '../../report/ci/outcome.js'
import { type DesignRunCell, designRunCell, readDesignRunCell } from '../../report/json/design-run-cell.js'
import type { Judged } from '../../report/text/judged.js'
import { saveVerdicts } from '../../search/archive/save.js'
import type { Findings } from '../../search/cells/results.js'
import { Status } from '../exit-status.js'
import { type CellOptions, Share } from '../options/cells.js'
import { type CiReports, writeCiReports } from '../options/ci-reports.js'
import { complain, complainOf, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { runWatched } from '../terminal/watch.js'
import { askModel, endedOf } from './design-run.js'
import { divergenceTranscript, keepTranscript } from './keep.js'
import { type DriverOn, designRunFrom, fails, type RunAsked, type RunPart, runCells, runReport } from './run-cells.js'

/** What is printed of the cells of a run, and where files go. */
export interface RunShareOptions extends CellOptions, CiReports {
  readonly json?: boolean
  /** Where counterexamples and transcripts are kept. */
  readonly save: string
}

/** The result of one cell: the verdicts of the model, or what was counted on the implementation. */
export type RunCellResult = { readonly judged: readonly Judged[] } | { readonly cell: DesignRunCell }

/** Asks the cells of this process that have no stored result, and prints all of them. @returns the exit status */
export async function runShare(
  io: Io,
  drivers: readonly DriverOn[],
  asked: RunAsked,
  options: RunShareOptions,
): Promise<number> {
  const { plan, parts } = runCells(drivers, asked)
  const share = Share.begin(
    io,
    Share.open(io, parts.length, () => plan, options),
    options,
  )
  if (typeof share === 'number') return share
  const indices = share.mine()
  const results: RunCellResult[] = []
  let searched = 0
  let stopped: Unasked | undefined
  for (const index of indices) {
    const part = parts[index]
    if (part === undefined) continue
    const stored = storedResult(share.known(index), options.save)
    if (stored === undefined) searched += 1
    const result = stored ?? stopped ?? (await askPart(io, part, index, { share, asked, options }))
    if (typeof result === 'string') stopped = result
    else results.push(result)
  }
  const left = indices.length - results.length
  const open = left === 0 ? undefined : `${left} of ${counted(indices.length, 'cell')} were not asked`
  const status = printRunCells(io, results, options, open)
  if (options.json !== true) report(io, share.text(searched))
  const isUnkept = share.complainUnkept(io) || stopped === 'refused'
  return share.withContradictions(io, isUnkept && status !== Status.Violated ? Status.BadInput : status)
}

/** What a stored result of a cell holds; undefined without one. */
export function storedResult(known: Findings | undefined, folder: string): RunCellResult | undefined {
  if (known === undefined) return undefined
  const cell = designRunFrom(known.report)
  return cell === undefined ? { judged: saveVerdicts(known.verdicts, folder) } : { cell }
}

interface Asking {
  readonly share: Share
  readonly asked: RunAsked
  readonly options: RunShareOptions
}

/** Why a cell has no result: ^C, or a target that cannot be asked. */
type Unasked = 'interrupted' | 'refused'

/** Asks what one cell asks, and keeps its result. */
async function askPart(io: Io, part: RunPart, index: number, asking: Asking): Promise<RunCellResult | Unasked> {
  const { share, asked, options } = asking
  const { on, block } = part
  const own = { ...asked, driver: on.driver, platform: on.platform }
  if (block !== undefined) return askTarget(io, part, index, asking)
  const task = { options: own, folder: options.save, catalogue: asked.catalogue }
  const judged = await askModel(io, on.machine, task, on.platform)
  if (judged === undefined) return 'interrupted'
  share.keep(index, judged)
  return { judged }
}

async function askTarget(
  io: Io,
  { on: { driver, target, platform, open }, block = { from: 0, runs: 0 } }: RunPart,
  index: number,
  { share, asked }: Asking,
): Promise<RunCellResult | Unasked> {
  const seed = asked.seed + block.from
  const options = { ...asked, driver, platform, seed, runs: block.runs }
  let isOpen = false
  const ran = await runWatched(io, 'run', async (watch) => {
    const run = await runDesign(open, { ...options, ...watch })
    isOpen = watch.isInterrupted()
    return run
  })
  if (!ran.ok) {
    complainOf(io, ran.problem)
    return 'refused'
  }
  if (ran.value.replies === 0) return 'interrupted'
  const { divergence, target: name, observes } = ran.value
  const subject = { target: name, platforms: [platform], observes }
  const as = { seed, guest: target.guest }
  const transcript = divergence === undefined ? '' : divergenceTranscript(divergence, subject, as)
  const cell = designRunCell(ran.value, { word: target.word, driver: driver.name, transcript })
  share.keep(index, [], runReport(cell, isOpen))
  return { cell }
}

/** The results of all cells of one driver. */
interface DriverResults {
  judged: readonly Judged[] | undefined
  readonly cells: DesignRunCell[]
}

/**
 * Prints what cells say together, driver by driver, as the undivided command does. Counts are compared with what the
 * model says, so a driver of which only the one or the other is there has a line alone.
 *
 * @param open why there are not all cells; absent if there are
 * @returns the exit status
 */
export function printRunCells(
  io: Io,
  results: readonly RunCellResult[],
  options: Omit<RunShareOptions, keyof CellOptions>,
  open: string | undefined,
): number {
  const { json = false } = options
  const texts: string[] = []
  const outcomes: CiOutcome[] = []
  const ended: number[] = open === undefined ? [] : [Status.Inconclusive]
  for (const [name, { judged, cells }] of byDriver(results)) {
    const joined = joinCells(cells)
    if (!joined.ok) {
      complainOf(io, joined.problem)
      ended.push(Status.BadInput)
    } else if (judged === undefined || joined.value === undefined) {
      if (cells.some(fails)) ended.push(Status.Violated)
      if (!json) texts.push(`${name}: ${partText(cells, judged)}\n`)
    } else {
      const word = cells[0]?.word ?? ''
      const run = endedOf(io, joined.value, judged, { transcript: keep(io, cells, options.save), word, json })
      ended.push(run.status)
      outcomes.push(...(run.outcomes ?? []))
      if (run.text !== undefined) texts.push(run.text)
    }
  }
  if (json) io.out(`[${texts.join(',\n')}]\n`)
  else report(io, texts.join('\n'))
  if (!writeCiReports(io, options, { command: 'run', outcomes: () => outcomes, open })) ended.push(Status.BadInput)
  return [Status.Violated, Status.BadInput, Status.Inconclusive].find((status) => ended.includes(status)) ?? Status.Held
}

function byDriver(results: readonly RunCellResult[]): Map<string, DriverResults> {
  const drivers = new Map<string, DriverResults>()
  for (const result of results) {
    const name = 'cell' in result ? result.cell.driver : (result.judged[0]?.verdict.driver ?? '')
    const ofDriver = drivers.get(name) ?? { judged: undefined, cells: [] }
    if ('cell' in result) ofDriver.cells.push(result.cell)
    else ofDriver.judged = result.judged
    drivers.set(name, ofDriver)
  }
  return drivers
}

function joinCells(cells: readonly DesignRunCell[]): Result<DesignRun | undefined> {
  const runs: DesignRun[] = []
  for (const cell of cells) {
    const read = readDesignRunCell(cell)
    if (!read.ok) return within(`a result of ${cell.target}`, read.problem)
    runs.push(read.value)
  }
  return ok(joinRuns(runs))
}

const partText = (cells: readonly DesignRunCell[], judged: readonly Judged[] | undefined): string =>
  judged === undefined
    ? `${counted(
        cells.reduce((sum, { runs }) => sum + runs, 0),
        'run',
      )} here; dmaproof merge compares them with the model`
    : 'what the model says is here; dmaproof merge compares runs with it'

/** Saves the transcripts of all cells. @returns the path of the first, or null */
function keep(io: Io, cells: readonly DesignRunCell[], folder: string): string | null {
  const saved = cells.flatMap(({ divergence, target }) =>
    divergence === null ? [] : [keepTranscript(divergence.transcript, { target }, { what: 'run', folder })],
  )
  const unsaved = saved.find(({ ok }) => !ok)
  if (unsaved?.ok === false) complain(io, `${problemText(unsaved.problem)}; nothing is lost: in full above`)
  const [first] = saved
  return first?.ok === true ? first.value : null
}
