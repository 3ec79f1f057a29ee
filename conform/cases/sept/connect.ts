import type { SeptCall } from '../../protocol/messages.js'
import type { Named } from '../named.js'

// What a module 2.0 has beyond 1.5: a device that the TD trusts, and an IOMMU that owes invalidations.

const add: SeptCall = { call: 'tdh.dmar.add-entry', device: 0 }
const agree: SeptCall = { call: 'tdg.dmar.accept-entry', vcpu: 0, device: 0 }
const blockEntry: SeptCall = { call: 'tdh.dmar.block-entry', device: 0 }
const requestEntry: SeptCall = { call: 'tdh.iq.inv.request-entry', device: 0 }
const removeEntry: SeptCall = { call: 'tdh.dmar.remove-entry', device: 0 }
const request: SeptCall = { call: 'tdh.iq.inv.request' }
const process: SeptCall = { call: 'tdh.iq.inv.process' }
const track: SeptCall = { call: 'tdh.mem.track' }
const block: SeptCall = { call: 'tdh.mem.range.block', page: 0 }
const remove: SeptCall = { call: 'tdh.mem.page.remove', page: 0 }
const exit: SeptCall = { call: 'vcpu-exit', vcpu: 0 }
const read: SeptCall = { call: 'trusted-read', device: 0, page: 0 }
const write: SeptCall = { call: 'trusted-write', device: 0, page: 0, value: 9 }
const aug: SeptCall = { call: 'tdh.mem.page.aug', page: 0, frame: 0 }
const mapped: readonly SeptCall[] = [aug, { call: 'tdg.mem.page.accept', vcpu: 0, page: 0 }, exit]
const tracked = [track, request, process]
const invalidated = [blockEntry, requestEntry, process]

/** Page 0 as the device finds it; the IOMMU has it cached where the device has used it. */
const pages: readonly Named<SeptCall>[] = [
  { name: 'free', calls: [] },
  { name: 'pending', calls: [aug] },
  { name: 'mapped', calls: [...mapped] },
  { name: 'mapped and used', calls: [...mapped, write] },
  { name: 'pending-blocked', calls: [aug, block] },
  { name: 'blocked', calls: [...mapped, block] },
  { name: 'used and blocked', calls: [...mapped, write, block] },
]

/** What the IOMMU may owe, or have done. */
const courses: readonly Named<SeptCall>[] = [
  { name: 'not tracked', calls: [] },
  { name: 'requested', calls: [request] },
  { name: 'processed', calls: [process] },
  { name: 'tracked', calls: [track] },
  { name: 'tracked and requested', calls: [track, request] },
  { name: 'tracked and processed', calls: [track, process] },
  { name: 'tracked, requested and processed', calls: tracked },
  { name: 'tracked twice', calls: [...tracked, track] },
  { name: 'tracked and done twice', calls: [...tracked, ...tracked] },
]

const probes: readonly Named<SeptCall>[] = [
  { name: 'track', calls: [track] },
  { name: 'remove', calls: [remove] },
  { name: 'request', calls: [request] },
  { name: 'process', calls: [process] },
  { name: 'read by the device', calls: [read] },
  { name: 'write by the device, read by the guest', calls: [write, { call: 'private-read', vcpu: 0, page: 0 }, exit] },
  { name: 'block', calls: [block, read] },
]

/** The device's entry in each of its states, with a page that the device has used. */
const entries: readonly Named<SeptCall>[] = [
  { name: 'accepted', calls: [] },
  { name: 'blocked', calls: [blockEntry] },
  { name: 'blocked and requested', calls: [blockEntry, requestEntry] },
  { name: 'blocked and invalidated', calls: invalidated },
  { name: 'blocked in an epoch that is owed', calls: [track, ...invalidated] },
  { name: 'removed', calls: [...invalidated, removeEntry] },
  { name: 'removed and added', calls: [...invalidated, removeEntry, add] },
  { name: 'added and blocked', calls: [...invalidated, removeEntry, add, blockEntry] },
  { name: 'added, blocked and invalidated', calls: [...invalidated, removeEntry, add, ...invalidated] },
  { name: 'added and accepted', calls: [...invalidated, removeEntry, add, agree] },
]

const entryProbes: readonly Named<SeptCall>[] = [
  { name: 'add', calls: [add, read] },
  { name: 'accept', calls: [agree, read] },
  { name: 'block of the entry', calls: [blockEntry, read] },
  { name: 'request for the entry', calls: [requestEntry, read] },
  { name: 'removal of the entry', calls: [removeEntry, read] },
  { name: 'request', calls: [track, request] },
  { name: 'track', calls: [track, track] },
  { name: 'read by the device', calls: [read] },
  { name: 'block of the page', calls: [block, read] },
  { name: 'life of the page', calls: [block, track, remove, aug, read] },
]

function crossed(
  states: readonly Named<SeptCall>[],
  courses: readonly Named<SeptCall>[],
  probes: readonly Named<SeptCall>[],
): Named<SeptCall>[] {
  return states.flatMap((state) =>
    courses.flatMap((course) =>
      probes.map((probe) => ({
        name: `${probe.name}: ${state.name}, ${course.name}`,
        calls: [...state.calls, ...course.calls, ...probe.calls],
      })),
    ),
  )
}

const used: readonly Named<SeptCall>[] = [{ name: 'a page in use', calls: [...mapped, write] }]

/** Every status that only a module 2.0 has, and every order of checks. */
export const connectCases: readonly Named<SeptCall>[] = [
  ...crossed(pages, courses, probes).map((one) => ({ ...one, name: `device: ${one.name}` })),
  ...crossed(used, entries, entryProbes).map((one) => ({ ...one, name: `entry: ${one.name}` })),
]
