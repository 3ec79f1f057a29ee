import { explore } from '../../checker/bfs.js'
import { Stop } from '../../checker/control/barrier.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { conversionEnds } from '../../properties/index.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import { proofs } from '../compare/exhaustive-matrix.js'
import type { MatrixCell } from '../compare/matrix.js'
import { smallest } from '../compare/proof-scopes.js'
import { type ModelExplorationSpec, makeModelSystem } from '../exhaustive/exploration-spec.js'

/** So many states have room in the search of a cell: the largest has 0.2 million. */
const capacity = 3_000_000

/** What a search of all states of a cell says. */
export interface Reached {
  readonly states: number
  readonly steps: number
  /** Properties that fail somewhere, by name, and the bits of each property's witness. */
  readonly violated: readonly string[]
  readonly witnessed: readonly number[]
}

/**
 * The cells of the comparison at their smallest sizes, on the first of their platforms, without `conversion-ends`,
 * which no reduced search judges.
 */
export function reducibleCells(catalogue: Catalogue): readonly MatrixCell[] {
  return proofs([], catalogue, smallest)
    .map((cell) => ({ ...cell, properties: cell.properties.filter((name) => name !== conversionEnds.name) }))
    .filter(({ properties }) => properties.length > 0)
}

/** Searches all states of a cell, up to symmetry. @returns nothing if there is no machine */
export function reach({ setup, properties }: MatrixCell, reduce: boolean, catalogue: Catalogue): Reached | undefined {
  const spec: ModelExplorationSpec = { kind: 'model', setup, properties: [...properties], symmetry: true, reduce }
  const made = makeModelSystem(spec, { catalogue })
  if (!made.ok) return undefined
  const system = made.value
  const explored = explore(system, makeOwnMemory(system.packing, capacity), { exhaust: true })
  const { states, transitions: steps, failures, witnessed, stop } = explored
  if (stop !== Stop.Complete) return undefined
  const violated = [...new Set(failures.map(({ property }) => system.properties[property] ?? ''))].sort()
  return { states, steps, violated, witnessed: [...witnessed] }
}
