import type { RmmCall } from '../../protocol/messages.js'
import type { Named } from '../named.js'

// Page 0 by its unprotected address, which the host maps to granules of its own.

const half = 'unprotected'
const map = (frame: number): RmmCall => ({ call: 'rmi.rtt.unprot-map', page: 0, frame })
const unmap: RmmCall = { call: 'rmi.rtt.unprot-unmap', page: 0 }
const resume: RmmCall = { call: 'rmi.op.continue', page: 0, half }
const entry: RmmCall = { call: 'rmi.rtt.read-entry', page: 0, half }
const read = (vcpu: number): RmmCall => ({ call: 'realm-read', vcpu, page: 0, half })
const write = (vcpu: number, value: number): RmmCall => ({ call: 'realm-write', vcpu, page: 0, half, value })
const look: RmmCall = { call: 'granule-read', frame: 0 }
const fill = (value: number): RmmCall => ({ call: 'granule-write', frame: 0, value })
const delegate: RmmCall = { call: 'rmi.granule.delegate', frame: 0 }
const protect: RmmCall = { call: 'rmi.rtt.data-map', page: 0, frame: 0 }
const destroy: RmmCall = { call: 'rmi.rtt.destroy', page: 0, half }
const fold: RmmCall = { call: 'rmi.rtt.fold', page: 0, half }

const mapped = [fill(5), map(0)]
const used = [...mapped, write(1, 7)]

const states: readonly Named<RmmCall>[] = [
  { name: 'not mapped', calls: [fill(5)] },
  { name: 'mapped', calls: mapped },
  { name: 'mapped and used', calls: used },
  { name: 'unmapped', calls: [...used, unmap] },
  { name: 'unmapped and continued', calls: [...used, unmap, resume] },
  { name: 'unmapped and mapped', calls: [...used, unmap, map(0)] },
  { name: 'mapped, then delegated', calls: [...mapped, delegate] },
  { name: 'used, then delegated', calls: [...used, delegate] },
  { name: 'used, unmapped, then delegated', calls: [...used, unmap, delegate] },
  { name: 'delegated, then mapped', calls: [delegate, map(0)] },
  { name: 'faulted, then unmapped', calls: [delegate, map(0), read(1), unmap] },
]

const probes: readonly Named<RmmCall>[] = [
  { name: 'map', calls: [map(0)] },
  { name: 'map of another granule', calls: [map(1)] },
  { name: 'unmap', calls: [unmap] },
  { name: 'unmap, continued', calls: [unmap, resume, resume] },
  { name: 'continue', calls: [resume] },
  { name: 'read by the vCPU that used it', calls: [read(1)] },
  { name: 'read by the other vCPU', calls: [read(0)] },
  { name: 'write, read by both and the host', calls: [write(1, 8), read(1), read(0), look] },
  { name: 'write by the host, read', calls: [fill(9), read(0), read(1)] },
  { name: 'delegate', calls: [delegate, read(0)] },
  { name: 'use at the protected address', calls: [delegate, protect, read(1)] },
  { name: 'destroy of the table', calls: [destroy, entry, read(1)] },
  { name: 'fold of the table', calls: [fold, entry, read(1)] },
]

/** Each call on each state of an unprotected entry. */
export const unprotectedCases: readonly Named<RmmCall>[] = states.flatMap((state) =>
  probes.map((probe) => ({
    name: `unprotected ${probe.name}: ${state.name}`,
    calls: [...state.calls, ...probe.calls, entry, read(1), unmap, resume],
  })),
)
