import { type Command, InvalidArgumentError } from 'commander'
import { counted } from '../../base/plural.js'
import { ok, problemText, type Result, refuse } from '../../base/result.js'
import type { SavedVerdict } from '../../search/archive/save.js'
import { asksTarget, type Cell, type CellPlan, isInShard, type Shard } from '../../search/cells/cell.js'
import { keepResult } from '../../search/cells/keep.js'
import type { Contradiction } from '../../search/cells/merge.js'
import type { CellReport } from '../../search/cells/report.js'
import { type Findings, openResults, type ResultFolder } from '../../search/cells/results.js'
import type { Verdict } from '../../search/verdict.js'
import { Status, worstStatus } from '../exit-status.js'
import { complain, complainOf, type Io } from '../terminal/io.js'

/** Dividing the work of a command over processes and machines. */
export interface CellOptions {
  readonly results?: string
  readonly shard?: Shard
  /** The key of the only cell, or its first digits. */
  readonly cell?: string
  readonly plan?: boolean
}

export const addCells = (command: Command): Command =>
  command
    .option(
      '--results <folder>',
      'keep each result as a file, and do not search again what is there (docs/campaigns.md)',
    )
    .option('--shard <i/n>', 'only this part of n of the work, with --results; dmaproof merge joins them', shard)
    .option('--cell <key>', 'only this cell of the plan, with --results', cellKey)
    .option('--plan', 'search nothing: write the plan into --results, and print a line a cell, its key first')

function shard(text: string): Shard {
  const [, first = '', second = ''] = /^([0-9]{1,6})\/([0-9]{1,6})$/.exec(text) ?? []
  const [part, of] = [Number(first), Number(second)]
  if (part >= 1 && part <= of) return { part, of }
  throw new InvalidArgumentError('expected I/N with I from 1 to N, as in 2/8')
}

/** The first digits of a key, as messages print them, tell the cells of a plan from each other. */
export const shortKey = (key: string): string => key.slice(0, 12)

function cellKey(text: string): string {
  if (/^[0-9a-f]{12,64}$/.test(text)) return text
  throw new InvalidArgumentError('expected a key of a cell, or its first 12 digits, as --plan prints them')
}

/** A search of states that a bound cut short may say more the next time; drawn runs would say the same again. */
export const isOpen = ({ verdict, states, runs }: Verdict): boolean =>
  verdict === 'inconclusive' || (verdict === 'none-found' && (states !== undefined || runs === 0))

/** Whether a bound cut some result of a cell short: the cell is searched again. */
export const areOpen = ({ verdicts, report }: Findings): boolean => report?.isOpen ?? verdicts.some(isOpen)

/** What a process with a folder of results has to do with the whole. */
interface Kept {
  readonly plan: CellPlan
  readonly path: string
  readonly folder: ResultFolder
}

/** The cells of one process, and where their results go. */
export class Share {
  private problem: string | undefined
  private readonly contradictions: Contradiction[] = []
  /** Cells whose result this process has written. */
  private readonly written = new Set<number>()

  /**
   * @param count cells of the whole command
   * @param isMine whether a cell is of this process
   */
  private constructor(
    private readonly count: number,
    private readonly part: string | undefined,
    private readonly isMine: (cell: Cell) => boolean,
    private readonly kept: Kept | undefined,
  ) {}

  /**
   * Opens the folder of results, if one was given. What in it counts as absent is said.
   *
   * @param plan makes the plan of all cells, which only a folder of results needs
   */
  static open(io: Io, count: number, plan: () => CellPlan, options: CellOptions): Result<Share> {
    const { results, shard: part, cell: wanted } = options
    if (results === undefined) return ok(new Share(count, undefined, () => true, undefined))
    const whole = plan()
    const cell = whole.cells.find(({ key }) => wanted !== undefined && key.startsWith(wanted))
    if (wanted !== undefined && cell === undefined)
      return refuse(
        `--cell ${wanted}: no cell of this command line and version has that key; --plan prints those of all`,
      )
    const folder = openResults(results, whole, cell?.key)
    if (!folder.ok) return folder
    for (const damaged of folder.value.damaged) complain(io, `${damaged}; the cell is searched again`)
    const kept = { plan: whole, path: results, folder: folder.value }
    if (cell !== undefined) return ok(new Share(count, `cell ${shortKey(cell.key)}`, (one) => one === cell, kept))
    if (part === undefined) return ok(new Share(count, undefined, () => true, kept))
    return ok(new Share(count, `shard ${part.part} of ${part.of}`, (one) => isInShard(one, part), kept))
  }

