import type { SeptCall } from '../../protocol/messages.js'
import type { Sequence } from '../../protocol/sequence.js'
import { septSetup } from '../../protocol/setting.js'
import type { Named } from '../named.js'
import { connectCases } from './connect.js'
import { canAsk, type ModuleTarget } from './random.js'

const aug = (page: number, frame: number): SeptCall => ({ call: 'tdh.mem.page.aug', page, frame })
const accept = (vcpu: number, page = 0): SeptCall => ({ call: 'tdg.mem.page.accept', vcpu, page })
const read = (vcpu: number, page = 0): SeptCall => ({ call: 'private-read', vcpu, page })
const write = (vcpu: number, value: number, page = 0): SeptCall => ({ call: 'private-write', vcpu, page, value })
const enter = (vcpu: number): SeptCall => ({ call: 'vcpu-enter', vcpu })
const exit = (vcpu: number): SeptCall => ({ call: 'vcpu-exit', vcpu })
const wbinvd = (frame: number): SeptCall => ({ call: 'tdh.phymem.page.wbinvd', frame })
const block: SeptCall = { call: 'tdh.mem.range.block', page: 0 }
const track: SeptCall = { call: 'tdh.mem.track' }
const remove: SeptCall = { call: 'tdh.mem.page.remove', page: 0 }
const kick = [exit(0), exit(1)]

/** Page 0 in each state of its entry; vCPU 1 stays in the guest, with its translation if there is one. */
const entries: readonly Named<SeptCall>[] = [
  { name: 'free', calls: [enter(1)] },
  { name: 'pending', calls: [enter(1), aug(0, 0)] },
  { name: 'mapped', calls: [aug(0, 0), accept(0), exit(0), write(1, 7)] },
  { name: 'pending-blocked', calls: [enter(1), aug(0, 0), block] },
  { name: 'blocked', calls: [aug(0, 0), accept(0), exit(0), write(1, 7), block] },
]

/** What may have come of the epochs since. */
const epochs: readonly Named<SeptCall>[] = [
  { name: 'not tracked', calls: [] },
  { name: 'tracked', calls: [track] },
  { name: 'tracked and kicked', calls: [track, ...kick] },
  { name: 'kicked and tracked', calls: [...kick, track] },
  { name: 'kicked, entered and tracked', calls: [...kick, enter(1), track] },
  { name: 'tracked, kicked and entered', calls: [track, ...kick, enter(1)] },
  { name: 'tracked twice', calls: [track, track] },
  { name: 'tracked, kicked and tracked', calls: [track, ...kick, track] },
]

/** Each call, with what can be wrong with it; frame 2 is page 1's. */
const probes: readonly Named<SeptCall>[] = [
  { name: 'aug of its own frame', calls: [aug(0, 0)] },
  { name: 'aug of another frame', calls: [aug(0, 1)] },
  { name: "aug of another page's frame", calls: [aug(1, 2), aug(0, 2)] },
  { name: 'block', calls: [block] },
  { name: 'track', calls: [track] },
  { name: 'remove', calls: [remove] },
  { name: 'wbinvd', calls: [wbinvd(0)] },
  { name: 'accept in the guest', calls: [accept(1)] },
  { name: 'accept by who comes in', calls: [accept(0)] },
  { name: 'read in the guest', calls: [read(1)] },
  { name: 'read by who comes in', calls: [read(0)] },
  { name: 'write in the guest, read by both', calls: [write(1, 8), read(1), read(0)] },
]

/** What a call must have left as it was, or changed; and that the page's next life begins with zeroes. */
const looks: readonly SeptCall[] = [
  { call: 'tdh.mem.sept.rd', page: 0 },
  { call: 'tdh.phymem.page.rdmd', frame: 0 },
  { call: 'tdh.phymem.page.rdmd', frame: 1 },
  read(1),
  remove,
  wbinvd(0),
  aug(0, 0),
  accept(0),
  read(0),
]

function orders<T>(of: readonly T[]): T[][] {
  if (of.length < 2) return [[...of]]
  return of.flatMap((first, at) => orders(of.toSpliced(at, 1)).map((rest) => [first, ...rest]))
}

const nameOf = (calls: readonly SeptCall[]): string => calls.map(({ call }) => call.split('.').at(-1)).join(', ')

/** Every order of the steps of a removal, and of a page's way to its use. */
const inOrders: readonly Named<SeptCall>[] = [
  ...orders([block, track, exit(1), remove, wbinvd(0)]).map((calls) => ({
    name: `removal: ${nameOf(calls)}`,
    calls: [aug(0, 0), accept(1), write(1, 7), ...calls],
  })),
  ...orders([aug(0, 0), accept(1), write(1, 7), block]).map((calls) => ({ name: `use: ${nameOf(calls)}`, calls })),
]

/** Every status and every order of checks: each call on each state of an entry, after each course of the epochs. */
const cases: readonly Named<SeptCall>[] = [
  ...entries.flatMap((entry) =>
    epochs.flatMap((epoch) =>
      probes.map((probe) => ({
        name: `${probe.name}: ${entry.name}, ${epoch.name}`,
        calls: [...entry.calls, ...epoch.calls, ...probe.calls],
      })),
    ),
  ),
  ...inOrders,
]

/** The fixed list for Secure EPT. An implementation with one vCPU is asked with that one in the place of both. */
export function septCases({ hello, interface: on }: ModuleTarget): Sequence[] {
  const setting = septSetup(hello, on)
  const { vcpus = 1 } = setting
  const known = (call: SeptCall): SeptCall =>
    'vcpu' in call ? { ...call, vcpu: Math.min(call.vcpu, vcpus - 1) } : call
  const asked = on === 'sept' ? cases : [...connectCases, ...cases]
  return asked.map(({ name, calls }) => ({
    from: `boundary ${name}`,
    setting,
    calls: [...calls, ...looks].filter((call) => canAsk(hello, call)).map(known),
  }))
}
