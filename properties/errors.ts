import { views } from '../model/actions/accessed.js'
import { failing, kindIndex } from '../model/actions/relation.js'
import { CallKind, DmaEnd, isOfContainer } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Dma, type State } from '../model/machine/state.js'
import { unitOf } from '../model/memory/dma-outcome.js'
import {
  attributesReserveFirst,
  ccaGptFaultNotInQueue,
  inPlaceChecksFirst,
  inPlaceErrorOffset,
  inPlacePinsAreReferences,
  iommufdAttachUndone,
  iommufdCutsStay,
  iommufdMapRollback,
  iommufdUnmapBisect,
  iommufdUnmapBusy,
  iommufdUnmapPartial,
  pkvmFaultRecorded,
  qemuFaultAfterRead,
  type Rule,
  typeMapRollback,
  vtdBlockedNeverCompletes,
  vtdFaultDisable,
  vtdFaultOverflow,
  vtdFaultRecorded,
} from '../spec/index.js'
import { property } from './property.js'

/** Causes for which an unmap stops half way, and keeps what it has done. */
const leavesPrefixGone: readonly Rule[] = [iommufdUnmapBisect, iommufdUnmapBusy]

/** Whether a call failed in this step that leaves the areas before the one at which it stopped gone. */
const stoppedHalfWay = ({ event }: Machine): boolean =>
  event.callFailed !== 0 && leavesPrefixGone.includes(failing[event.callCause].rule)

/** The areas before the one at which the unmap stopped are gone, that one is whole. */
function prefixIsGone(m: Machine, s: State): boolean {
  const { callFirst, callArea } = m.event
  for (let iovfn = callFirst; iovfn < callArea; iovfn += 1) if (s.mapOf[iovfn] !== 0) return false
  return s.mapOf[callArea] === callArea + 1 && s.mapLength[callArea] > 0
}

/** The step of a cut that can fail: it allocates the table to which a superpage is cut. */
const fillTable = kindIndex('iommu.fill-table')

/** Whether an unmap failed amid its cuts, and left none but those before: more mappings, of the same pages. */
const leftCuts = ({ event }: Machine): boolean =>
  event.callFailed !== 0 &&
  event.callKind === CallKind.unmap &&
  failing[event.callCause].kind === fillTable &&
  event.lostMappings <= 0 &&
  event.lostEntries === event.lostMappings &&
  event.lostPinned === 0 &&
  event.lostLocked === 0

/** Attributes are KVM's: no other call is answerable for what becomes of them meanwhile. */
const setsAttributes = (kind: number): boolean => kind === CallKind['set-private'] || kind === CallKind['set-shared']

const attributesKept = ({ event }: Machine): boolean =>
  event.callFailed === 0 || !setsAttributes(event.callKind) || event.lostShared === 0

const accountingKept = ({ event }: Machine): boolean =>
  event.callFailed === 0 ||
  !isOfContainer(event.callKind) ||
  (event.lostMappings === 0 && event.lostEntries === 0 && event.lostLocked === 0 && event.lostPinned === 0)

const accountingLost = ({ event }: Machine): string =>
  `the failed call left ${-event.lostMappings} mappings, ${-event.lostEntries} entries, ` +
  `${-event.lostPinned} pins and ${-event.lostLocked} locked pages more than it found`

const sidesLost = ({ event }: Machine): string =>
  `the failed call left ${-event.lostShared} shared pages more than it found`

export const errorsAsDocumented = property({
  name: 'errors-as-documented',
  statement: 'A failing call leaves exactly the state that the cited rule for its errno names.',
  clauses: [
    {
      rule: attributesReserveFirst,
      holdsAfter: (m) => m.inPlace || attributesKept(m),
      explain: sidesLost,
    },
    {
      rule: inPlaceErrorOffset,
      given: [inPlaceChecksFirst, inPlacePinsAreReferences],
      holdsAfter: (m) => !m.inPlace || attributesKept(m),
      explain: sidesLost,
    },
    {
      rule: iommufdUnmapPartial,
      given: [iommufdUnmapBusy],
      holdsAfter: (m, s) => !stoppedHalfWay(m) || prefixIsGone(m, s),
      explain: ({ event: { callFirst, callArea } }) =>
        `the failed unmap stopped at the mapping of page ${callArea}, which is not whole, or left one of pages ` +
        `${callFirst} to ${callArea - 1}`,
    },
    {
      rule: iommufdAttachUndone,
      holdsAfter: (m) => m.event.callKind !== CallKind.attach || accountingKept(m),
      explain: accountingLost,
    },
    {
      rule: typeMapRollback,
      iommufd: iommufdMapRollback,
      given: [iommufdCutsStay],
      holdsAfter: (m) => stoppedHalfWay(m) || accountingKept(m) || leftCuts(m),
      explain: accountingLost,
    },
  ],
  parts: [],
  needsFailures: true,
  ofEvents: true,
  judges: { states: [], steps: views() },
  witness: 'a call fails',
  witnessBits: (m) => (m.event.callFailed !== 0 ? 1 : 0),
  fullWitness: 1,
})

const isBlocked = ({ event }: Machine): boolean => event.dma === DmaEnd.Blocked

/** Whether a fault that no rule suppresses was written to a record, or set the overflow. */
function isTraced(m: Machine, s: State): boolean {
  const { recorded, device } = m.event
  const unit = unitOf(m, device)
  return recorded !== 0 && (recorded < 0 || s.faults[unit] !== 0 || s.overflow[unit] !== 0)
}

export const blockedIsRecorded = property({
  name: 'blocked-is-recorded',
  statement: 'At the step that blocks a DMA a record is written or the overflow set; a blocked DMA never completes.',
  clauses: [
    {
      rule: vtdFaultRecorded,
      given: [vtdFaultOverflow, vtdFaultDisable, qemuFaultAfterRead, ccaGptFaultNotInQueue, pkvmFaultRecorded],
      holdsAfter: (m, s) => !isBlocked(m) || isTraced(m, s),
      explain: ({ event }) => `the fault of device ${event.device} at page ${event.gfn} left no trace`,
    },
    {
      rule: vtdBlockedNeverCompletes,
      holdsAfter: (m, s) => !isBlocked(m) || s.dma[m.event.device] === Dma.Idle,
      explain: ({ event }) => `the DMA of device ${event.device} at page ${event.gfn} is blocked, and continues`,
    },
  ],
  parts: ['faultCount'],
  ofEvents: true,
  ignoresAccounts: true,
  judges: { states: [], steps: views('dma faultLog') },
  witness: 'a DMA is blocked',
  witnessBits: (m) => (m.event.dma === DmaEnd.Blocked ? 1 : 0),
  fullWitness: 1,
})
