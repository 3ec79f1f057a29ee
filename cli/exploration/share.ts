import { ok, type Result } from '../../base/result.js'
import { exploredFrom, exploredReport } from '../../report/json/exploration.js'
import { saveVerdicts } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type Cell, type CellPlan, keysOf } from '../../search/cells/cell.js'
import type { ExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import type { AllExplored, ExplorationWatch } from '../../search/exhaustive/explore-all.js'
import type { ExploredTarget } from '../../search/exhaustive/explored-target.js'
import { setupText } from '../../search/machine-config.js'
import { areOpen, type Share } from '../options/cells.js'
import type { Io } from '../terminal/io.js'
import { version } from '../version.js'
import { explorationRun } from './exploration-run.js'
import type { ExploreCommandOptions } from './options.js'

/** The work of an exploration as cells: one a machine, in their order. */
export function explorationCells(
  specs: readonly ExplorationSpec[],
  { states }: ExploreCommandOptions,
  catalogue: Catalogue,
): CellPlan {
  const base = { command: 'explore', version: version() } as const
  const keyOf = keysOf({ ...base, catalogue })
  const cells = specs.map((spec): Cell => {
    const asked = spec.kind === 'b1' ? spec : { ...spec, setup: setupText(spec.setup) }
    return { key: keyOf([asked, states ?? null]), title: titleOf(spec), needs: 'exhaustive' }
  })
  return { ...base, cells }
}

function titleOf(spec: ExplorationSpec): string {
  if (spec.kind === 'b1') return 'b1'
  const { design, driver, platform, scope } = spec.setup
  const [first = '', ...rest] = spec.properties
  const asks = rest.length === 0 ? first : `${first} and ${rest.length} more`
  return [design, driver, scope.backing ?? 'separate', platform, asks].join(' · ')
}

/** What one process explored, with what was known before: machines in the order of the plan. */
export interface ExploredShare extends AllExplored {
  /** Machines that were not known before. */
  readonly planned: number
}

/**
 * Explores what is of this process and not known yet. A machine that ^C has left open keeps no result.
 *
 * @param onFound called with each machine, in the order of the plan
 */
export async function exploreShare(
  io: Io,
  specs: readonly ExplorationSpec[],
  share: Share,
  options: ExploreCommandOptions,
  catalogue: Catalogue,
  onFound: (one: ExploredTarget) => void,
): Promise<Result<ExploredShare>> {
  const mine = share.mine()
  const found = new Map<number, ExploredTarget>()
  for (const index of mine) {
    const known = share.known(index)
    const stored = known && exploredFrom(known.report, saveVerdicts(known.verdicts, options.save))
    if (stored !== undefined) found.set(index, stored)
  }
  const tell = inOrder(mine, found, onFound)
  tell()
  const open = mine.filter((index) => !found.has(index))
  const left = [...open]
  const keep: ExplorationWatch['onFound'] = (one, isInterrupted) => {
    const index = left.shift() ?? -1
    const report = exploredReport(one)
    const verdicts = one.judged.map(({ verdict }) => verdict)
    if (!isInterrupted || !areOpen({ verdicts, report })) share.keep(index, one.judged, report)
    found.set(index, one)
    tell()
  }
  const wanted = open.flatMap((index) => specs[index] ?? [])
  const explored = await explorationRun(io, wanted, options, catalogue, keep)
  if (!explored.ok) return explored
  tell(true)
  const all = mine.flatMap((index) => found.get(index) ?? [])
  return ok({ ...explored.value, found: all, planned: open.length })
}

/** Tells what is found up to the first machine that is not; with `skips`, all that is found. */
function inOrder(
  mine: readonly number[],
  found: ReadonlyMap<number, ExploredTarget>,
  onFound: (one: ExploredTarget) => void,
): (skips?: boolean) => void {
  let next = 0
  return (skips = false) => {
    for (; next < mine.length; next += 1) {
      const target = found.get(mine[next] ?? -1)
      if (target !== undefined) onFound(target)
      else if (!skips) return
    }
  }
}
