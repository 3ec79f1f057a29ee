import { counted } from '../base/plural.js'
import { someAttached } from '../model/actions/host/devices.js'
import type { Machine } from '../model/machine/machine.js'
import { Reg, regOf } from '../model/machine/registers.js'
import { type State, Table } from '../model/machine/state.js'
import { type Gfn, iovfnOf } from '../model/machine/units.js'
import { leafAt, pdeIndex, tableIndex, unlinkedTable } from '../model/memory/page-table.js'
import {
  inPlaceShortReference,
  invalidationIsEnded,
  iommufdAccounting,
  iommufdAccountProcess,
  iommufdEmptyKeepsAreas,
  iommufdMapMemlock,
  iommufdUnmapBisect,
  lastUnpinFreesOrphan,
  pinHoldsFrame,
  type Rule,
  snpFailedIsLeaked,
  typeAccountingAfterUnpin,
  typeChargedToMapper,
  typeCloseRemovesAll,
  typeEntryPerMap,
  typeLockedPages,
  typeMapLargest,
  typeMapLimit,
  typeMapMemlock,
  typePinKeepsPage,
  typeUnmapBisect,
  typeUnmapSuperset,
  typeV1StartsInside,
  typeV1WholeMapping,
  vtdSuperpageOverEmpty72,
  vtdTableExchanged,
  vtdTableFreedAfterFlush,
} from '../spec/index.js'
import { noFrameIsLost } from './frames.js'
import { chargedTo, chargesAgree, readOfAccounts, withinEntries, withinLimit } from './limits.js'
import { type Clause, property } from './property.js'
import { callerAnswered } from './reach.js'

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

/** Whether a page without any device has neither pin nor leaf. */
const isEmptyWithoutDevice = (m: Machine, s: State, gfn: Gfn): boolean =>
  someAttached(s) || (s.pinnedFrame[gfn] === 0 && leafAt(m, s, s.domain[0], iovfnOf(gfn)) === 0)

const isPinnedAsMapped = (s: State, gfn: Gfn): boolean =>
  !someAttached(s) || (s.mapOf[gfn] !== 0) === (s.pinnedFrame[gfn] !== 0)

const hasLeafAsMapped = (m: Machine, s: State, gfn: Gfn): boolean =>
  !someAttached(s) || (s.mapOf[gfn] !== 0) === (leafAt(m, s, s.domain[0], iovfnOf(gfn)) !== 0)

const pinsOf = (s: State, framePlusOne: number): number => (framePlusOne === 0 ? 0 : s.pins[framePlusOne - 1])

/** Whether the frames of a page have the pins of its mappings, one by each container; a device's have none. */
function hasPinsOfMapping({ inPlace, memoryPages }: Machine, s: State, gfn: Gfn): boolean {
  const { sharedFrame, privateFrame, pinnedFrame, orphans } = s
  const pinned = pinnedFrame[gfn]
  const second = s.secondPin.length > 0 ? s.secondPin[gfn] : 0
  if (gfn >= memoryPages) return pinsOf(s, pinned) === 0 && pinsOf(s, second) === 0
  if (pinsOf(s, pinned) !== pinsBy(pinned, pinned, second)) return false
  if (pinsOf(s, second) !== pinsBy(second, pinned, second)) return false
  if (pinsOf(s, sharedFrame[gfn]) !== pinsBy(sharedFrame[gfn], pinned, second)) return false
  if (pinsOf(s, privateFrame[gfn]) !== pinsBy(privateFrame[gfn], pinned, second)) return false
  const left = pinned !== 0 && pinned !== sharedFrame[gfn] ? 1 : 0
  const leftBySecond = second !== 0 && second !== sharedFrame[gfn] && second !== pinned ? 1 : 0
  return inPlace || orphans[gfn] === left + leftBySecond
}

/** How many pins of a frame the mappings of the two containers explain. */
const pinsBy = (frame: number, pinned: number, second: number): number =>
  frame === 0 ? 0 : (frame === pinned ? 1 : 0) + (frame === second ? 1 : 0)

function pinsInWords({ memoryPages }: Machine, s: State, gfn: Gfn): string {
  const frames = [...new Set([s.sharedFrame[gfn], s.privateFrame[gfn], s.pinnedFrame[gfn]])]
  const pins = frames.reduce((sum, frame) => sum + pinsOf(s, frame), 0)
  if (gfn >= memoryPages) return `page ${gfn} is memory of a device, which no map pins, and has ${counted(pins, 'pin')}`
  return (
    `frames of page ${gfn} have ${counted(pins, 'pin')}, and ${s.orphans[gfn]} more are pinned that left it; ` +
    `its mapping pins ${s.pinnedFrame[gfn] === 0 ? 'none' : 'one'}`
  )
}

