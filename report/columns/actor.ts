import { kindOf, relation } from '../../model/actions/relation.js'
import type { Action } from '../../model/machine/action.js'
import type { Scope } from '../../model/machine/scope.js'

/** Who takes an action, as a reader of a race sees it. */
export interface ColumnActor {
  readonly role: 'host' | 'vcpu' | 'device' | 'iommu'
  /** Which vCPU or device; 0 for the host and the IOMMU, whose units stay in the action's own words. */
  readonly index: number
}

/** Roles in the order of their columns. */
const order: readonly ColumnActor['role'][] = ['host', 'vcpu', 'device', 'iommu']

/** Finds whose column an action belongs to, and which of its parameters that column already says. */
export function actorOf(action: Action, scope: Scope): { readonly actor: ColumnActor; readonly said: string } {
  const { vcpu, device, slot } = action
  if (typeof vcpu === 'number') return { actor: { role: 'vcpu', index: vcpu }, said: 'vcpu' }
  const kind = kindOf(action.kind)
  const takes = kind === undefined ? 'thread' : relation[kind].actor
  if (takes === 'device' && typeof device === 'number') {
    return { actor: { role: 'device', index: device }, said: 'device' }
  }
  if (takes === 'device' && typeof slot === 'number') {
    return { actor: { role: 'device', index: Math.floor(slot / scope.iotlbEntries) }, said: '' }
  }
  return { actor: { role: takes === 'iommu' ? 'iommu' : 'host', index: 0 }, said: '' }
}

/** Compares actors by the place of their columns, left to right. */
export const byPlace = (a: ColumnActor, b: ColumnActor): number =>
  order.indexOf(a.role) - order.indexOf(b.role) || a.index - b.index

/** The heading of a column, without a number, and whose actions stand in it. */
export const columnSays = {
  host: 'A column: what the host does apart from the plan of a vCPU.',
  vCPU: 'A column: what a vCPU of the guest asks, and what the host does for it.',
  device: 'A column: the DMA of a device, and what it keeps in its device TLB.',
  IOMMU: 'A column: what the units of the IOMMU do: walks, caches, invalidations.',
} as const

/** `device 0`, or `d0` where columns are narrow. */
export function nameOf({ role, index }: ColumnActor, narrow: boolean): string {
  const names = { host: 'host', vcpu: `vCPU ${index}`, device: `device ${index}`, iommu: 'IOMMU' }
  const short = { host: 'h', vcpu: `v${index}`, device: `d${index}`, iommu: 'io' }
  return narrow ? short[role] : names[role]
}
