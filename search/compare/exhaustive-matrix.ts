import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import type { MachineConfigInput } from '../machine-config.js'
import { cells, type MatrixCell } from './matrix.js'
import { resized, type Sizing } from './proof-scopes.js'

/** A machine that an exhaustive search decides, on each of some platforms. */
export interface MatrixProof extends MatrixCell {
  /** In the order of the comparison; the setup's own is the first. */
  readonly platforms: readonly string[]
}

/**
 * The cells of the comparison, each at a size that an exhaustive search ends at; those of one machine together.
 *
 * @param size if left out, the largest that end in minutes, where one search is for all that it can judge
 */
export function proofs(
  names: readonly string[] = [],
  catalogue: Catalogue = builtIn,
  size?: Sizing,
): readonly MatrixProof[] {
  const asked = cells(catalogue).filter(({ setup }) => names.length === 0 || names.includes(setup.design))
  const all = size === undefined ? countingFaults(asked, catalogue) : asked
  const sizing = size ?? ((cell: MatrixCell) => [sized(cell, catalogue)])
  const byMachine = new Map<string, MatrixCell[]>()
  for (const cell of all.flatMap((one) => sizing(one, catalogue))) {
    const { platform: _, ...machine } = cell.setup
    const key = JSON.stringify([machine, cell.properties, cell.asks])
    byMachine.set(key, [...(byMachine.get(key) ?? []), cell])
  }
  return [...byMachine.values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : { ...first, platforms: same.map(({ setup }) => setup.platform) }
  })
}

const counts = ({ setup: { parts = [] } }: MatrixCell): boolean => parts.includes('faultCount')

/**
 * The plain cells with what is asked of units that count faults, each in the place of two: a search forgets the counts,
 * so that it has the states of the plain machine. It would keep them where a property of the user's is judged.
 */
function countingFaults(all: readonly MatrixCell[], { own }: Catalogue): readonly MatrixCell[] {
  if (own.properties.length > 0) return all
  const keyOf = ({ setup: { parts: _, ...machine }, asks }: MatrixCell) => JSON.stringify([machine, asks])
  const counting = new Map(all.filter(counts).map((cell) => [keyOf(cell), cell]))
  const joined = new Set<MatrixCell>()
  const plain = all.map((cell): MatrixCell => {
    const other = cell.setup.parts === undefined ? counting.get(keyOf(cell)) : undefined
    if (other === undefined) return cell
    joined.add(other)
    return { ...cell, setup: other.setup, properties: [...cell.properties, ...other.properties] }
  })
  return plain.filter((cell) => !joined.has(cell))
}

const isWide = ({ lock, scope }: MachineConfigInput): boolean =>
  lock === 'none' || scope.guest === 'arbitrary' || scope.frames === 'pool' || (scope.failures ?? 0) > 0

/** Whose flush comes late: what is unmapped and still cached is another choice a page in every state. */
const flushesLate = ({ design, scope }: MachineConfigInput): boolean =>
  design === 'deferred-flush' && scope.frames === 'pool'

/**
 * What multiplies the states is paid for by fewer pages, one superpage: whatever there is about a guest, failures,
 * conversions without a lock or of one page at once, a common pool. A design whose own pool is the first superpage has
 * nothing private then: it keeps two, and has one vCPU for the guest's parts. So has a late flush beside frames of a
 * pool: each search is to end in a minute.
 */
function sized(cell: MatrixCell, catalogue: Catalogue): MatrixCell {
  const narrow = flushesLate(cell.setup) ? resized(cell, { vcpus: 1 }) : cell
  const { setup } = narrow
  const hasGuest = setup.parts?.includes('secureEpt') === true
  if (!hasGuest && !isWide(setup)) return narrow
  if (catalogue.findDesign(setup.design)?.bootRequest === true) return hasGuest ? resized(narrow, { vcpus: 1 }) : narrow
  return resized(narrow, { pages: 2, pagesPerSuperpage: 2 })
}
