import { someAttached } from '../model/actions/host/devices.js'
import { failing } from '../model/actions/relation.js'
import { leafAt, pdeIndex, unlinkedTable } from '../model/actions/vtd/page-table.js'
import type { Machine } from '../model/machine/machine.js'
import { Reg, regOf } from '../model/machine/registers.js'
import type { State } from '../model/machine/state.js'
import { type Gfn, iovfnOf } from '../model/machine/units.js'
import { underConversion } from '../model/plan/interpreter.js'
import {
  attributesReserveFirst,
  inPlaceChecksFirst,
  inPlaceErrorOffset,
  inPlacePinsAreReferences,
  invalidationIsEnded,
  iommufdAttachUndone,
  iommufdEmptyKeepsAreas,
  iommufdMapMemlock,
  iommufdMapRollback,
  iommufdNoSplit,
  iommufdUnmapBisect,
  iommufdUnmapBusy,
  iommufdUnmapPartial,
  lastUnpinFreesOrphan,
  punchOrphansPinned,
  qemuMappingBudget,
  type Rule,
  typeBooksAfterUnpin,
  typeEntryPerMap,
  typeLockedPages,
  typeMapLimit,
  typeMapRollback,
  typeNoModify,
  typeUnmapBisect,
  typeV1StartsInside,
  typeV1WholeMapping,
} from '../spec/index.js'
import type { Property } from './property.js'
import { conversionAnswered } from './reach.js'

function callUnderWay(m: Machine, s: State): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.reg[regOf(vcpu, Reg.callEnd)] !== 0) return true
  return false
}

/** After teardown: no leaf for the page, and no table of its region that was taken out and never freed. */
function isGone(m: Machine, s: State, gfn: Gfn): boolean {
  const domain = s.domain[0]
  if (leafAt(m, s, domain, iovfnOf(gfn)) !== 0) return false
  return s.deferred[domain] === 1 || !unlinkedTable(s, pdeIndex(m, domain, iovfnOf(gfn)))
}

/** Whether a call is over and the invalidation that it began in KVM is not: every fault there repeats without end. */
function invalidationLeft(s: State): boolean {
  for (let vcpu = 0; vcpu * 2 < s.invalidating.length; vcpu += 1) {
    if (s.invalidating[vcpu * 2 + 1] !== 0 && s.reg[regOf(vcpu, Reg.callEnd)] === 0) return true
  }
  return false
}

const frames = (s: State, gfn: Gfn) =>
  (s.sharedFrame[gfn] !== 0 ? 1 : 0) + (s.privateFrame[gfn] !== 0 ? 1 : 0) + s.orphans[gfn]

/** Whether the VM was stopped amid a conversion: what it has goes when it exits. */
const isStopped = ({ program }: Machine, s: State): boolean => program.stops !== undefined && s.tdDead[0] === 1

export const singleBacking: Property = {
  name: 'single-backing',
  statement: 'A page that is not under conversion has at most one frame, orphaned but pinned frames included.',
  rules: [punchOrphansPinned, lastUnpinFreesOrphan],
  parts: [],
  holdsAt: (m, s, gfn) => frames(s, gfn) <= 1 || underConversion(m, s, gfn) || s.closed[0] !== 0 || isStopped(m, s),
  explain: (_, s, gfn) => `page ${gfn} has ${frames(s, gfn)} frames and no conversion is under way`,
  witness: 'a conversion is answered',
  witnessBits: conversionAnswered,
  fullWitness: 1,
}

/** Whether a page is mapped, pinned and led to by a leaf, or none of these; without any device it is at most mapped. */
function agreesWithMapping(m: Machine, s: State, gfn: Gfn): boolean {
  if (!someAttached(s)) return s.pinnedFrame[gfn] === 0 && leafAt(m, s, s.domain[0], iovfnOf(gfn)) === 0
  const mapped = s.mapOf[gfn] !== 0
  return mapped === (s.pinnedFrame[gfn] !== 0) && mapped === (leafAt(m, s, s.domain[0], iovfnOf(gfn)) !== 0)
}

function pageInWords(m: Machine, s: State, gfn: Gfn): string {
  const has = (value: number, what: string) => `${value === 0 ? 'no' : 'a'} ${what}`
  const leaf = has(leafAt(m, s, s.domain[0], iovfnOf(gfn)), 'leaf')
  const alone = someAttached(s) ? '' : ', and no device'
  return `page ${gfn} has ${has(s.mapOf[gfn], 'mapping')}, ${has(s.pinnedFrame[gfn], 'pin')}, ${leaf}${alone}`
}

/** Whether entries, locked pages and their limit agree with mappings and pins. */
const booksAgree = ({ scope }: Machine, s: State): boolean =>
  s.entriesUsed[0] === s.mappings[0] && s.lockedPages[0] === s.pinnedPages[0] && s.lockedPages[0] <= scope.memlockLimit

/** Whether a mapping went beyond the range of the call that took it; version 1 of type1 takes it whole. */
function takesFromNeighbours({ event, program }: Machine): boolean {
  if (event.goneEnd === 0) return false
  if (event.goneFirst < event.takenFirst) return true
  return event.goneEnd > event.takenEnd && (!program.unmapsWhole || event.goneFirst >= event.takenEnd)
}

