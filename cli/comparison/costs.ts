import { pagesNeeded } from '../../cost/extrapolate.js'
import type { CostQuestion } from '../../cost/measure.js'
import { defaults } from '../../cost/parameters.js'
import type { Workload } from '../../cost/workload.js'
import type { Figure } from '../../report/ci/page.js'
import { costPlot } from '../../report/plot/cost.js'
import { costTable } from '../../report/text/cost.js'
import type { Judged } from '../../report/text/judged.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { headText, type Measured, measureAll, titleText } from '../costs/measured.js'

/** The designs of a comparison, with driver, that violated no property on a platform, as questions to `measureAll`. */
export function holding(judged: readonly Judged[], platform: string, workload: Workload): CostQuestion[] {
  const found = new Map<string, CostQuestion>()
  const violated = new Set<string>()
  for (const { verdict } of judged) {
    const design = verdict.variant === '' ? verdict.design : `${verdict.design}/${verdict.variant}`
    const { driver, backing } = verdict
    const key = `${design} ${driver}`
    if (verdict.platform !== platform || verdict.verdict === 'not-applicable') continue
    if (verdict.verdict === 'violated') violated.add(key)
    if (found.has(key)) continue
    found.set(key, { design, driver, backing, platform, workload, pages: pagesNeeded(workload) })
  }
  return [...found].filter(([key]) => !violated.has(key)).map(([, question]) => question)
}

/** The costs of the designs that violate nothing on the platform of the thread. */
export const costsOf = (judged: readonly Judged[], workload: Workload, catalogue: Catalogue): Measured =>
  measureAll(holding(judged, platformOf(judged), workload), defaults, catalogue)

/** They, below the table of a comparison. */
export function costsText(measured: Measured): string {
  const { question } = measured
  if (question === undefined) {
    return '\nEvery design of the comparison violates something: no cost was measured.\n'
  }
  return `\nWhat violates nothing on ${question.platform} costs:\n${tableText(measured)}\n`
}

/** The table, and why others are not in it. */
const tableText = (measured: Measured): string =>
  [headText(measured), '', costTable(measured.costs, defaults), ...measured.notMeasured.map(({ error }) => error)].join(
    '\n',
  )

/** They, in a report page: the picture, and the table as text. */
export function costFigures(measured: Measured): Figure[] {
  const { question, costs } = measured
  if (question === undefined || costs.length === 0) return []
  const title = titleText(measured)
  const svg = costPlot(costs, defaults, title)
  return [{ title: `What violates nothing on ${question.platform} costs: ${title}`, svg, text: tableText(measured) }]
}

const defaultPlatform = 'tdx-2021-reading'

/** The platform of the thread, if the comparison has it. */
function platformOf(judged: readonly Judged[]): string {
  const all = judged.map(({ verdict }) => verdict.platform)
  return all.includes(defaultPlatform) ? defaultPlatform : (all[0] ?? defaultPlatform)
}
