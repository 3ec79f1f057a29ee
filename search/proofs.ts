import { designs, fullName } from '../designs/index.js'
import type { ScopeInput } from '../model/scope.js'
import { type Cell, cells } from './cells.js'
import type { SetupInput } from './setup.js'

/** Under these each design is proved; the cells that ask something of their own bring their platform. */
const readings = ['tdx-2021-reading', 'tdx-2021-reading inPlacePinCheck=refuse']
/**
 * What parts and failures multiply the states by is paid for by fewer pages: one superpage. A guest with everything
 * about it, and a unit that counts its faults, have one vCPU as well; a failure needs two, since it drops locks.
 */
const small = { pages: 2, pagesPerSuperpage: 2 } as const

/** The cells of the comparison that an exhaustive search decides, each at a size that it ends at. */
export function proofs(names: readonly string[] = []): readonly Cell[] {
  const asked = (cell: Cell) => names.length === 0 || names.includes(cell.setup.design)
  return cells()
    .filter((cell) => asked(cell) && (cell.asks !== undefined || isOfTheTable(cell.setup)))
    .map(sized)
}

/** A design's first driver and iommufd stand for the others: they differ in refusals that no design asks for. */
function isOfTheTable({ design: name, driver, platform, scope }: SetupInput): boolean {
  const design = designs.find((known) => fullName(known) === name)
  if (design === undefined || !(driver === 'iommufd' || driver === design.drivers[0].name)) return false
  if (name === 'replace-domain' && platform.startsWith('linux-')) return true
  if (design.drivers[0].byFile === true) return platform === 'linux-7.2'
  return readings.includes(platform) && (platform === readings[0] || scope.backing === 'in-place')
}

function sized(cell: Cell): Cell {
  const { setup } = cell
  if (cell.asks !== undefined && setup.parts === undefined) return cell
  if (setup.parts !== undefined) return at(cell, { ...small, vcpus: 1 })
  return (setup.scope.failures ?? 0) > 0 ? at(cell, small) : cell
}

const at = (cell: Cell, sizes: ScopeInput): Cell => ({
  ...cell,
  setup: { ...cell.setup, scope: { ...cell.setup.scope, ...sizes } },
})