/** The platform is asked last: one that does not look for references goes the same way where there are none. */
const isReferenced = (m: Machine, s: State, gfn: Gfn): boolean =>
  s.references.length > 0 &&
  s.privateFrame[gfn] !== 0 &&
  s.references[s.privateFrame[gfn] - 1] !== 0 &&
  !m.pkvm &&
  m.platform.inPlacePinCheck !== 'none'

/** Whether a page is mapped, pinned and led to by a leaf, or none of these; without any device it is at most mapped. */
function agreesWithMapping(m: Machine, s: State, gfn: Gfn): boolean {
  return isEmptyWithoutDevice(m, s, gfn) && isPinnedAsMapped(s, gfn) && hasLeafAsMapped(m, s, gfn)
}

type OfTable = (s: State, at: number, which: 1 | 2) => boolean

/** What keeps a table of a region, by its state, if no call is at work: a directory entry, nothing, a late flush. */
const isPointedTo: OfTable = (s, at, which) => s.table[tableIndex(at, which)] !== Table.Linked || s.pde[at] === which
const isPutIn: OfTable = (s, at, which) => s.table[tableIndex(at, which)] !== Table.Filling
const isFreed: OfTable = (s, at, which) =>
  s.table[tableIndex(at, which)] !== Table.Unlinked || s.deferred[s.domain[0]] === 1

/** Whether it holds for both tables that the region of a page may have in the domain in use. */
function ofTables(m: Machine, s: State, gfn: Gfn, holds: OfTable): boolean {
  const at = pdeIndex(m, s.domain[0], iovfnOf(gfn))
  return holds(s, at, 1) && holds(s, at, 2)
}

const isNoLeak: OfTable = (s, at, which) => isPointedTo(s, at, which) && isPutIn(s, at, which) && isFreed(s, at, which)

/** @param how what the table is, where it leaks */
const tableClause = (rule: Rule, holds: OfTable, how: string): Clause => ({
  rule,
  holdsAt: (m, s, gfn) => isUnsettled(m, s) || ofTables(m, s, gfn, holds),
  explain: (_, __, gfn) => `a table of the region of page ${gfn} ${how}: it leaks`,
})

/** Whether pins and leaves are not judged: a call is at work on them, or the driver has no mappings to compare with. */
const isUnsettled = (m: Machine, s: State): boolean =>
  callUnderWay(m, s) || !m.program.pins || m.program.accounting === 'none'

const has = (value: number, what: string): string => `${value === 0 ? 'no' : 'a'} ${what}`

function pageInWords(m: Machine, s: State, gfn: Gfn): string {
  const leaf = has(leafAt(m, s, s.domain[0], iovfnOf(gfn)), 'leaf')
  const alone = someAttached(s) ? '' : ', and no device'
  return `page ${gfn} has ${has(s.mapOf[gfn], 'mapping')}, ${has(s.pinnedFrame[gfn], 'pin')}, ${leaf}${alone}`
}

/** A range of a call or a mapping, with its end exclusive; a call of no whole page has none. */
function pagesText(first: Gfn, end: Gfn): string {
  if (end <= first) return 'no whole page'
  return end - first === 1 ? `page ${first}` : `pages ${first} to ${end - 1}`
}

/** Whether a mapping went beyond the range of the call that took it; version 1 of type1 takes it whole. */
function takesFromNeighbours({ event, program }: Machine): boolean {
  if (event.goneEnd === 0) return false
  if (event.goneFirst < event.takenFirst) return true
  return event.goneEnd > event.takenEnd && (!program.unmapsWhole || event.goneFirst >= event.takenEnd)
}

const isEmptied = (s: State): boolean =>
  s.closed[0] !== 2 || s.mappings[0] + s.pinnedPages[0] + s.lockedPages[0] + s.entriesUsed[0] === 0

