import { z } from 'zod'
import { ok, type Result } from '../base/result.js'
import type { Design } from '../designs/index.js'
import {
  type Configured,
  catalogueOf,
  otherMachines,
  type Question,
  smallestMachines,
} from '../search/check/machines.js'
import { smallFirst } from '../search/check/small-search.js'
import { type Searched, summarise } from '../search/check/summary.js'
import { checkMachine, type Verdict } from '../search/verdict.js'
import { type DesignOptions, questionOf } from './question.js'

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
 */
export function check(design: Design, options: CheckOptions = {}): Result<readonly Verdict[]> {
  const asked = questionOf(design, options, shape)
  if (!asked.ok) return asked
  const question = asked.value
  const searched: Searched[] = []
  const plain = smallestMachines(question).map((machine): Configured => ({ configuration: 'plain', machine }))
  for (const configured of [
    ...plain,
    ...otherMachines(
      question,
      plain.map(({ machine }) => machine),
    ),
  ]) {
    const open = configured.machine.properties.filter((name) => !isViolated(searched, name))
    if (open.length === 0) continue
    const verdicts = searchOne(question, configured, open, options)
    if (!verdicts.ok) return verdicts
    const judged = verdicts.value.map((verdict) => ({ verdict }))
    searched.push({ question, configuration: configured.configuration, judged })
  }
  return ok(summarise([question], searched).map(({ verdict }) => verdict))
}

const isViolated = (searched: readonly Searched[], property: string): boolean =>
  searched.some(({ judged }) =>
    judged.some(({ verdict }) => verdict.property === property && verdict.verdict === 'violated'),
  )

function searchOne(
  question: Question,
  { machine: { setup } }: Configured,
  properties: readonly string[],
  { runs = 200, length = 80, seed = 1 }: CheckOptions,
): Result<readonly Verdict[]> {
  const catalogue = catalogueOf(question)
  return smallFirst({ setup, properties }, { small, catalogue }, (rest) =>
    checkMachine(setup, rest, { runs, length, seed, shorten: 1 }, catalogue),
  )
}
