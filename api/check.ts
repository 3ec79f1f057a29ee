import { z } from 'zod'
import { ok, type Result } from '../base/result.js'
import type { Design } from '../designs/index.js'
import { allMachines } from '../search/check/machines.js'
import { summarise } from '../search/check/summary.js'
import { walk } from '../search/check/walk.js'
import type { Verdict } from '../search/verdict.js'
import { type DesignOptions, questionOf } from './question.js'

/**
 * Options of `check`; each has a default.
 *
 * @example
 * check(mine, { runs: 500, seed: 1 } satisfies CheckOptions)
 */
export interface CheckOptions extends DesignOptions {
  /** Random runs in each configuration, at most; 200 unless told. */
  readonly runs?: number
  /** Actions of a run, at most; 80 unless told. */
  readonly length?: number
  /** The same seed finds the same; 1 unless told. */
  readonly seed?: number
}

const shape = {
  runs: z.number().int().positive().optional(),
  length: z.number().int().positive().optional(),
  seed: z.number().int().optional(),
}

/** Bounds of the search of states that goes before the runs in each configuration. */
const small = { states: 2000, seconds: 1 }

/**
 * Searches a design in all configurations of its machine by random runs, in this thread, as `dmaproof check` does. That
 * nothing was found is no proof: `explore` gives one.
 *
 * @returns a verdict a property: the first violation, with its trace, or what all searches say together
 *
 * @example
 * const verdicts = check(mine, { platform: 'linux-7.2' })
 * if (verdicts.ok) console.log(verdicts.value.map(({ property, verdict }) => `${property}: ${verdict}`))
 */
export function check(design: Design, options: CheckOptions = {}): Result<readonly Verdict[]> {
  const asked = questionOf(design, options, shape)
  if (!asked.ok) return asked
  const question = asked.value
  const { runs = 200, length = 80, seed = 1 } = options
  const walked = walk(question, allMachines(question), { runs, length, seed, small })
  if (!walked.ok) return walked
  const searched = walked.value.map(({ configuration, verdicts }) => ({
    ...{ question, configuration },
    judged: verdicts.map((verdict) => ({ verdict })),
  }))
  return ok(summarise([question], searched).map(({ verdict }) => verdict))
}
