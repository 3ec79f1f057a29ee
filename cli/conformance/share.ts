import { counted } from '../../base/plural.js'
import { ok, type Problem, type Result, within } from '../../base/result.js'
import type { Divergence } from '../../conform/oracle/check.js'
import { joinBlocks } from '../../conform/runner/join.js'
import type { BlockReport, Report } from '../../conform/runner/report.js'
import type { Conformance } from '../../conform/runner/run.js'
import { type ConformCell, conformCell, readConformCell } from '../../report/json/conform-cell.js'
import { Status } from '../exit-status.js'
import { type CellOptions, Share } from '../options/cells.js'
import { writeCiReports } from '../options/ci-reports.js'
import { complainOf, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { runWatched, type Watch } from '../terminal/watch.js'
import { type AskedOf, type ConformPlan, conformCells, conformFrom, conformReport } from './cells.js'
import { divergenceTranscript, keepTranscript } from './keep.js'
import { progressLines } from './progress.js'
import { printReport, type ReportOptions } from './report.js'

/** How cells are asked, and what is printed of them. */
export interface ShareOptions extends CellOptions, Omit<ReportOptions, 'word' | 'open'> {
  /** Seconds after which nothing new is sent. */
  readonly time?: number
  /** Where transcripts are kept. */
  readonly save: string
}

/**
 * Asks the cells of this process that have no stored result, and prints all of them.
 *
 * @param conformance is closed when it returns
 * @returns the exit status
 */
export async function conformShare(
  io: Io,
  conformance: Conformance,
  asked: AskedOf,
  options: ShareOptions,
): Promise<number> {
  try {
    const planned = conformCells(conformance, asked)
    const opened = Share.open(io, planned.blocks.length, () => planned.plan, options)
    const share = Share.begin(io, opened, options)
    if (typeof share === 'number') return share
    const found = await runWatched(io, 'conform', (watch) =>
      new Asking(io, conformance, planned, share, asked, watch).all(options.time),
    )
    return tell(io, share, found, options)
  } finally {
    await conformance.close()
  }
}

function tell(io: Io, share: Share, { cells, searched }: AskedCells, options: ShareOptions): number {
  const mine = share.mine().length
  const left = mine - cells.length
  const open = left === 0 ? undefined : `${left} of ${counted(mine, 'cell')} were not asked`
  const status = printConformCells(io, cells, options, open)
  if (options.json !== true) report(io, share.text(searched))
  const isUnkept = share.complainUnkept(io)
  return share.withContradictions(io, isUnkept && status !== Status.Violated ? Status.BadInput : status)
}

/** What a process asked of its cells, and what was known of them. */
interface AskedCells {
  /** In the order of the plan; those that were not come to are left out. */
  readonly cells: readonly ConformCell[]
  /** How many were not known before. */
  readonly searched: number
}

/** Asks cells one after the other, until a bound or ^C leaves one open. */
class Asking {
  private readonly began = performance.now()

  constructor(
    private readonly io: Io,
    private readonly conformance: Conformance,
    private readonly planned: ConformPlan,
    private readonly share: Share,
    private readonly asked: AskedOf,
    private readonly watch: Watch,
  ) {}

  async all(time: number | undefined): Promise<AskedCells> {
    const cells: ConformCell[] = []
    const mine = this.share.mine()
    const known = new Map(mine.map((index) => [index, conformFrom(this.share.known(index)?.report)]))
    let isOver = false
    for (const [at, index] of mine.entries()) {
      const one: ConformCell | undefined =
        known.get(index) ?? (isOver ? undefined : await this.ask(index, at / mine.length, time))
      if (one !== undefined) cells.push(one)
      isOver ||= one === undefined || one.ended === 'open'
    }
    return { cells, searched: [...known.values()].filter((one) => one === undefined).length }
  }

  /** @returns undefined if nothing of it was asked */
  private async ask(index: number, done: number, time: number | undefined): Promise<ConformCell | undefined> {
    const { onProgress, isInterrupted } = this.watch
    const block = this.planned.blocks[index]
    const left = time === undefined ? {} : { time: time - (performance.now() - this.began) / 1000 }
    const lines = progressLines(this.io, {
      isInterrupted,
      onProgress: (part) => onProgress(done + part / this.share.mine().length),
    })
    const found = await this.conformance.ask(block, { ...left, ...lines, isInterrupted })
    const { seed, target } = this.asked
    const cell = conformCell(found, target.word, ({ divergence }) =>
      divergenceTranscript(divergence, found.report, { seed, guest: target.guest }),
    )
    if (found.report.sequences === 0) {
      // a bound of time leaves no reason: the target did not start again
      if (found.report.cut !== undefined && !isInterrupted()) complainOf(this.io, { message: found.report.cut })
      return undefined
    }
    this.share.keep(index, [], conformReport(cell))
    return cell
  }
}

/** What cells say together, and the text of each divergence's transcript. */
interface JoinedCells {
  readonly report: Report | undefined
  readonly transcripts: ReadonlyMap<Divergence, string>
}

function joinCells(cells: readonly ConformCell[]): Result<JoinedCells> {
  const blocks: BlockReport[] = []
  const transcripts = new Map<Divergence, string>()
  for (const cell of cells) {
    const read = readConformCell(cell)
    if (!read.ok) return within(`a result of ${cell.target}`, read.problem)
    blocks.push(read.value)
    for (const [at, { found }] of read.value.met.entries())
      transcripts.set(found.divergence, cell.met[at]?.divergence.transcript ?? '')
  }
  return ok({ report: joinBlocks(blocks), transcripts })
}

/**
 * Prints what cells of one run say together, as the undivided command does.
 *
 * @param open why there are not all; absent if there are
 * @returns the exit status
 */
export function printConformCells(
  io: Io,
  cells: readonly ConformCell[],
  options: Omit<ShareOptions, keyof CellOptions>,
  open: string | undefined,
): number {
  const joined = joinCells(cells)
  if (!joined.ok) return unread(io, joined.problem)
  const { report: found, transcripts } = joined.value
  const [first] = cells
  if (found === undefined || first === undefined) {
    const isWritten = writeCiReports(io, options, { command: 'conform', outcomes: () => [], open })
    if (!isWritten) return Status.BadInput
    return open === undefined ? Status.Held : Status.Inconclusive
  }
  const as = { what: found.interface, folder: options.save }
  const kept = new Map(
    found.divergences.map(({ divergence }) => [
      divergence,
      keepTranscript(transcripts.get(divergence) ?? '', found, as),
    ]),
  )
  return printReport(io, found, { ...options, word: first.word, open }, kept)
}

function unread(io: Io, problem: Problem): number {
  complainOf(io, problem)
  return Status.BadInput
}
