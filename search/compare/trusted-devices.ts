import { ok, type Result } from '../../base/result.js'
import type { StoreMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import type { Platform } from '../../model/machine/platform.js'
import { proveMachine } from '../exhaustive/verdicts.js'
import type { ArchitectureCell } from './architectures.js'

/** One page that begins as the guest's, and one device that the guest trusts. */
export const oneTrustedDevice = {
  pages: 1,
  pagesPerSuperpage: 1,
  vcpus: 1,
  trustedDevices: 1,
  iotlbEntries: 1,
  teardown: false,
  start: 'private',
} as const

/** What may go wrong with a trusted device: who reaches the guest by it, what it reaches, and whether pages move. */
export const askedOfTrusted = ['no-private-reach', 'sept-protocol', 'conversion-ends'] as const

/** Architectures with devices that the guest trusts, and whether the life of their interfaces is asked there. */
const asked: readonly (readonly [architecture: Platform['architecture'], interfaceLife: boolean])[] = [
  ['tdx-connect', false], // no plan of the host adds an entry, which the guest could accept
  ['sev-snp', true],
  ['arm-cca', true],
  ['riscv-cove', true],
]
export const trustingArchitectures = asked.map(([architecture]) => architecture)

/** A design that holds, and its mistakes with such a device. */
const designNames = [
  'on-demand-4k',
  'on-demand-4k/iommus-not-asked',
  'on-demand-4k/status-not-awaited',
  'on-demand-4k/shared-half-forgotten',
  'on-demand-4k/unreleased',
  'on-demand-4k/refusal-ignored',
  'on-demand-4k/private-kept',
  'on-demand-4k/smmu-missed',
  'on-demand-4k/sync-not-awaited',
  'on-demand-4k/iommu-missed',
  'on-demand-4k/iofence-not-awaited',
  'on-demand-4k/enabled-unverified',
  'on-demand-4k/stopped-enabled',
] as const

/** Searches all states of each design with a trusted device, on each architecture that has trusted devices. */
export function judgeTrusted(
  memory: (packing: Packing, most: number) => StoreMemory,
): Result<readonly ArchitectureCell[]> {
  const cells: ArchitectureCell[] = []
  for (const design of designNames) {
    for (const [architecture, interfaceLife] of asked) {
      const setup = {
        design,
        driver: 'type1v2',
        scope: { ...oneTrustedDevice, interfaceLife },
        platform: architecture,
        parts: ['secureEpt', 'content'] as const,
      }
      const proved = proveMachine({ ...setup, parts: [...setup.parts] }, [...askedOfTrusted], memory)
      if (!proved.ok) return proved
      const { verdicts } = proved.value
      cells.push({ design, driver: setup.driver, backing: 'separate', architecture, verdicts, meetsPrivate: true })
    }
  }
  return ok(cells)
}
