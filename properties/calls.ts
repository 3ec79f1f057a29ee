import { views } from '../model/actions/accessed.js'
import { someAttached } from '../model/actions/host/devices.js'
import { Flaw } from '../model/machine/action.js'
import { CallKind } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Dma, type State } from '../model/machine/state.js'
import { type Gfn, iovfnOf } from '../model/machine/units.js'
import { leafAt, leafPermissions, Perm, walkedLeafAt } from '../model/memory/page-table.js'
import { keyDomain, keyFirst, keyIsLarge } from '../model/memory/tlb.js'
import {
  iommufdDetachEmpties,
  iommufdMapAlign,
  iommufdMapMmio,
  iommufdMapReserved,
  iommufdMapRollback,
  iommufdMapWrap,
  iommufdNoSplit,
  iommufdPinOnce,
  iommufdUnmapOrder,
  typeClearThenSync,
  typeLastGroup,
  typeLockedPages,
  typeMapAlign,
  typeMapPinsFirst,
  typeMapRange,
  typeMapRollback,
  typeMapWrap,
  typeMapZero,
  typeNoModify,
  typeUnmapSuperset,
  vtdCachingMode,
  vtdCachingModeMap,
  vtdDeviceTlbDrains,
  vtdDeviceTlbRequired,
  vtdDrainAsked,
  vtdHintOnlyForLeaves,
  vtdNoDrain,
  vtdNonCoherentWalk,
  vtdWriteOnlyExact72,
  vtdWriteOnlyReadable612,
} from '../spec/index.js'
import { type FrameTest, findPath, inFlight, pathText } from './paths.js'
import { type Clause, property } from './property.js'

const isUnmap = ({ event }: Machine): boolean => event.callKind === CallKind.unmap && event.callFailed === 0
const isMap = ({ event }: Machine): boolean => event.callKind === CallKind.map && event.callFailed === 0
const isDetach = ({ event }: Machine): boolean => event.callKind === CallKind.detach && event.callFailed === 0
const isFailedMap = ({ event }: Machine): boolean => event.callKind === CallKind.map && event.callFailed !== 0

const anyFrame: FrameTest = () => true

/**
 * Whether a DMA to the page is in flight that a flush has waited for. A device waits for what it translated itself; for
 * the rest the hardware does, as far as the platform says.
 */
function isUndrained(m: Machine, s: State, gfn: Gfn): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (s.dma[device] !== Dma.Translated || s.dmaGfn[device] !== gfn) continue
    if (s.dmaByDevice.length > 0 && s.dmaByDevice[device] !== 0) return true
    if (m.platform.drain === 'both' || (m.platform.drain === 'writes' && s.dmaWrite[device] === 1)) return true
  }
  return false
}

/** By which way (`pathNames`) a device still reaches a page; -1 if by none, and no entry is left for it. */
function wayTo(m: Machine, s: State, gfn: Gfn): number {
  if (leafAt(m, s, s.domain[0], iovfnOf(gfn)) !== 0) return 0
  const way = findPath(m, s, gfn, anyFrame)
  if (way < inFlight) return way
  return isUndrained(m, s, gfn) ? inFlight : -1
}

/** A detach that leaves a device in its place, and takes mappings with the one that goes. */
const takesMappings = (m: Machine, s: State): boolean => isDetach(m) && m.event.lostMappings > 0 && someAttached(s)

/** The first page of the last call's range that is still reached; by choice only of those that no mapping covers. */
function pageReached(m: Machine, s: State, unlessMapped: boolean): Gfn {
  for (let gfn = m.event.callFirst; gfn < m.event.callEnd; gfn += 1) {
    if (unlessMapped && s.mapOf[gfn] !== 0) continue
    if (wayTo(m, s, gfn) >= 0) return gfn
  }
  return -1
}

function wayLeft(m: Machine, s: State, unlessMapped: boolean): number {
  const gfn = pageReached(m, s, unlessMapped)
  return gfn < 0 ? -1 : wayTo(m, s, gfn)
}

/** Permissions that an entry must have which a map wrote: those asked for, and read where every entry lets a device. */
function rightsAsked(m: Machine): number {
  const { callRights } = m.event
  if (callRights === 0) return Perm.Both
  return callRights === Perm.Write && m.platform.writeImpliesRead ? Perm.Both : callRights
}

