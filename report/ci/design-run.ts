import type { DesignRun } from '../../conform/design-run/run.js'
import { type Beside, beside, machineName, whyUntested } from '../text/design-run.js'
import { divergenceText } from '../text/divergence.js'
import type { Judged } from '../text/judged.js'
import type { CiOutcome } from './outcome.js'

/** A design's run on an implementation as test cases: one a property of which something can be seen from outside. */
export function outcomesOfDesignRun(run: DesignRun, judged: readonly Judged[]): CiOutcome[] {
  const suite = `${run.target} · ${machineName(judged)}`
  const { divergence } = run
  const untested = whyUntested(run)
  return [
    ...beside(run, judged).map((one) => outcomeOf(suite, one)),
    ...(divergence === undefined
      ? []
      : [
          {
            suite,
            name: 'replies',
            status: 'fail',
            why: 'a reply that the model does not allow',
            detail: divergenceText(divergence),
          } as const,
        ]),
    ...(untested === undefined
      ? []
      : [{ suite, name: 'the run says something', status: 'error', why: untested } as const]),
  ]
}

function outcomeOf(suite: string, { property: name, seen, of, what, model, agree }: Beside): CiOutcome {
  const said = `the model: ${model.verdict.verdict}`
  const counts = `${seen} of ${of} ${what}; ${said}`
  if (agree === undefined) return { suite, name, status: 'skip', why: `nothing of it was to be seen; ${said}` }
  if (seen > 0) return { suite, name, status: 'fail', why: counts }
  return { suite, name, status: agree ? 'pass' : 'error', why: counts }
}
