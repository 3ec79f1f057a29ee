import { ok, type Result } from '../../base/result.js'
import { ReusedMemory } from '../../checker/memory/reused-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { placesOf } from '../../model/actions/relation.js'
import { Perm } from '../../model/memory/page-table.js'
import { conversionEnds } from '../../properties/index.js'
import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import type { MachineConfigInput } from '../machine-config.js'
import type { Verdict } from '../verdict.js'
import { proveMachine } from './verdicts.js'

/** What is judged on one machine. */
interface Judged {
  readonly setup: MachineConfigInput
  /** Names. */
  readonly properties: readonly string[]
}

/** Bounds of the search that goes before the random runs. */
export interface SmallSearch {
  readonly states: number
  readonly seconds: number
}

/**
 * Searches the small machine first, and then whatever it does not violate.
 *
 * @param draw searches the rest, after so many seconds
 * @returns a verdict a property, in the order of the names
 */
export function smallFirst(
  { setup, properties: names }: Judged,
  { small, catalogue = builtIn }: { readonly small: SmallSearch; readonly catalogue?: Catalogue },
  draw: (rest: readonly string[], sure: readonly Verdict[], seconds: number) => Result<readonly Verdict[]>,
): Result<readonly Verdict[]> {
  const began = performance.now()
  const sure = searchSmall(setup, names, small, catalogue)
  if (!sure.ok) return sure
  const rest = names.filter((name) => !sure.value.some(({ property }) => property === name))
  const drawn = draw(rest, sure.value, (performance.now() - began) / 1000)
  if (!drawn.ok) return drawn
  const all = [...sure.value, ...drawn.value]
  return ok(names.flatMap((name) => all.find(({ property }) => property === name) ?? []))
}

/**
 * The same machine with one superpage, one vCPU, one failure at most, and no teardown. It has two pages where a
 * superpage is one: a map of one page has written nothing when it fails, and its rollback has nothing to do.
 */
export function smallSetup(setup: MachineConfigInput): MachineConfigInput {
  const { pages = 4, pagesPerSuperpage = 2, failures = 0 } = setup.scope
  const sizes = { pages: Math.min(pages, Math.max(2, pagesPerSuperpage)), vcpus: 1, failures: Math.min(failures, 1) }
  const scope = { ...setup.scope, ...sizes, teardown: false }
  return { ...setup, scope }
}

/** Where a code says what is wrong with a call, and what it may do, by kind; 0 if it does not. */
const flawAt = placesOf('flaw')
const rightsAt = placesOf('permissions')

/** Calls that are refused at once, and rights of their own, are left to the random runs. */
function isWellFormed(a: Int32Array): boolean {
  const [flaw, rights] = [flawAt[a[0]], rightsAt[a[0]]]
  return (flaw === 0 || a[flaw] === 0) && (rights === 0 || flaw === 0 || a[rights] === Perm.Both)
}

/** Of this thread, whose searches follow each other. */
const searchMemory = new ReusedMemory()

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
  catalogue: Catalogue = builtIn,
): Result<readonly Verdict[]> {
  const asked = names.filter((name) => name !== conversionEnds.name)
  if (asked.length === 0) return ok([])
  const memory = (packing: Packing, most: number) => searchMemory.take(packing, Math.min(most, states))
  const proof = proveMachine(smallSetup(setup), asked, memory, { seconds, catalogue, allows: isWellFormed })
  return proof.ok ? ok(proof.value.verdicts.filter(({ verdict }) => verdict === 'violated')) : proof
}