export const accountsBalance: Property = {
  name: 'accounts-balance',
  statement:
    'Pins, leaves, locked pages and entries equal what the mappings say; a call unmaps nothing beyond its range; ' +
    'nothing is left after teardown.',
  rules: [
    typeEntryPerMap,
    typeLockedPages,
    iommufdMapMemlock,
    typeBooksAfterUnpin,
    typeUnmapBisect,
    typeV1StartsInside,
    typeV1WholeMapping,
    iommufdUnmapBisect,
    iommufdEmptyKeepsAreas,
    invalidationIsEnded,
  ],
  parts: [],
  holdsAt: (m, s, gfn) => {
    if (s.closed[0] === 2 && !isGone(m, s, gfn)) return false
    return callUnderWay(m, s) || !m.program.pins || agreesWithMapping(m, s, gfn)
  },
  holdsAfter: (m, s) => {
    if (invalidationLeft(s) || takesFromNeighbours(m)) return false
    if (s.closed[0] === 2 && s.mappings[0] + s.pinnedPages[0] + s.lockedPages[0] + s.entriesUsed[0] !== 0) return false
    return callUnderWay(m, s) || booksAgree(m, s)
  },
  explain: (m, s, gfn) => {
    if (invalidationLeft(s)) return 'a call is over, its invalidation is not: the guest faults there again and again'
    const { goneFirst, goneEnd, takenFirst, takenEnd } = m.event
    if (takesFromNeighbours(m)) {
      return `a call on pages ${takenFirst} to ${takenEnd - 1} took the mapping of pages ${goneFirst} to ${goneEnd - 1}`
    }
    const page = gfn < 0 || agreesWithMapping(m, s, gfn) ? '' : `${pageInWords(m, s, gfn)}; `
    const pins = `pinned ${s.pinnedPages[0]}, locked ${s.lockedPages[0]}`
    return `${page}mappings ${s.mappings[0]}, entries ${s.entriesUsed[0]}, ${pins}`
  },
  witness: 'a conversion is answered; the container is torn down',
  witnessBits: (m, s) => conversionAnswered(m) | (s.closed[0] === 2 ? 2 : 0),
  fullWitness: 3,
}

export const entryLimit: Property = {
  name: 'entry-limit',
  statement: 'A conversion is never refused for want of mapping entries, nor are mappings lost for want of them.',
  rules: [typeMapLimit, typeNoModify, iommufdNoSplit, qemuMappingBudget],
  parts: [],
  ofEvents: true,
  holdsAfter: (m) => m.scope.calls || m.event.cause < 0 || failing[m.event.cause].rule !== typeMapLimit,
  explain: (m) => `a map fails with ENOSPC: all ${m.scope.entryLimit} entries are in use`,
  witness: 'a conversion is answered',
  witnessBits: conversionAnswered,
  fullWitness: 1,
}

/** Causes for which an unmap stops half way, and keeps what it has done. */
const leavesPrefixGone: readonly Rule[] = [iommufdUnmapBisect, iommufdUnmapBusy]

/** Whether a failed call left what the rule behind its errno documents: everything as it was, or a prefix gone. */
function leftAsDocumented(m: Machine, s: State): boolean {
  const { event } = m
  if (event.callFailed === 0) return true
  if (event.lostShared !== 0) return false
  if (leavesPrefixGone.includes(failing[event.callCause].rule)) return prefixIsGone(m, s)
  return event.lostMappings === 0 && event.lostEntries === 0 && event.lostLocked === 0 && event.lostPinned === 0
}

/** The areas before the one at which the unmap stopped are gone, that one is whole. */
function prefixIsGone(m: Machine, s: State): boolean {
  const { callFirst, callArea } = m.event
  for (let iovfn = callFirst; iovfn < callArea; iovfn += 1) if (s.mapOf[iovfn] !== 0) return false
  return s.mapOf[callArea] === callArea + 1 && s.mapLength[callArea] > 0
}

export const errorsAsDocumented: Property = {
  name: 'errors-as-documented',
  statement: 'A failing call leaves exactly the state that the cited rule for its errno names.',
  rules: [
    typeMapRollback,
    iommufdMapRollback,
    iommufdAttachUndone,
    iommufdUnmapPartial,
    iommufdUnmapBusy,
    attributesReserveFirst,
    inPlaceErrorOffset,
    inPlaceChecksFirst,
    inPlacePinsAreReferences,
  ],
  parts: [],
  needsFailures: true,
  ofEvents: true,
  holdsAfter: leftAsDocumented,
  explain: ({ event }) =>
    `the failed call left ${-event.lostMappings} mappings, ${-event.lostEntries} entries, ` +
    `${-event.lostPinned} pins, ${-event.lostLocked} locked and ${-event.lostShared} shared pages more than it found`,
  witness: 'a call fails',
  witnessBits: (m) => (m.event.callFailed !== 0 ? 1 : 0),
  fullWitness: 1,
}