  /**
   * What a command does first with its share.
   *
   * @returns the share, or the status with which the command ends here: it was refused, or asked for its plan alone
   */
  static begin(io: Io, opened: Result<Share>, { plan }: CellOptions): Share | number {
    if (!opened.ok) {
      complainOf(io, opened.problem)
      return Status.BadInput
    }
    if (plan !== true) return opened.value
    io.out(opened.value.planText())
    return Status.Held
  }

  /** Indices of the plan's cells that are of this process. */
  mine(): number[] {
    const all = Array.from({ length: this.count }, (_, index) => index)
    const cells = this.kept?.plan.cells
    return cells === undefined ? all : all.filter((index) => cells[index] !== undefined && this.isMine(cells[index]))
  }

  /** What an earlier process found of a cell. What it left open for want of time or memory is searched again. */
  known(index: number): Findings | undefined {
    const cell = this.kept?.plan.cells[index]
    const found = cell && this.kept?.folder.results.get(cell.key)
    return found === undefined || areOpen(found) ? undefined : found
  }

  /** Keeps the result of a cell. That it could not is said once, by `complainUnkept`. */
  keep(index: number, judged: readonly SavedVerdict[], report?: CellReport): void {
    const cell = this.kept?.plan.cells[index]
    if (cell === undefined || this.kept === undefined) return
    const verdicts = judged.map(({ verdict }) => verdict)
    const kept = keepResult(this.kept.path, this.kept.plan, cell, { verdicts, report })
    if (kept.ok) {
      this.contradictions.push(...kept.value)
      this.written.add(index)
    } else this.problem ??= problemText(kept.problem)
  }

  /** What the process had to do with the whole, and what it left, for people; empty without results. */
  text(searched: number): string {
    if (this.kept === undefined) return ''
    const mine = this.mine().length
    const which = this.part === undefined ? '' : `${this.part}: `
    const left = searched - this.written.size
    const known = `${mine - searched} of them known before${left === 0 ? '' : `, ${left} left without a result`}`
    const here = `${mine} of ${counted(this.count, 'cell')}, ${known}`
    return `${which}${here}; the results are in ${this.kept.path}\n`
  }

  /** The cells of this process, one per line: the key, then a tab and what it asks. */
  planText(): string {
    const cells = this.mine().flatMap((index) => this.kept?.plan.cells[index] ?? [])
    return cells.map(({ key, title }) => `${key}\t${title}\n`).join('')
  }

  /**
   * Complains of results that contradict what was kept before.
   *
   * @param status of the command
   * @returns the same, or that of a bug
   */
  withContradictions(io: Io, status: number): number {
    return complainContradictions(io, this.contradictions, status)
  }

  /** Complains of a result that could not be kept. @returns whether there was one */
  complainUnkept(io: Io): boolean {
    if (this.problem !== undefined) complain(io, this.problem)
    return this.problem !== undefined
  }
}

/**
 * Complains of results of one cell that contradict each other.
 *
 * @param status of the command
 * @returns the same; or that of a bug, or of an implementation that does not answer alike each time
 */
export function complainContradictions(io: Io, all: readonly Contradiction[], status: number): number {
  for (const contradiction of all) complain(io, contradictionText(contradiction))
  const statuses = all.map(({ cell }) => (asksTarget(cell) ? Status.Violated : Status.InternalError))
  return worstStatus([status, ...statuses])
}

function contradictionText({ cell, property, paths }: Contradiction): string {
  const both = `  ${cell.title}\n${paths.map((path) => `  ${path}\n`).join('')}`
  if (asksTarget(cell)) {
    const says = 'the target answered a cell now as the model allows and now not, or wrongly in two ways'
    return `${says}\n${both}  Both are kept.`
  }
  const says = `this is a bug of dmaproof: two results of one cell contradict each other on ${property}`
  return `${says}\n${both}  Please report it with both files.`
}