/** The first page of a map's range whose entry is missing, or has other rights than those asked for; -1 if none. */
function pageWithOtherRights(m: Machine, s: State): Gfn {
  if (!someAttached(s)) return -1
  for (let gfn = m.event.callFirst; gfn < m.event.callEnd; gfn += 1) {
    const leaf = leafAt(m, s, s.domain[0], iovfnOf(gfn))
    if (leaf === 0 || leafPermissions(leaf) !== rightsAsked(m)) return gfn
  }
  return -1
}

const leafOf = (m: Machine, s: State): number => {
  const gfn = pageWithOtherRights(m, s)
  return gfn < 0 ? -1 : leafAt(m, s, s.domain[0], iovfnOf(gfn))
}

/** The first page of a map's range whose entry the units do not see as the driver wrote it; -1 if none. */
function pageUnseen(m: Machine, s: State): Gfn {
  if (!m.incoherent || !someAttached(s)) return -1
  for (let gfn = m.event.callFirst; gfn < m.event.callEnd; gfn += 1) {
    const iovfn = iovfnOf(gfn)
    if (walkedLeafAt(m, s, s.domain[0], iovfn) !== leafAt(m, s, s.domain[0], iovfn)) return gfn
  }
  return -1
}

/** The first page of a map's range of which a unit has cached that it is not present; -1 if none. */
function pageCachedAbsent(m: Machine, s: State): Gfn {
  for (let slot = 0; slot < s.iotlbKey.length; slot += 1) {
    const key = s.iotlbKey[slot]
    if (key === 0 || s.iotlbLeaf[slot] !== 0 || keyDomain(m, key) !== s.domain[0]) continue
    const first = keyFirst(m, key)
    const gfn = Math.max(first, m.event.callFirst)
    if (gfn < Math.min(first + (keyIsLarge(key) ? m.perSuper : 1), m.event.callEnd)) return gfn
  }
  return -1
}

/** No way of one kind is left to a page that was unmapped, unless one of an earlier kind is. */
const notLeftBy = (kind: number, rules: Pick<Clause, 'rule' | 'iommufd' | 'given'>): Clause => ({
  ...rules,
  holdsAfter: (m, s) => !isUnmap(m) || wayLeft(m, s, false) !== kind,
  explain: (m, s) =>
    `an unmap is done, and a device still reaches page ${pageReached(m, s, false)} by ${pathText(kind)}`,
})

/** Maps of ranges that are none, by their flaw: what is mapped, and the rule that has them fail. */
const refusedMaps: readonly (Pick<Clause, 'rule' | 'iommufd'> & { readonly flaw: number; readonly of: string })[] = [
  { flaw: Flaw.Empty, of: 'no bytes', rule: typeMapZero, iommufd: iommufdMapAlign },
  { flaw: Flaw.Misaligned, of: 'parts of pages', rule: typeMapAlign, iommufd: iommufdMapAlign },
  { flaw: Flaw.Wraps, of: 'a range beyond 2^64', rule: typeMapWrap, iommufd: iommufdMapWrap },
  {
    flaw: Flaw.Outside,
    of: 'a range that the IOMMU does not translate',
    ...{ rule: typeMapRange, iommufd: iommufdMapReserved },
  },
]
const rangeFlaws: readonly number[] = refusedMaps.map(({ flaw }) => flaw)

const refusals: readonly Clause[] = refusedMaps.map(({ flaw, of, ...rules }) => ({
  ...rules,
  holdsAfter: (m) => !isMap(m) || m.event.callFlaw !== flaw,
  explain: () => `a map of ${of} is done, which is to be refused`,
}))

/** The first page of a device in a range that iommufd has mapped by its address; -1 if none. */
function devicePagePinned(m: Machine, s: State): Gfn {
  if (m.program.accounting !== 'iommufd' || m.program.byFile) return -1
  for (let gfn = Math.max(m.event.callFirst, m.memoryPages); gfn < m.event.callEnd; gfn += 1)
    if (s.pinnedFrame[gfn] !== 0) return gfn
  return -1
}

const rightsNames = ['no', 'read', 'write', 'read and write']

