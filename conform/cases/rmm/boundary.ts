import type { RmmCall } from '../../protocol/messages.js'
import type { Sequence } from '../../protocol/sequence.js'
import { rmmSetup } from '../../protocol/setting.js'
import { hasCall } from '../../protocol/validate-call.js'
import type { Named } from '../named.js'
import type { RmmTarget } from './random.js'
import { tableCases } from './tables.js'
import { unprotectedCases } from './unprotected.js'

const delegate = (frame: number): RmmCall => ({ call: 'rmi.granule.delegate', frame })
const undelegate = (frame: number): RmmCall => ({ call: 'rmi.granule.undelegate', frame })
const map = (page: number, frame: number): RmmCall => ({ call: 'rmi.rtt.data-map', page, frame })
const unmap: RmmCall = { call: 'rmi.rtt.data-unmap', page: 0 }
const resume: RmmCall = { call: 'rmi.op.continue', page: 0 }
const ask = (ripas: 'empty' | 'ram', destroyed: 0 | 1): RmmCall => {
  return { call: 'rmi.rtt.set-ripas', page: 0, ripas, destroyed }
}
const entry: RmmCall = { call: 'rmi.rtt.read-entry', page: 0 }
const read = (vcpu: number): RmmCall => ({ call: 'realm-read', vcpu, page: 0 })
const write = (vcpu: number, value: number): RmmCall => ({ call: 'realm-write', vcpu, page: 0, value })
const look = (frame: number): RmmCall => ({ call: 'granule-read', frame })
const fill = (frame: number, value: number): RmmCall => ({ call: 'granule-write', frame, value })

const mapped = [fill(0, 5), delegate(0), map(0, 0)]
const used = [...mapped, write(1, 7)]

/** Page 0 and granule 0 in each state; vCPU 1 has used the page where it can. */
const states: readonly Named<RmmCall>[] = [
  { name: 'of the host', calls: [fill(0, 5)] },
  { name: 'delegated', calls: [fill(0, 5), delegate(0)] },
  { name: 'mapped', calls: used },
  { name: 'mapped, then EMPTY', calls: [...used, ask('empty', 0)] },
  { name: 'mapped, EMPTY, then RAM', calls: [...used, ask('empty', 0), ask('ram', 0)] },
  { name: 'unmapped', calls: [...used, unmap] },
  { name: 'unmapped, then EMPTY', calls: [...used, unmap, ask('empty', 0)] },
  { name: 'EMPTY, then unmapped', calls: [...used, ask('empty', 0), unmap] },
  { name: 'unmapped and continued', calls: [...used, unmap, resume] },
  { name: 'unmapped and mapped', calls: [...used, unmap, map(0, 0)] },
  { name: 'unmapped, mapped and unmapped', calls: [...used, unmap, map(0, 0), unmap] },
  { name: 'unmapped and agreed to', calls: [...used, unmap, ask('ram', 1)] },
  { name: 'unmapped, agreed to and mapped', calls: [...used, unmap, ask('ram', 1), map(0, 0)] },
  { name: 'unmapped and undelegated', calls: [...used, unmap, undelegate(0)] },
]

/** Each call, with what can be wrong with it; granule 1 is page 1's. */
const probes: readonly Named<RmmCall>[] = [
  { name: 'delegate', calls: [delegate(0)] },
  { name: 'undelegate', calls: [undelegate(0)] },
  { name: 'map of its own granule', calls: [map(0, 0)] },
  { name: 'map of another granule', calls: [delegate(2), map(0, 2)] },
  { name: 'map of a granule of the host', calls: [map(0, 3)] },
  { name: "map of another page's granule", calls: [delegate(1), map(1, 1), map(0, 1)] },
  { name: 'unmap', calls: [unmap] },
  { name: 'unmap, continued', calls: [unmap, resume, resume] },
  { name: 'continue', calls: [resume] },
  { name: 'EMPTY', calls: [ask('empty', 0), entry] },
  { name: 'RAM', calls: [ask('ram', 0), entry] },
  { name: 'RAM, even if destroyed', calls: [ask('ram', 1), entry] },
  { name: 'read by the vCPU that used it', calls: [read(1)] },
  { name: 'read by the other vCPU', calls: [read(0)] },
  { name: 'write, read by both', calls: [write(1, 8), read(1), read(0)] },
  { name: 'read by the host', calls: [look(0)] },
  { name: 'write by the host', calls: [fill(0, 9), look(0)] },
]

/** What a call must have left as it was, or changed; and that the next life of the granule begins with zeroes. */
const looks: readonly RmmCall[] = [
  entry,
  look(0),
  read(1),
  unmap,
  resume,
  undelegate(0),
  look(0),
  delegate(0),
  map(0, 0),
  ask('ram', 1),
  read(0),
]

/** Every status, and every order of checks: each call on each state of a page and its granule. */
const cases: readonly Named<RmmCall>[] = [
  ...states.flatMap((state) =>
    probes.map((probe) => ({ name: `${probe.name}: ${state.name}`, calls: [...state.calls, ...probe.calls] })),
  ),
  ...unprotectedCases,
  ...tableCases,
]

/** The fixed list for an RMM, in pages and granules up to 3; one with fewer is asked by the last that it has. */
export function rmmCases({ hello, interface: on }: RmmTarget): Sequence[] {
  const setting = rmmSetup(hello, on)
  const { vcpus = 1, pages } = setting
  const known = (call: RmmCall): RmmCall => ({
    ...call,
    ...('vcpu' in call && { vcpu: Math.min(call.vcpu, vcpus - 1) }),
    ...('page' in call && { page: Math.min(call.page, pages - 1) }),
    ...('frame' in call && { frame: Math.min(call.frame, pages - 1) }),
  })
  return cases.map(({ name, calls }) => ({
    from: `boundary ${name}`,
    setting,
    calls: [...calls, ...looks].filter(({ call }) => hasCall(setting, call)).map(known),
  }))
}
