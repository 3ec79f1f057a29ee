import { freemem } from 'node:os'
import { z } from 'zod'
import { ok, type Result } from '../base/result.js'
import { capacityFor, makeOwnMemory } from '../checker/memory/store-memory.js'
import type { Packing } from '../checker/packing/packing.js'
import type { Design } from '../designs/index.js'
import { type CheckedMachine, catalogueOf, type DesignQuestion, smallestMachines } from '../search/check/machines.js'
import { worst } from '../search/exhaustive/explored-target.js'
import { proveMachine } from '../search/exhaustive/verdicts.js'
import type { Verdict } from '../search/verdict.js'
import { type DesignOptions, questionOf } from './question.js'

/**
 * Options of `explore`; each has a default.
 *
 * @example
 * explore(mine, { time: 60, scope: { pages: 2 } } satisfies ExploreOptions)
 */
export interface ExploreOptions extends DesignOptions {
  /** Seconds for each machine; no bound unless told. */
  readonly time?: number
  /** States of each machine, at most; as many as memory holds unless told. */
  readonly states?: number
  /** Bytes for states; six tenths of what is free unless told. */
  readonly memory?: number
}

/**
 * What a search of all states says of a design: `held` in every state of the scope, `violated` with a shortest run, or
 * `bound` where a bound was reached before either was known. `vacuous`: a property was never tested. With
 * `not-applicable`, a rule makes the machine impossible, or every property.
 *
 * @example
 * const { outcome, states }: Explored = explored.value
 */
export interface Explored {
  readonly outcome: 'held' | 'violated' | 'bound' | 'vacuous' | 'not-applicable'
  /** The sizes and limits within which this is so, in a few words, a machine. */
  readonly scopes: readonly string[]
  /** Distinct states of all machines. */
  readonly states: number
  /** A verdict a property, with the trace of a violation, and states, transitions and depth of its machine. */
  readonly verdicts: readonly Verdict[]
}

export interface ProofBounds {
  readonly time?: number | undefined
  readonly states?: number | undefined
  readonly memory?: number | undefined
}

const shape = {
  time: z.number().positive().optional(),
  states: z.number().int().positive().optional(),
  memory: z.number().positive().optional(),
}

/**
 * Sees every state of a design's machines in this thread: what holds there, holds within the scope. Properties that
 * need the same of a machine are judged together, on a machine as small as they allow.
 *
 * @example
 * const explored = explore(mine, { scope: { pages: 2, vcpus: 1 } })
 * if (explored.ok) console.log(explored.value.outcome, explored.value.states)
 */
export function explore(design: Design, options: ExploreOptions = {}): Result<Explored> {
  const question = questionOf(design, options, shape)
  if (!question.ok) return question
  const verdicts: Verdict[] = []
  for (const machine of smallestMachines(question.value)) {
    const proved = prove(question.value, machine, options)
    if (!proved.ok) return proved
    verdicts.push(...proved.value)
  }
  return ok(exploredOf(verdicts))
}

/** Judges one machine in all its states. */
export function prove(
  question: DesignQuestion,
  { setup, properties }: CheckedMachine,
  { time, states = Number.POSITIVE_INFINITY, memory = freemem() * 0.6 }: ProofBounds,
): Result<readonly Verdict[]> {
  const room = (packing: Packing, most: number) =>
    makeOwnMemory(packing, Math.min(states, capacityFor(packing.stride, memory, most)))
  const bounds = time === undefined ? {} : { seconds: time }
  const proved = proveMachine(setup, properties, room, { ...bounds, catalogue: catalogueOf(question) })
  return proved.ok ? ok(proved.value.verdicts) : proved
}

function exploredOf(verdicts: readonly Verdict[]): Explored {
  const name = worst(verdicts.map(({ verdict }) => verdict))
  const machines = new Map(verdicts.map((one) => [`${one.scope}, ${one.parts.join(' ')}`, one]))
  return {
    outcome: name === 'inconclusive' || name === 'none-found' ? 'bound' : name,
    scopes: [...new Set(verdicts.map(({ scope }) => scope))],
    states: [...machines.values()].reduce((sum, { states = 0 }) => sum + states, 0),
    verdicts,
  }
}
