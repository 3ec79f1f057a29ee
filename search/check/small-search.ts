import { ok, type Result } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/state-store.js'
import type { Design } from '../../designs/index.js'
import { conversionEnds } from '../../properties/index.js'
import { proveMachine } from '../exhaustive/verdicts.js'
import type { MachineConfigInput } from '../machine-config.js'
import type { Verdict } from '../verdict.js'

/** Bounds of the search that goes before the random runs. */
export interface SmallSearch {
  readonly states: number
  readonly seconds: number
}

/** The same machine with one superpage, one vCPU and no teardown. */
export function smallSetup(setup: MachineConfigInput): MachineConfigInput {
  const { pages = 4, pagesPerSuperpage = 2 } = setup.scope
  const scope = { ...setup.scope, pages: Math.min(pages, pagesPerSuperpage), vcpus: 1, teardown: false }
  return { ...setup, scope }
}

/**
 * Searches the small machine of a setup breadth-first, until a bound is reached: what it finds is shortest there. Loops
 * are left to the random runs.
 *
 * @returns the violations
 */
export function searchSmall(
  setup: MachineConfigInput,
  names: readonly string[],
  { states, seconds }: SmallSearch,
  own: readonly Design[] = [],
): Result<readonly Verdict[]> {
  const asked = names.filter((name) => name !== conversionEnds.name)
  if (asked.length === 0) return ok([])
  const memory = (words: number, most: number) => makeOwnMemory(words, Math.min(most, states))
  const proof = proveMachine(smallSetup(setup), asked, memory, { seconds, own })
  return proof.ok ? ok(proof.value.verdicts.filter(({ verdict }) => verdict === 'violated')) : proof
}
