import type { Rule } from '../../spec/index.js'
import type { ActionKinds } from '../machine/action.js'
import type { MachineSettings } from '../machine/machine.js'
import { granuleRows } from './cca/granules.js'
import { ripasRows } from './cca/ripas.js'
import { rttRows } from './cca/rtt.js'
import { vdevRows } from './cca/vdev.js'
import { containerRows } from './container/mappings.js'
import { boundDeviceRows } from './cove/bound-device.js'
import { checkerRows } from './cove/checker.js'
import { tsmRows } from './cove/tsm.js'
import { dmaRows } from './device/dma.js'
import { guestRows } from './guest/guest.js'
import { hostAccessRows } from './host/access.js'
import { hostCallRows } from './host/calls.js'
import { hotplugRows } from './host/devices.js'
import { environmentRows } from './host/environment.js'
import { slotRows } from './host/slots.js'
import { compatRows } from './iommufd/compat.js'
import { iommufdDomainRows } from './iommufd/domains.js'
import { iommufdMapRows } from './iommufd/map.js'
import { iommufdUnmapRows } from './iommufd/unmap.js'
import { attributeRows } from './kvm/attributes.js'
import { flushRows } from './kvm/flush.js'
import { guestMemfdRows } from './kvm/guest-memfd.js'
import { hostMemoryRows } from './kvm/host-memory.js'
import { memoryFaultRows } from './kvm/memory-faults.js'
import { memslotRows } from './kvm/memslots.js'
import { faultRows } from './kvm/mmu-faults.js'
import { vmmRows } from './kvm/vmm.js'
import { lockRows } from './locks.js'
import { backingRows } from './mm/backing.js'
import { otherProcessRows } from './mm/other-process.js'
import { pinningRows } from './mm/pinning.js'
import { referenceRows } from './mm/references.js'
import { secondContainerRows } from './mm/second-container.js'
import { fixedOrder } from './order.js'
import type { ParameterName } from './parameters.js'
import { hypervisorRows } from './pkvm/hypervisor.js'
import { identityMapRows } from './pkvm/identity-map.js'
import type { Row } from './row.js'
import { rmpRows } from './snp/rmp.js'
import { trustedTableRows } from './snp/trusted-table.js'
import { validationRows } from './snp/validation.js'
import { mapGpaRows } from './tdx/map-gpa.js'
import { pageRemovalRows } from './tdx/page-removal.js'
import { septRows } from './tdx/secure-ept.js'
import { dmarRows } from './tdx-connect/dmar.js'
import { releaseRows } from './tdx-connect/release.js'
import { tdInvalidationRows } from './tdx-connect/td-invalidation.js'
import { interfaceRows } from './trusted/interface.js'
import { otherWalkRows, trustedDmaRows } from './trusted/trusted-dma.js'
import { vfioMapRows } from './vfio/map.js'
import { vfioUnmapRows } from './vfio/unmap.js'
import { deviceTlbRows } from './vtd/device-tlb.js'
import { domainRows } from './vtd/domains.js'
import { vtdFaultRows } from './vtd/faults.js'
import { iotlbRows } from './vtd/iotlb.js'
import { deferredFlushRows } from './vtd/queue/deferred-flush.js'
import { failedWaitRows } from './vtd/queue/failed-waits.js'
import { invalidationRows } from './vtd/queue/invalidation.js'
import { rootRows } from './vtd/root.js'
import { superpageRows } from './vtd/superpage.js'
import { tableRaceRows } from './vtd/table-races.js'
import { tableRows } from './vtd/tables.js'
import { translationRows } from './vtd/translation.js'
import { visibilityRows } from './vtd/visibility.js'
import { walkCacheRows } from './vtd/walk-cache.js'

const byChapter = {
  ...guestRows,
  ...mapGpaRows,
  ...hostAccessRows,
  ...hostCallRows,
  ...environmentRows,
  ...hotplugRows,
  ...slotRows,
  ...dmaRows,
  ...translationRows,
  ...walkCacheRows,
  ...iotlbRows,
  ...deviceTlbRows,
  ...vtdFaultRows,
  ...visibilityRows,
  ...invalidationRows,
  ...deferredFlushRows,
  ...failedWaitRows,
  ...tableRows,
  ...superpageRows,
  ...tableRaceRows,
  ...domainRows,
  ...rootRows,
  ...iommufdDomainRows,
  ...faultRows,
  ...memoryFaultRows,
  ...guestMemfdRows,
  ...attributeRows,
  ...flushRows,
  ...hostMemoryRows,
  ...memslotRows,
  ...vmmRows,
  ...pageRemovalRows,
  ...septRows,
  ...lockRows,
  ...vfioMapRows,
  ...vfioUnmapRows,
  ...iommufdMapRows,
  ...iommufdUnmapRows,
  ...compatRows,
  ...containerRows,
  ...pinningRows,
  ...referenceRows,
  ...otherProcessRows,
  ...backingRows,
  ...secondContainerRows,
  ...rmpRows,
  ...validationRows,
  ...tsmRows,
  ...checkerRows,
  ...granuleRows,
  ...rttRows,
  ...ripasRows,
  ...dmarRows,
  ...tdInvalidationRows,
  ...trustedDmaRows,
  ...releaseRows,
  ...hypervisorRows,
  ...identityMapRows,
  ...interfaceRows,
  ...trustedTableRows,
  ...otherWalkRows,
  ...vdevRows,
  ...boundDeviceRows,
} as const satisfies Record<string, Row>

