import { reg } from '../../../model/machine/registers.js'
import { Attr, HostPage } from '../../../model/machine/state.js'
import type { Condition, Plan } from '../../../model/plan/plan.js'
import { pages } from '../../vocabulary/loops.js'
import { given, pageAtCursor } from '../../vocabulary/ranges.js'
import {
  acquireKvm,
  atcInvalidate,
  createSlotOf,
  deleteSlotOf,
  donatePage,
  hostMap,
  hostUnmap,
  idmapComplete,
  idmapMap,
  idmapUnmap,
  invalidateBegin,
  invalidateEnd,
  Private,
  releaseKvm,
  Shared,
  setAttributes,
} from '../../vocabulary/steps.js'
import type { KvmCalls } from '../kvm.js'

// What the hypervisor does where the guest shares a page, or takes one back. The calls of KVM stand for it: `mmu_lock`
// for the lock of the host's stage 2, and the attribute for what the entry of the guest says. A design that converts
// first has the order of Android, whose host is told once it is done; Linux 7.2 tells the host nothing.

const notYetDonated: Condition = {
  name: 'a page that the guest does not have yet',
  holds: (m, s, v) => s.hostPage.length > 0 && s.hostPage[reg('cursor')(m, s, v)] === HostPage.Owned,
}

const eachPage = (what: string, attr: number) => pages(what, given, 'cursor', (_, s, at) => s.attr[at] === attr)
const eachShared = eachPage('page that the guest shares', Attr.Shared)
const eachUnshared = eachPage('page that the guest does not share', Attr.Private)

/** What the hypervisor does for its own lock, and for faults that are under way. */
const locked = (body: Plan): Plan => [
  acquireKvm('mmu'),
  invalidateBegin(given),
  ...body,
  invalidateEnd,
  releaseKvm('mmu'),
]

interface Ways {
  /** How one page leaves what devices of the host reach. */
  readonly leave: Plan
  /** How a page that the guest shares enters it. */
  readonly enter: Plan
}

const calls = (toPrivate: Plan, enter: Plan): KvmCalls => ({
  'set-private': { body: locked(toPrivate), undo: [invalidateEnd] },
  'set-shared': {
    body: locked([
      {
        each: eachUnshared,
        body: [{ when: notYetDonated, body: [donatePage] }, setAttributes(pageAtCursor, Shared), hostMap, ...enter],
      },
    ]),
    undo: [invalidateEnd],
  },
  'discard-shared': { body: [], undo: [] },
  'discard-private': { body: [], undo: [] },
  'delete-slot': { body: [deleteSlotOf(given)], undo: [] },
  'create-slot': { body: [createSlotOf(given)], undo: [] },
})

/** Page by page: each is invalidated before the guest has it. */
const callsBut = (others: Partial<Ways>): KvmCalls => {
  const { leave, enter } = { leave: [idmapUnmap, idmapComplete(pageAtCursor)], enter: [idmapMap], ...others }
  return calls([{ each: eachShared, body: [hostUnmap, ...leave, setAttributes(pageAtCursor, Private)] }], enter)
}

export const pkvmCalls: KvmCalls = callsBut({})

/** A hypervisor that also has devices drop what ATS gave them. */
export const pkvmCallsWithAtc: KvmCalls = callsBut({
  leave: [idmapUnmap, idmapComplete(pageAtCursor), atcInvalidate],
})

/** A hypervisor that does so before SMMUs have dropped the entry, by which they may answer a device once more. */
export const pkvmCallsAtcFirst: KvmCalls = callsBut({
  leave: [idmapUnmap, atcInvalidate, idmapComplete(pageAtCursor)],
})

/** A hypervisor that takes its identity map for not set up, and passes nothing on. */
export const pkvmCallsNotForwarded: KvmCalls = callsBut({ leave: [], enter: [] })

/** A hypervisor that passes on changes of the owner alone. */
export const pkvmCallsOwnerAlone: KvmCalls = callsBut({ enter: [] })

/** Pages leave together, and one invalidation is for all of them. */
const inBatch = (last: Plan): KvmCalls =>
  calls([{ each: eachShared, body: [hostUnmap, idmapUnmap] }, ...last], [idmapMap])

/** The guest has the pages of a batch once that is done. */
export const pkvmCallsInBatch: KvmCalls = inBatch([idmapComplete(given), setAttributes(given, Private)])

/** A hypervisor that lets the guest have a batch first. */
export const pkvmCallsCompletedLate: KvmCalls = inBatch([setAttributes(given, Private), idmapComplete(given)])
