import { ok, type Result } from '../../base/result.js'
import type { Packing } from '../../checker/packing.js'
import type { StoreMemory } from '../../checker/state-store.js'
import { designs, findDesign, fullName } from '../../designs/index.js'
import type { Platform } from '../../model/machine/platform.js'
import type { Scope, ScopeInput } from '../../model/machine/scope.js'
import { provePlatforms } from '../exhaustive/platforms.js'
import type { MachineConfigInput } from '../machine-config.js'
import type { Verdict } from '../verdict.js'

/** The platform on which each architecture is asked: they differ in what the architecture decides, and no more. */
export const platformOf: Readonly<Record<Platform['architecture'], string>> = {
  tdx: 'tdx-2026-reading',
  'sev-snp': 'sev-snp replaceHitless=true',
  'riscv-cove': 'riscv-cove',
  'arm-cca': 'arm-cca replaceHitless=true partialUnmap=enlarge',
  'tdx-connect': 'tdx-connect replaceHitless=true',
}
export const architectureNames = Object.keys(platformOf) as Platform['architecture'][]

/** What a device may do to a guest, and a guest's device may lose; all four are judged in one search. */
export const askedOfAll = ['no-private-reach', 'no-shared-fault', 'no-stale-frame', 'host-survives'] as const

/** Two superpages and two vCPUs. Requests of a page, one IOTLB entry and no teardown keep each search short. */
export const sizesOfAll: ScopeInput = {
  pages: 4,
  pagesPerSuperpage: 2,
  vcpus: 2,
  devices: 1,
  iotlbEntries: 1,
  requests: 'pages',
  teardown: false,
}

/** Designs of which the RMP's own order is the question, beside those of the catalogue. */
const asked = [...designs.map(fullName), 'hitless-cut/assign-first', 'hitless-coalesce/leaf-first']

export interface ArchitectureCell {
  readonly design: string
  readonly driver: string
  readonly backing: Scope['backing']
  readonly architecture: Platform['architecture']
  readonly verdicts: readonly Verdict[]
  /** Whether some DMA comes to a frame that is the guest's: what becomes of it was asked. */
  readonly meetsPrivate: boolean
}

/**
 * Every design of the table on every architecture, with each backing, judged by a search of all states; or by that of
 * another architecture, where it asked for nothing in which the two differ.
 *
 * @param memory of one search
 */
export function judgeArchitectures(
  memory: (packing: Packing, most: number) => StoreMemory,
  names: readonly string[] = asked,
): Result<readonly ArchitectureCell[]> {
  const cells: ArchitectureCell[] = []
  for (const name of names) {
    const design = findDesign(name)
    const driver = design?.drivers[0]?.name
    if (design === undefined || driver === undefined) throw new Error(`there is no design ${name}`)
    for (const backing of ['separate', 'in-place'] as const) {
      const scope = { ...design.scope, ...sizesOfAll, backing }
      const setup: MachineConfigInput = { design: name, driver, scope, platform: platformOf.tdx }
      const proved = provePlatforms(setup, Object.values(platformOf), askedOfAll, memory)
      if (!proved.ok) return proved
      for (const [index, { verdicts, asked }] of proved.value.entries()) {
        const architecture = architectureNames[index] as Platform['architecture']
        const meetsPrivate = asked.includes('dmaToPrivate')
        cells.push({ design: name, driver, backing, architecture, verdicts, meetsPrivate })
      }
    }
  }
  return ok(cells)
}