export type Kind = keyof typeof byChapter

const isFixed = (kind: Kind): boolean => fixedOrder.some((fixed) => fixed === kind)
const inOrder: readonly Kind[] = [...fixedOrder, ...(Object.keys(byChapter) as Kind[]).filter((kind) => !isFixed(kind))]

/** The whole relation: one row for each kind of action. */
export const relation = Object.fromEntries(inOrder.map((kind) => [kind, byChapter[kind]])) as Readonly<
  Record<Kind, Row>
>

/** Rows by the index of their kind. */
export const rows: readonly Row[] = Object.values(relation)

/**
 * The kinds of actions: their names, and the names and words of their parameters, by the index of the kind.
 *
 * @example
 * print(decode(kinds, code))
 */
export const kinds: Omit<ActionKinds, 'names'> & { readonly names: readonly Kind[] } = {
  names: inOrder,
  parameters: rows.map((row) => row.parameters),
  words: rows.map(({ params }) => Object.values(params).map(({ words }) => words)),
}

/** Where the code of each kind has a parameter; 0 where the kind has none of that name. */
export const placesOf = (parameter: string): readonly number[] =>
  kinds.parameters.map((names) => names.indexOf(parameter) + 1)

/** An argument of a code of any kind, by its name; 0 if the kind has none of that name. Rows use `places`. */
export function argumentOf(a: ArrayLike<number>, name: ParameterName): number {
  const place = (kinds.parameters[a[0]] ?? []).indexOf(name) + 1
  return place === 0 ? 0 : a[place]
}

/** The number of a kind of action, first in its code. */
export const kindIndex = (kind: Kind): number => inOrder.indexOf(kind)

/** The kind that a text names, as in a trace or a plan; undefined if none is called so. */
export const kindOf = (text: string): Kind | undefined => inOrder.find((kind) => kind === text)

/** Whether actions of a kind, as a trace names it, begin a DMA. */
export function beginsDma(kind: string): boolean {
  const known = kindOf(kind)
  if (known === undefined) return false
  const row = relation[known]
  return row.by === 'environment' && row.outcome === 'dma'
}

/** Kinds of all that the environment can ever do on a machine, in a fixed order. */
export const environmentOn = (machine: MachineSettings): readonly number[] =>
  rows.flatMap((row, kind) => (row.by === 'environment' && (row.needs?.on(machine) ?? true) ? [kind] : []))

/** A way to fail, as the index that states and events carry. */
interface Failing {
  readonly kind: number
  readonly rule: Rule
  readonly injected: boolean
}

/** Every way in which a step can fail, across all rows. Index 0 is "none". */
export const failing: readonly Failing[] = [
  {
    kind: -1,
    rule: { id: 'none.none/none', statement: '', force: 'may', source: { name: '', revision: '' }, at: '' },
    injected: false,
  },
  ...rows.flatMap((row, kind) => [
    ...(row.fails ?? []).map(({ rule }) => ({ kind, rule, injected: false })),
    ...(row.by === 'plan' && row.mayFail !== undefined ? [{ kind, rule: row.mayFail.rule, injected: true }] : []),
  ]),
]

/** Index of a row's first way to fail. */
export const firstFailing: readonly number[] = rows.map((_, kind) => {
  const at = failing.findIndex((entry) => entry.kind === kind)
  return at < 0 ? 0 : at
})

/** How often each row was taken and each failure met, for the report on what a search exercised. */
export class Coverage {
  readonly taken = new Float64Array(rows.length)
  readonly failed = new Float64Array(failing.length)

  /** @param cause how the row failed (`failing`), -1 if it was taken */
  note(kind: number, cause: number): void {
    if (cause < 0) this.taken[kind] += 1
    else this.failed[cause] += 1
  }
}
