import { problemText } from '../../base/result.js'
import type { Litmus } from '../../litmus/litmus.js'
import { makeLitmus } from '../../litmus/litmus.js'
import { type Limits, type LitmusAnswer, runLitmus } from '../../litmus/run.js'
import { outcomeOfLitmus } from '../../report/ci/litmus.js'
import { litmusColumns } from '../../report/columns/litmus-run.js'
import { type LitmusRun, litmusJson } from '../../report/json/litmus.js'
import { isAsExpected, litmusText } from '../../report/text/litmus.js'
import { Status } from '../exit-status.js'

/** A test to run. */
export interface LitmusTask {
  readonly path: string
  readonly text: string
  readonly limits: Limits
  /** Also shows a run to a state that decides, in columns. */
  readonly show: boolean
}

/** A test with its answer, or what is wrong with its file. */
export type RanTest = LitmusRun | { readonly path: string; readonly wrong: string }

/** Runs a test, and says what came of it as plain data: it goes out of threads, and into results of cells. */
export function runFile({ path, text, limits, show }: LitmusTask): RanTest {
  const made = makeLitmus(text)
  if (!made.ok) return { path, wrong: problemText(made.problem, path, text) }
  const litmus = made.value
  const answer = runLitmus(litmus, limits)
  const final = show ? deciding(litmus, answer) : undefined
  const columns = final === undefined ? [] : [litmusColumns(litmus, answer.runTo(final))]
  return {
    path,
    status: statusOf(litmus, answer),
    text: [litmusText(litmus, answer), ...columns].map((part) => `${part}\n`).join('\n'),
    json: litmusJson(path, litmus, answer),
    outcome: outcomeOfLitmus(path, litmus, answer),
  }
}

function statusOf(litmus: Litmus, answer: LitmusAnswer): number {
  if (answer.cut !== undefined) return Status.Inconclusive
  return isAsExpected(litmus, answer) === false ? Status.Violated : Status.Held
}

/** A final state that decides: one in which the proposition holds, for `forall` one in which it does not. */
function deciding({ quantifier }: Litmus, { finals }: LitmusAnswer): LitmusAnswer['finals'][number] | undefined {
  const wanted = quantifier !== 'forall'
  const near = finals.toSorted((a, b) => a.nearest - b.nearest)
  return near.find(({ holds }) => holds === wanted) ?? near[0]
}
