import type { Litmus } from '../../litmus/litmus.js'
import type { LitmusAnswer } from '../../litmus/run.js'
import { isAsExpected, litmusText } from '../text/litmus.js'
import type { CiOutcome } from './outcome.js'

/** The cases of litmus tests are one suite; the machine is part of each answer. */
const suite = 'litmus'

/** A test that was run. One whose file states nothing passes: there is nothing that it could differ from. */
export function outcomeOfLitmus(
  file: string,
  litmus: Litmus,
  answer: LitmusAnswer,
): CiOutcome & { readonly detail: string } {
  const { observation, cut } = answer
  const { name, expected } = litmus
  const base = { suite, name: `${name} (${file})`, detail: litmusText(litmus, answer, { time: false }) }
  if (cut !== undefined) return { ...base, status: 'error', why: `inconclusive: ${cut} was reached` }
  if (isAsExpected(litmus, answer) === false)
    return { ...base, status: 'fail', why: `the file says ${expected}, observed ${observation}` }
  return { ...base, status: 'pass', why: observation }
}

/** A file that is no test, which says nothing of the model. */
export const outcomeOfBadLitmus = (file: string, wrong: string): CiOutcome => ({
  suite,
  name: file,
  status: 'error',
  why: wrong,
})
