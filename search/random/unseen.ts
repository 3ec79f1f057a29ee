import { z } from 'zod'
import { counted } from '../../base/plural.js'

/**
 * How sure a *none-found* of drawn runs is. What the figures mean holds for runs that are drawn alike, of the same
 * length at most; none says how likely such a run is on a real machine.
 */
export const unseenSchema = z.strictObject({
  configuration: z.string().optional().describe('the configuration that the figures are of: the one searched least'),
  unsaid: z.number().int().optional().describe('configurations with too few runs for figures'),
  runs: z.number().int().describe('random runs that were made'),
  violating: z.number().describe('with 95 % confidence, a smaller part of such runs than this violates the property'),
  counted: z.number().int().describe('how many of the runs had their states counted'),
  states: z.number().int().describe('distinct states in those'),
  estimated: z
    .number()
    .int()
    .describe('states that such runs can reach, at least, by an estimate (Chao2): often too low'),
  statesPerRun: z.number().describe('distinct states of a run, on average'),
  newPerRun: z.number().describe('of those, how many no counted run had: expected of one more run (Good-Turing)'),
})

/**
 * How sure a *none-found* of drawn runs is.
 *
 * @example
 * const isSaturated = ({ newPerRun }: Unseen) => newPerRun < 0.01
 */
export type Unseen = z.infer<typeof unseenSchema>

/** What was counted of some runs. */
export interface StateCounts {
  readonly made: number
  readonly counted: number
  /** States, those that one run reached, those that two did, and the sum of the states of each run. */
  readonly known: number
  readonly once: number
  readonly twice: number
  readonly visits: number
}

const confidence = 0.95

/**
 * Estimates by the number of states that few runs reached. With t runs, Q1 states of one and Q2 of two:
 *
 * - Good-Turing: one more run is expected to reach Q1 / t new states.
 * - Chao2, in the form without bias for states that are alike: at least (t - 1) / t * Q1 (Q1 - 1) / (2 (Q2 + 1)) states
 *   are left. States that are rare by far leave no trace in Q1 and Q2, so the estimate is a lower bound, on average.
 *   Formulas as in SpadeR (https://github.com/AnneChao/SpadeR, R/SpecInciChao2bc.R).
 * - If a part p of such runs violated a property, n runs would miss it with the probability (1 - p)^n.
 */
export function unseenOf({ made, counted: t, known, once, twice, visits }: StateCounts): Unseen {
  const left = (((t - 1) / t) * once * (once - 1)) / (2 * (twice + 1))
  return {
    runs: made,
    violating: violatingPart(made),
    counted: t,
    states: known,
    estimated: Math.round(known + left),
    statesPerRun: visits / t,
    newPerRun: once / t,
  }
}

/** The part of all runs that may violate a property at most, with 95 % confidence, where none of so many did. */
export const violatingPart = (runs: number): number => 1 - (1 - confidence) ** (1 / runs)

/** The part of what one more run reaches that is new. */
export const shareOfNew = ({ newPerRun, statesPerRun }: Unseen): number => newPerRun / statesPerRun

/** Of several, the figures of what was searched least, and what they are of. */
export function leastSearched<Of extends { readonly unseen?: Unseen }>(
  all: readonly Of[],
): (Of & { unseen: Unseen }) | undefined {
  const figures = all.flatMap(({ unseen, ...rest }) =>
    unseen === undefined ? [] : [{ ...rest, unseen } as Of & { unseen: Unseen }],
  )
  return figures.sort((a, b) => shareOfNew(b.unseen) - shareOfNew(a.unseen))[0]
}

const number = (count: number): string => count.toLocaleString('en-US')

/** The same in a sentence. */
export function unseenText({ configuration, unsaid = 0, ...figures }: Unseen): string {
  const { runs, violating, counted: some, states, estimated, statesPerRun, newPerRun } = figures
  return [
    ...(configuration === undefined ? [] : [`searched least in configuration "${configuration}"`]),
    `with 95 % confidence fewer than 1 in ${number(Math.floor(1 / violating))} such runs violates it`,
    `${counted(states, 'state', number)} in ${number(some)} of ${counted(runs, 'run', number)}, ` +
      `at least ${number(estimated)} can be reached (Chao2)`,
    `one more run would reach ${few(newPerRun)} new among its ${few(statesPerRun)} (Good-Turing)`,
    ...(unsaid === 0 ? [] : [`too few runs to say in ${counted(unsaid, 'other configuration')}`]),
  ].join('; ')
}

const few = (count: number): string => (count >= 10 ? count.toFixed(0) : String(Number(count.toPrecision(2))))