const clauses: readonly [Clause, ...Clause[]] = [
  notLeftBy(0, { rule: typeUnmapSuperset, iommufd: iommufdUnmapOrder }),
  notLeftBy(1, { rule: vtdHintOnlyForLeaves }),
  notLeftBy(2, { rule: typeClearThenSync, iommufd: iommufdUnmapOrder }),
  notLeftBy(3, { rule: vtdDeviceTlbRequired }),
  notLeftBy(inFlight, { rule: vtdDrainAsked, given: [vtdNoDrain, vtdDeviceTlbDrains] }),
  {
    rule: typeMapRollback,
    iommufd: iommufdMapRollback,
    holdsAfter: (m, s) => !isFailedMap(m) || pageReached(m, s, true) < 0,
    explain: (m, s) =>
      `a map has failed, and a device reaches page ${pageReached(m, s, true)}, which no mapping covers, by ` +
      pathText(wayLeft(m, s, true)),
  },
  {
    rule: typeLockedPages,
    iommufd: iommufdPinOnce,
    holdsAfter: ({ event }) => event.pinnedAgain < 0,
    explain: ({ event }) => `page ${event.pinnedAgain} is pinned once more, though its mapping has a pin of it`,
  },
  {
    rule: typeMapPinsFirst,
    holdsAfter: (m, s) => !isMap(m) || leafOf(m, s) !== 0,
    explain: (m, s) => `a map is done, and page ${pageWithOtherRights(m, s)} has no entry`,
  },
  {
    rule: vtdWriteOnlyExact72,
    given: [vtdWriteOnlyReadable612],
    holdsAfter: (m, s) => !isMap(m) || leafOf(m, s) <= 0,
    explain: (m, s) =>
      `a map is done, and the entry of page ${pageWithOtherRights(m, s)} has ` +
      `${rightsNames[leafPermissions(leafOf(m, s))]} in place of ${rightsNames[rightsAsked(m)]}`,
  },
  {
    rule: vtdNonCoherentWalk,
    holdsAfter: (m, s) => !isMap(m) || pageUnseen(m, s) < 0,
    explain: (m, s) =>
      `a map is done, and the units do not see the entry of page ${pageUnseen(m, s)} as it was written`,
  },
  {
    rule: vtdCachingModeMap,
    given: [vtdCachingMode],
    holdsAfter: (m, s) => !isMap(m) || pageCachedAbsent(m, s) < 0,
    explain: (m, s) => `a map is done, and a unit has cached that page ${pageCachedAbsent(m, s)} is not present`,
  },
  {
    rule: typeLastGroup,
    iommufd: iommufdDetachEmpties,
    holdsAfter: (m, s) => !takesMappings(m, s),
    explain: ({ event }) => `one device is detached, another is not, and mappings are gone: ${event.lostMappings}`,
  },
  ...refusals,
  {
    rule: iommufdMapMmio,
    holdsAfter: (m, s) => !isMap(m) || devicePagePinned(m, s) < 0,
    explain: (m, s) => `a map is done of page ${devicePagePinned(m, s)}, which is memory of a device`,
  },
  {
    rule: typeNoModify,
    iommufd: iommufdNoSplit,
    holdsAfter: ({ event }) => event.rightsChanged < 0,
    explain: ({ event }) => `page ${event.rightsChanged} stays mapped, and its entry has other rights than before`,
  },
]

export const callsAsPromised = property(
  {
    name: 'calls-as-promised',
    statement:
      'After an unmap no device reaches the range, nor after a failed map what it did not find mapped; a map pins ' +
      'each page once, and its entries have the rights asked for, keep them, and are what the units see; a map of a ' +
      'range that is none, or by iommufd of memory of a device, is refused; mappings outlive a device that is not ' +
      'the last.',
    clauses,
    parts: [],
    notOn: ({ program: { endsEarly } }) => endsEarly && `${endsEarly.statement} [${endsEarly.id}]`,
    ofEvents: true,
    judges: { states: [], steps: views() },
    witness: 'a map, or an unmap, succeeds',
    witnessBits: (m) => (isMap(m) || isUnmap(m) ? 1 : 0),
    fullWitness: 1,
  },
  {
    holdsAfter: (m, s) => {
      if (m.event.pinnedAgain >= 0 || m.event.rightsChanged >= 0) return false
      if (isUnmap(m)) return pageReached(m, s, false) < 0
      if (isFailedMap(m)) return pageReached(m, s, true) < 0
      if (!isMap(m)) return !takesMappings(m, s)
      if (rangeFlaws.includes(m.event.callFlaw) || devicePagePinned(m, s) >= 0) return false
      return pageWithOtherRights(m, s) < 0 && pageUnseen(m, s) < 0 && pageCachedAbsent(m, s) < 0
    },
  },
)
