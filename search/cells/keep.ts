import { join } from 'node:path'
import { ok, type Result } from '../../base/result.js'
import type { Verdict } from '../verdict.js'
import type { Cell, CellPlan } from './cell.js'
import { type Contradiction, joinResults } from './merge.js'
import { openResults, readResults, writeResult } from './results.js'

/** The folder, in a folder of results, of those that contradict the kept ones: a folder of results itself. */
export const contradictionsName = 'contradictions'

/**
 * Keeps a result of a cell beside what another process may have kept of it meanwhile: the file says what both say
 * together. What contradicts it is kept in a folder of its own, and replaces nothing.
 *
 * @returns the contradictions
 */
export function keepResult(
  folder: string,
  plan: CellPlan,
  cell: Cell,
  verdicts: readonly Verdict[],
): Result<readonly Contradiction[]> {
  const before = readResults(folder, cell.key)
  if (!before.ok) return before
  const kept = before.value.results.get(cell.key)
  const path = join(folder, contradictionsName)
  const found: Contradiction[] = []
  const best = kept === undefined ? verdicts : joinResults(cell, [kept, { path, text: '', verdicts }], found)
  if (found.length === 0) {
    if (kept !== undefined && best?.every((one, at) => one === kept.verdicts[at]) === true) return ok([])
    const written = writeResult(folder, cell, best ?? verdicts)
    return written.ok ? ok([]) : written
  }
  const opened = openResults(path, plan, cell.key)
  const written = opened.ok ? writeResult(path, cell, verdicts) : opened
  return written.ok ? ok(found) : written
}
