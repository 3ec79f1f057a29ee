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
 * @param size the largest that end in minutes, if left out
 */
export function proofs(
  names: readonly string[] = [],
  catalogue: Catalogue = builtIn,
  size: Sizing = (cell) => [sized(cell, catalogue)],
): readonly MatrixProof[] {
  const byMachine = new Map<string, MatrixCell[]>()
  for (const cell of cells(catalogue)
    .filter(({ setup }) => names.length === 0 || names.includes(setup.design))
    .flatMap((one) => size(one, catalogue))) {
    const { platform: _, ...machine } = cell.setup
    const key = JSON.stringify([machine, cell.properties, cell.asks])
    byMachine.set(key, [...(byMachine.get(key) ?? []), cell])
  }
  return [...byMachine.values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : { ...first, platforms: same.map(({ setup }) => setup.platform) }
  })
}

const isWide = ({ lock, scope }: MachineConfigInput): boolean =>
  lock === 'none' || scope.guest === 'arbitrary' || scope.frames === 'pool' || (scope.failures ?? 0) > 0

/** Whose flush comes late: what is unmapped and still cached is another choice a page in every state. */
const flushesLate = ({ design, parts, scope }: MachineConfigInput): boolean =>
  design === 'deferred-flush' && (parts?.includes('faultCount') === true || scope.frames === 'pool')

/**
 * What multiplies the states is paid for by fewer pages, one superpage: whatever there is about a guest, failures,
 * conversions without a lock or of one page at once, a common pool. A design whose own pool is the first superpage has
 * nothing private then: it keeps two, and has one vCPU for the guest's parts. So has a late flush beside faults that
 * are counted, or frames of a pool: each search is to end in a minute.
 */
function sized(cell: MatrixCell, catalogue: Catalogue): MatrixCell {
  const narrow = flushesLate(cell.setup) ? resized(cell, { vcpus: 1 }) : cell
  const { setup } = narrow
  const hasGuest = setup.parts?.includes('secureEpt') === true
  if (!hasGuest && !isWide(setup)) return narrow
  if (catalogue.findDesign(setup.design)?.bootRequest === true) return hasGuest ? resized(narrow, { vcpus: 1 }) : narrow
  return resized(narrow, { pages: 2, pagesPerSuperpage: 2 })
}
