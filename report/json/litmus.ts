import { z } from 'zod'
import { type Litmus, observations } from '../../litmus/litmus.js'
import type { LitmusAnswer } from '../../litmus/run.js'
import { machineConfigSchema } from '../../search/machine-config.js'
import { outcomeStatuses } from '../ci/outcome.js'
import { isAsExpected } from '../text/litmus.js'

const count = z.number().int().min(0)
const file = z.string().describe('path of the file')

const answerSchema = z.strictObject({
  file,
  name: z.string().describe('the name of the test'),
  quantifier: z.enum(['exists', 'forall', '~exists']).describe('the quantifier of the condition'),
  condition: z.string().describe('the proposition as it is written'),
  machine: machineConfigSchema.describe('what names the machine, with its defaults'),
  expected: z.enum(observations).nullable().describe('the result that the comment of the file states'),
  observation: z.enum(observations).nullable().describe('the result; null if a bound was reached'),
  asExpected: z.boolean().nullable().describe('whether they are alike; null if one of them is'),
  ok: z.boolean().nullable().describe('whether the condition is validated; null if a bound was reached'),
  positive: count.describe('distinct final states in which the proposition holds'),
  negative: count.describe('distinct final states in which it does not hold'),
  finals: z
    .array(
      z.strictObject({
        seen: z.record(z.string(), z.string()).describe('values by the names of what the test observes'),
        count: count.describe('distinct final states that look so'),
        holds: z.boolean().describe('whether the proposition holds in them'),
        stuck: z.boolean().describe('whether a thread has steps left that it cannot take'),
      }),
    )
    .describe('final states by what the test sees of them'),
  states: count.describe('distinct states'),
  transitions: count.describe('steps between them'),
  depth: count.describe('levels; the initial state is at 1'),
  seconds: z.number().describe('time of the search'),
  inconclusive: z.string().nullable().describe('the bound that was reached; null if all states were seen'),
})

const wrongSchema = z.strictObject({ file, error: z.string().describe('what is wrong with the file, and where') })

/** What `litmus --json` prints: one entry per file. */
export const litmusSchema = z.array(z.union([answerSchema, wrongSchema]))

export type LitmusJson = z.infer<typeof litmusSchema>[number]

/** A test that was run, as a result of a cell keeps it: what the command prints of it, and how it ends for that. */
export const litmusRunSchema = z.strictObject({
  path: z.string(),
  status: z.number().int(),
  text: z.string(),
  json: answerSchema,
  outcome: z.strictObject({
    suite: z.string(),
    name: z.string(),
    status: z.enum(outcomeStatuses),
    why: z.string(),
    detail: z.string(),
  }),
})
export type LitmusRun = z.infer<typeof litmusRunSchema>

/** All tests, one per line. */
export const litmusArray = (all: readonly LitmusJson[]): string =>
  `[\n${all.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`

/** What one test has shown, as plain data. */
export function litmusJson(file: string, litmus: Litmus, answer: LitmusAnswer): z.infer<typeof answerSchema> {
  const { name, quantifier, condition, setup, expected, observables } = litmus
  const { finals, positive, negative, observation, ok, states, transitions, depth, seconds, cut } = answer
  return {
    file,
    name,
    quantifier,
    condition,
    machine: setup,
    expected: expected ?? null,
    observation: cut === undefined ? observation : null,
    asExpected: isAsExpected(litmus, answer) ?? null,
    ok: cut === undefined ? ok : null,
    positive,
    negative,
    finals: finals.map(({ seen, count, holds, stuck }) => ({
      seen: Object.fromEntries(observables.map((observable, at) => [observable.name, seen[at] ?? ''])),
      count,
      holds,
      stuck,
    })),
    states,
    transitions,
    depth,
    seconds,
    inconclusive: cut ?? null,
  }
}
