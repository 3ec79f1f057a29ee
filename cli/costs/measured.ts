import { problemText } from '../../base/result.js'
import { costOf } from '../../cost/extrapolate.js'
import type { Cost, CostQuestion } from '../../cost/measure.js'
import type { CostParameters } from '../../cost/parameters.js'
import type { CostsOfWorkload } from '../../report/json/cost.js'
import { memoryText } from '../../report/text/cost.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'

export const pageBytes = 4096

/** All costs of one workload and one size of the guest. */
export interface Measured extends CostsOfWorkload {
  /** What the measurements have in common. */
  readonly question: CostQuestion | undefined
}

/** Measures one machine after the other. What a rule makes impossible is left out, with the reason. */
export function measureAll(questions: readonly CostQuestion[], given: CostParameters, catalogue: Catalogue): Measured {
  const costs: Cost[] = []
  const notMeasured: { question: CostQuestion; error: string }[] = []
  for (const question of questions) {
    const measured = costOf(question, given, catalogue)
    if (measured.ok) costs.push(measured.value)
    else {
      const error = `${question.design} ${question.driver}: ${problemText(measured.problem)}`
      notMeasured.push({ question, error })
    }
  }
  return { question: questions[0], costs, notMeasured }
}

/** The workload and its guest, in two lines. */
export function headText({ question, costs }: Measured): string {
  if (question === undefined) return ''
  const { workload, pages, platform } = question
  return `${workload.name}: ${workload.says}\nA guest of ${memoryText(pages)} on ${platform}${extrapolated(costs)}.`
}

/** The same as a title. */
export const titleText = ({ question, costs }: Measured): string =>
  question === undefined
    ? ''
    : `${question.workload.name}, a guest of ${memoryText(question.pages)}${extrapolated(costs)}`

/** How a cost of a guest that was not run came about. */
function extrapolated(costs: readonly Cost[]): string {
  const from = costs[0]?.extrapolatedFrom
  return from === undefined ? '' : `, extrapolated from runs in guests of ${from.map(memoryText).join(', ')}`
}
