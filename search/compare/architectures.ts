import { ok, type Result } from '../../base/result.js'
import type { StoreMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { fullName } from '../../designs/index.js'
import type { Platform } from '../../model/machine/platform.js'
import type { Scope, ScopeInput } from '../../model/machine/scope.js'
import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import { provePlatforms } from '../exhaustive/platforms.js'
import type { Verdict } from '../verdict.js'
import type { MatrixProof } from './exhaustive-matrix.js'

/** The platform on which each architecture is asked: they differ in what the architecture decides, and no more. */
export const platformOfArchitecture: Readonly<Record<Platform['architecture'], string>> = {
  tdx: 'tdx-2026-reading',
  'sev-snp': 'sev-snp replaceHitless=true',
  'riscv-cove': 'riscv-cove',
  'arm-cca': 'arm-cca replaceHitless=true partialUnmap=enlarge',
  'tdx-connect': 'tdx-connect replaceHitless=true',
  pkvm: 'pkvm replaceHitless=true partialUnmap=enlarge',
}
export const architectureNames = Object.keys(platformOfArchitecture) as Platform['architecture'][]

/** Whether platforms are those of this table, and not only the one that other tables have as well. */
export const areOfArchitectures = (platforms: readonly string[]): boolean =>
  platforms.some((platform) => platform !== platformOfArchitecture.tdx) &&
  platforms.every((platform) => Object.values(platformOfArchitecture).includes(platform))

/** Platforms of this table in words, by their architectures. */
export const architecturesInWords = (platforms: readonly string[]): string =>
  architectureNames.filter((name) => platforms.includes(platformOfArchitecture[name])).join(', ')

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
const orders = ['hitless-cut/assign-first', 'hitless-coalesce/leaf-first']

/**
 * Every design on every architecture, with each backing: a machine each, to be searched on all platforms.
 *
 * @param names of designs, each with all of its drivers; if there are none, the catalogue's with their first drivers
 * @param wanted other sizes
 * @throws Error if the catalogue has no such design
 */
export function architectureProofs(
  names: readonly string[] = [],
  catalogue: Catalogue = builtIn,
  wanted: ScopeInput = {},
): readonly MatrixProof[] {
  const asked = names.length > 0 ? names : [...catalogue.designs.map(fullName), ...orders]
  return asked.flatMap((name) => {
    const design = catalogue.findDesign(name)
    if (design === undefined) throw new Error(`there is no design ${name}`)
    const drivers = names.length > 0 ? design.drivers : [design.drivers[0]]
    return drivers.flatMap((driver) =>
      (['separate', 'in-place'] as const).map((backing) => {
        const scope = { ...design.scope, ...sizesOfAll, ...wanted, backing }
        const setup = { design: name, driver: driver.name, scope, platform: platformOfArchitecture.tdx }
        return { setup, properties: askedOfAll, effort: 1, platforms: Object.values(platformOfArchitecture) }
      }),
    )
  })
}

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
 * The designs of the catalogue on every architecture, judged by a search of all states; or by that of another
 * architecture, where it asked for nothing in which the two differ.
 *
 * @param memory of one search
 */
export function judgeArchitectures(
  memory: (packing: Packing, most: number) => StoreMemory,
): Result<readonly ArchitectureCell[]> {
  const cells: ArchitectureCell[] = []
  for (const { setup, platforms, properties } of architectureProofs()) {
    const proved = provePlatforms(setup, platforms, properties, memory)
    if (!proved.ok) return proved
    const { design, driver, scope } = setup
    for (const [index, { verdicts, asked }] of proved.value.entries()) {
      const architecture = architectureNames[index] as Platform['architecture']
      const meetsPrivate = asked.includes('dmaToPrivate')
      cells.push({ design, driver, backing: scope.backing ?? 'separate', architecture, verdicts, meetsPrivate })
    }
  }
  return ok(cells)
}
