import { kindIndex, kinds, rows } from '../../model/actions/relation.js'
import type { Machine } from '../../model/machine/machine.js'

/** What every device, unit and guest owes under fair scheduling, by the kind of action and whose turn it is. */
const owed: Readonly<Record<string, 'vcpu' | 'unit' | 'device' | 'domain'>> = {
  'guest.retry': 'vcpu',
  'tdx.map-gpa.next-chunk': 'vcpu',
  'tdx.map-gpa.interrupt': 'vcpu',
  'vtd.invalidate': 'unit',
  'vtd.retire-descriptor': 'unit',
  'vtd.walk': 'device',
  'vtd.walk-from-cache': 'device',
  'vtd.hit-iotlb': 'device',
  'dma.hit-device-tlb': 'device',
  'dma.complete': 'device',
  'vtd.flush-deferred': 'domain',
}

/**
 * Numbers what fair scheduling owes: whoever can go on again and again, does at some time. A vCPU's plan is one duty,
 * the guest's next turn at the same request belongs to it; each unit's queue, each device's DMA in flight and each
 * domain's late flush is another. All else (new requests, new DMA, evictions, failures) nobody owes.
 *
 * @returns of an action its duty, or 0
 */
export function fairnessClassesOf(m: Machine): (a: Int32Array) => number {
  const { vcpus, units, devices } = m.scope
  const first = { vcpu: 1, unit: 1 + vcpus, device: 1 + vcpus + units, domain: 1 + vcpus + units + devices }
  const base = new Int32Array(kinds.names.length)
  for (const [kind, row] of rows.entries()) if (row.by === 'plan') base[kind] = first.vcpu
  for (const [name, whose] of Object.entries(owed)) base[kindIndex(name)] = first[whose]
  return (a) => (base[a[0]] === 0 ? 0 : base[a[0]] + a[1])
}
