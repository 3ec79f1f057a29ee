import { type Command, InvalidArgumentError } from 'commander'
import { counted } from '../../base/plural.js'
import { ok, problemText, type Result } from '../../base/result.js'
import type { SavedVerdict } from '../../search/archive/save.js'
import { type CellPlan, isInShard, type Shard } from '../../search/cells/cell.js'
import { openResults, type ResultFolder, writeResult } from '../../search/cells/results.js'
import type { Verdict } from '../../search/verdict.js'
import { complain, type Io } from '../terminal/io.js'

/** Dividing the work of a command over processes and machines. */
export interface CellOptions {
  readonly results?: string
  readonly shard?: Shard
}

export const addCells = (command: Command): Command =>
  command
    .option(
      '--results <folder>',
      'keep each result as a file, and do not search again what is there (docs/campaigns.md)',
    )
    .option('--shard <i/n>', 'only this part of n of the work, with --results; dmaproof merge joins them', shard)

function shard(text: string): Shard {
  const [, first = '', second = ''] = /^([0-9]{1,6})\/([0-9]{1,6})$/.exec(text) ?? []
  const [part, of] = [Number(first), Number(second)]
  if (part >= 1 && part <= of) return { part, of }
  throw new InvalidArgumentError('expected I/N with I from 1 to N, as in 2/8')
}

/** A search of states that a bound cut short may say more the next time; drawn runs would say the same again. */
const isOpen = ({ verdict, states, runs }: Verdict): boolean =>
  verdict === 'inconclusive' || (verdict === 'none-found' && (states !== undefined || runs === 0))

/** What a process with a folder of results has to do with the whole. */
interface Kept {
  readonly plan: CellPlan
  readonly path: string
  readonly folder: ResultFolder
}

/** The cells of one process, and where their results go. */
export class Share {
  private problem: string | undefined

  /** @param count cells of the whole command */
  private constructor(
    private readonly count: number,
    private readonly shard: Shard | undefined,
    private readonly kept: Kept | undefined,
  ) {}

  /**
   * Opens the folder of results, if one was given. What in it counts as absent is said.
   *
   * @param plan makes the plan of all cells, which only a folder of results needs
   */
  static open(io: Io, count: number, plan: () => CellPlan, { results, shard: part }: CellOptions): Result<Share> {
    if (results === undefined) return ok(new Share(count, part, undefined))
    const whole = plan()
    const folder = openResults(results, whole)
    if (!folder.ok) return folder
    for (const damaged of folder.value.damaged) complain(io, `${damaged}; the cell is searched again`)
    return ok(new Share(count, part, { plan: whole, path: results, folder: folder.value }))
  }

  /** Indices of the plan's cells that are of this shard. */
  mine(): number[] {
    const all = Array.from({ length: this.count }, (_, index) => index)
    const { shard: part } = this
    const cells = this.kept?.plan.cells
    return part === undefined || cells === undefined
      ? all
      : all.filter((index) => cells[index] !== undefined && isInShard(cells[index], part))
  }

  /** What an earlier process found of a cell. What it left open for want of time or memory is searched again. */
  known(index: number): readonly Verdict[] | undefined {
    const cell = this.kept?.plan.cells[index]
    const verdicts = cell && this.kept?.folder.results.get(cell.key)?.verdicts
    return verdicts?.some(isOpen) === true ? undefined : verdicts
  }

  /** Keeps the result of a cell. That it could not is said once, by `complainUnkept`. */
  keep(index: number, judged: readonly SavedVerdict[]): void {
    const cell = this.kept?.plan.cells[index]
    if (cell === undefined || this.kept === undefined) return
    const verdicts = judged.map(({ verdict }) => verdict)
    const written = writeResult(this.kept.path, cell, verdicts)
    if (!written.ok) this.problem ??= problemText(written.problem)
  }

  /** What the process had to do with the whole, for people; empty without results. */
  text(searched: number): string {
    if (this.kept === undefined) return ''
    const { shard: part } = this
    const mine = this.mine().length
    const which = part === undefined ? '' : `shard ${part.part} of ${part.of}: `
    const here = `${mine} of ${counted(this.count, 'cell')}, ${mine - searched} of them known before`
    return `${which}${here}; the results are in ${this.kept.path}\n`
  }

  /** Complains of a result that could not be kept. @returns whether there was one */
  complainUnkept(io: Io): boolean {
    if (this.problem !== undefined) complain(io, this.problem)
    return this.problem !== undefined
  }
}