const entriesAgree = (s: State): boolean => s.entriesUsed[0] === s.mappings[0]
const lockedAgree = (s: State): boolean => s.lockedPages[0] === s.pinnedPages[0]
const accountClauses: readonly [Clause, ...Clause[]] = [
  {
    rule: invalidationIsEnded,
    holdsIn: (_, s) => !invalidationLeft(s),
    explain: () => 'a call is over, its invalidation is not: the guest faults there again and again',
  },
  {
    rule: typeUnmapBisect,
    iommufd: iommufdUnmapBisect,
    given: [typeV1StartsInside, typeV1WholeMapping],
    holdsAfter: (m) => !takesFromNeighbours(m),
    explain: ({ event: { goneFirst, goneEnd, takenFirst, takenEnd } }) =>
      `a call on ${pagesText(takenFirst, takenEnd)} took the mapping of ${pagesText(goneFirst, goneEnd)}`,
  },
  {
    rule: typeCloseRemovesAll,
    holdsIn: (_, s) => isEmptied(s),
    explain: (_, s) =>
      `after the teardown there are ${s.mappings[0]} mappings, ${s.entriesUsed[0]} entries, ${s.pinnedPages[0]} ` +
      `pinned and ${s.lockedPages[0]} locked pages`,
  },
  {
    rule: typeCloseRemovesAll,
    holdsAt: (m, s, gfn) => s.closed[0] !== 2 || isGone(m, s, gfn),
    explain: (_, __, gfn) => `after the teardown page ${gfn} has a leaf, or its region a table that was never freed`,
  },
  {
    rule: snpFailedIsLeaked,
    holdsIn: noFrameIsLost,
    explain: () => 'KVM has given up a frame of the guest that it could have made shared',
  },
  {
    rule: iommufdEmptyKeepsAreas,
    holdsAt: (m, s, gfn) => isUnsettled(m, s) || isEmptyWithoutDevice(m, s, gfn),
    explain: pageInWords,
  },
  {
    rule: typePinKeepsPage,
    holdsAt: (m, s, gfn) => isUnsettled(m, s) || isPinnedAsMapped(s, gfn),
    explain: pageInWords,
  },
  {
    rule: pinHoldsFrame,
    given: [lastUnpinFreesOrphan],
    holdsAt: (m, s, gfn) => isUnsettled(m, s) || hasPinsOfMapping(m, s, gfn),
    explain: pinsInWords,
  },
  {
    rule: inPlaceShortReference,
    holdsAt: (m, s, gfn) => !isReferenced(m, s, gfn),
    explain: (_, __, gfn) => `page ${gfn} is private, and another user of the host has a reference to its frame`,
  },
  {
    rule: typeMapLargest,
    given: [typeUnmapSuperset],
    holdsAt: (m, s, gfn) => isUnsettled(m, s) || hasLeafAsMapped(m, s, gfn),
    explain: pageInWords,
  },
  tableClause(vtdSuperpageOverEmpty72, isPointedTo, 'is in use, and no directory entry points to it'),
  tableClause(vtdTableExchanged, isPutIn, 'was filled, and neither put in nor freed'),
  tableClause(vtdTableFreedAfterFlush, isFreed, 'was taken out, and not freed'),
  {
    rule: typeEntryPerMap,
    holdsIn: (m, s) => callUnderWay(m, s) || entriesAgree(s),
    explain: (_, s) => `there are ${s.mappings[0]} mappings and ${s.entriesUsed[0]} entries are in use`,
  },
  {
    rule: typeLockedPages,
    iommufd: iommufdAccounting,
    given: [typeAccountingAfterUnpin],
    holdsIn: (m, s) => callUnderWay(m, s) || lockedAgree(s),
    explain: (_, s) => `${s.pinnedPages[0]} pages are pinned and ${s.lockedPages[0]} count as locked`,
  },
  {
    rule: typeChargedToMapper,
    iommufd: iommufdAccountProcess,
    holdsIn: (m, s) => callUnderWay(m, s) || chargesAgree(s),
    explain: (_, s) =>
      `the first process has ${s.lockedBy[0]} pages locked and ${chargedTo(s, 0)} charged to it; the one that the ` +
      `VMM became ${s.lockedBy[1]} and ${chargedTo(s, 1)}`,
  },
  {
    rule: typeMapMemlock,
    iommufd: iommufdMapMemlock,
    holdsIn: (m, s) => callUnderWay(m, s) || withinLimit(m, s),
    explain: (m, s) => `locked pages: ${s.lockedPages[0]}, beyond the limit of ${m.scope.memlockLimit}`,
  },
  {
    rule: typeMapLimit,
    holdsIn: (m, s) => callUnderWay(m, s) || withinEntries(m, s),
    explain: (m, s) => `entries in use: ${s.entriesUsed[0]}, beyond the limit of ${m.scope.entryLimit}`,
  },
]

export const accountsBalance = property(
  {
    name: 'accounts-balance',
    statement:
      'Pins, leaves, locked pages and entries equal what the mappings say; a call unmaps nothing beyond its range; ' +
      'no page becomes private that the host refers to; nothing is left after teardown.',
    clauses: accountClauses,
    parts: [],
    ofEvents: true,
    judges: readOfAccounts,
    witness: 'a conversion, or a raw call, is answered; the container is torn down',
    witnessBits: (m, s) => callerAnswered(m) | (s.closed[0] === 2 ? 2 : 0),
    fullWitness: 3,
  },
  {
    holdsAt: (m, s, gfn) => {
      if ((s.closed[0] === 2 && !isGone(m, s, gfn)) || isReferenced(m, s, gfn)) return false
      return (
        isUnsettled(m, s) ||
        (agreesWithMapping(m, s, gfn) && hasPinsOfMapping(m, s, gfn) && ofTables(m, s, gfn, isNoLeak))
      )
    },
    holdsIn: (m, s) => {
      if (invalidationLeft(s) || !isEmptied(s) || !noFrameIsLost(m, s)) return false
      return (
        callUnderWay(m, s) ||
        (entriesAgree(s) && lockedAgree(s) && chargesAgree(s) && withinLimit(m, s) && withinEntries(m, s))
      )
    },
  },
)
