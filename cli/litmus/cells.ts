import { basename } from 'node:path'
import type { LitmusRun } from '../../report/json/litmus.js'
import { litmusRunSchema } from '../../report/json/litmus.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import { type Cell, type CellPlan, keysOf, sha256 } from '../../search/cells/cell.js'
import { type CellReport, shownAs } from '../../search/cells/report.js'
import { version } from '../version.js'

/** The work of some litmus tests as cells: one per file, in their order. */
export function litmusCells(
  tests: readonly { readonly path: string; readonly text: string }[],
  show: boolean,
): CellPlan {
  const base = { command: 'litmus', version: version() } as const
  const keyOf = keysOf({ ...base, catalogue: builtIn })
  const cells = tests.map(({ path, text }): Cell => {
    const key = keyOf([basename(path), sha256(text), show])
    return { key, title: basename(path, '.litmus'), needs: 'litmus' }
  })
  return { ...base, cells }
}

/** What is kept of a test. */
export function litmusReport(ran: LitmusRun): CellReport {
  const { positive, negative, finals, states, inconclusive } = ran.json
  const decides = JSON.stringify({ positive, negative, finals, states })
  return { isOpen: inconclusive !== null, states, decides, shown: JSON.parse(JSON.stringify(ran)) }
}

/** The litmus run that a stored report holds; undefined if the report is not one of a litmus test. */
export const litmusFrom = (report: CellReport | undefined): LitmusRun | undefined => shownAs(litmusRunSchema, report)
