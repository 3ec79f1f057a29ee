import { join } from 'node:path'
import { ok, type Result } from '../../base/result.js'
import type { Cell, CellPlan } from './cell.js'
import { type Contradiction, joinResults } from './merge.js'
import { type Findings, openResults, readResults, writeResult } from './results.js'

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
  findings: Findings,
): Result<readonly Contradiction[]> {
  const before = readResults(folder, cell.key)
  if (!before.ok) return before
  const kept = before.value.results.get(cell.key)
  const path = join(folder, contradictionsName)
  const found: Contradiction[] = []
  const best = kept && joinResults(cell, [kept, { path, text: '', ...findings }], found)
  if (found.length === 0) {
    const isSame = best?.report === kept?.report && best?.verdicts.every((one, at) => one === kept?.verdicts[at])
    if (kept !== undefined && isSame === true) return ok([])
    const written = writeResult(folder, cell, best ?? findings)
    return written.ok ? ok([]) : written
  }
  const opened = openResults(path, plan, cell.key)
  const written = opened.ok ? writeResult(path, cell, findings) : opened
  return written.ok ? ok(found) : written
}
