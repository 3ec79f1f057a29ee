import { findDesign } from '../designs/index.js'
import type { ScopeInput } from '../model/scope.js'
import { type Cell, cells } from './cells.js'

/** A machine that an exhaustive search decides, on each of some platforms. */
export interface Proof extends Cell {
  /** In the order of the comparison; the setup's own is the first. */
  readonly platforms: readonly string[]
}

/** The cells of the comparison, each at a size that an exhaustive search ends at; those of one machine together. */
export function proofs(names: readonly string[] = []): readonly Proof[] {
  const byMachine = new Map<string, Cell[]>()
  for (const cell of cells()
    .filter(({ setup }) => names.length === 0 || names.includes(setup.design))
    .map(sized)) {
    const { platform: _, ...machine } = cell.setup
    const key = JSON.stringify([machine, cell.properties, cell.asks])
    byMachine.set(key, [...(byMachine.get(key) ?? []), cell])
  }
  return [...byMachine.values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : { ...first, platforms: same.map(({ setup }) => setup.platform) }
  })
}

/**
 * Whatever there is about a guest multiplies the states, which is paid for by fewer pages: one superpage. A design
 * whose pool is the first superpage has nothing private then, and gets two of them and one vCPU.
 */
function sized(cell: Cell): Cell {
  if (cell.setup.parts?.includes('secureEpt') !== true) return cell
  if (findDesign(cell.setup.design)?.bootRequest === true) return at(cell, { vcpus: 1 })
  return at(cell, { pages: 2, pagesPerSuperpage: 2 })
}

const at = (cell: Cell, sizes: ScopeInput): Cell => ({
  ...cell,
  setup: { ...cell.setup, scope: { ...cell.setup.scope, ...sizes } },
})
