import type { Platform } from '../../model/machine/platform.js'
import { Attr } from '../../model/machine/state.js'
import { leafAt, leafFrame } from '../../model/memory/page-table.js'
import {
  amdViCountRunsAhead612,
  amdViMapReplaces612,
  amdViUnmapAtHole612,
  amdViUnmapTakesLeaf612,
  faultAllocatesPrivate,
  faultSharedByHva,
  gmemPrivatePageNotZapped,
  iommufdAccounting,
  iommufdAccountProcess,
  iommufdCompatNothing,
  iommufdDetachEmpties,
  iommufdMapRollback,
  iommufdPinOnce,
  iommufdUnmapAll,
  iommufdUnmapBisect,
  iommufdUnmapOrder,
  iommufdUnmapSuperset,
  lastUnpinFreesOrphan,
  pinHoldsFrame,
  punchFreesUnpinned,
  punchOrphansPinned,
  type Rule,
  smmuMapLooksFirst,
  smmuMapOver,
  smmuPartRefused72,
  smmuSplits612,
  smmuUnmapBySize,
  smmuUnmapStops,
  touchAllocatesFresh,
  typeCloseRemovesAll,
  typeEntryPerMap,
  typeLockedPages,
  typeMapPinsFirst,
  typeMapRollback,
  typePinKeepsPage,
  typeUnmapNothing,
  typeUnmapSuperset,
  typeUnpinAfterSync,
  typeV1StartsInside,
  typeV1WholeMapping,
  vtdBlockedNeverCompletes,
  vtdFaultRecorded,
  vtdIotlbHit,
  vtdLeaveFlushes,
  vtdMapInsideSuperpage612,
  vtdMapOverLeafKept,
  vtdMapReplaces612,
  vtdMapUndone72,
  vtdReplaceMoves,
  vtdUnmapEnlargedAtHole612,
  vtdUnmapEnlarges,
  vtdUnmapInsideSuperpage,
  vtdUnmapInsideSuperpage612,
  vtdUnmapRefused,
  vtdUnmapSkipsHole,
  vtdUnmapStopsAtHole,
  vtdWalk,
} from '../../spec/index.js'
import { type Call, type ContainerName, type InterfaceName, isFirmware } from '../protocol/messages.js'
import type { CandidateState } from './candidate-state.js'
import type { AnswerField } from './oracle.js'

/** A call that was made, and the state in which the model is after it. */
export interface FieldContext {
  readonly call: Call
  /** The calls before it, since the reset. */
  readonly before: readonly Call[]
  readonly on: InterfaceName
  readonly candidate: CandidateState
  /** What the model lets the call end with. */
  readonly outcome: string
}

/** The rules by which a field of a reply can only be what it is after this call. */
export function fieldRules(field: Exclude<AnswerField, 'outcome'>, about: FieldContext): readonly Rule[] {
  const { on, call } = about
  if (isFirmware(on)) return []
  if (field === 'stray') return strayRules(on)
  if (call.call === 'close') return closeRules(on)
  const isType1 = on === 'type1' || on === 'type1v2'
  switch (field) {
    case 'result':
      return [...reachRules(about), vtdWalk, vtdIotlbHit]
    case 'data':
      return [...dataRules(about), ...tableRules(field, about)]
    case 'fault':
    case 'faults':
      return [vtdFaultRecorded]
    case 'unmapped':
      if (on === 'page-table') return tableUnmapRules(about)
      return call.call === 'unmap-all' && on.startsWith('iommufd') ? [iommufdUnmapAll] : unmapRules[on]
    case 'mappings':
    case 'entries':
      return call.call === 'map' ? [typeEntryPerMap, typeMapRollback] : [typeEntryPerMap]
    case 'pins':
    case 'pinned':
      return isType1 ? type1Pins(about) : iommufdPins(about)
    case 'locked':
      return [isType1 ? typeLockedPages : on === 'compat' ? iommufdAccountProcess : iommufdAccounting]
    case 'memory':
      return [punchFreesUnpinned, punchOrphansPinned, lastUnpinFreesOrphan]
    default:
      return []
  }
}

/** What a unit still has of the domain that a device left matters if the device was at the page before it moved. */
export function attachmentRules({ call, before }: Pick<FieldContext, 'call' | 'before'>): readonly Rule[] {
  const moved = before.findLastIndex((one) => attachmentCalls.includes(one.call))
  const wasThere = before.slice(0, Math.max(0, moved)).some((one) => isSameDma(one, call))
  const isReplaced = before.some((one) => one.call === 'replace')
  return [...(wasThere ? [vtdLeaveFlushes] : []), ...(isReplaced ? [vtdReplaceMoves] : [])]
}

const attachmentCalls: readonly Call['call'][] = ['attach', 'replace', 'detach']

function isSameDma(a: Call, b: Call): boolean {
  const isDma = a.call === 'dma-read' || a.call === 'dma-write'
  return isDma && (b.call === 'dma-read' || b.call === 'dma-write') && a.device === b.device && a.iovfn === b.iovfn
}

/** Why a device reaches a page that it did not reach; the reset of a kernel places devices as well. */
function reachRules(about: FieldContext): readonly Rule[] {
  const rules = [...attachmentRules(about), ...tableRules('result', about)]
  const isPlaced = about.on === 'page-table' && about.candidate.machine.domains > 1
  return rules.length === 0 && isPlaced ? [vtdReplaceMoves] : rules
}

/** A page table is freed with its domain. */
function closeRules(on: ContainerName): readonly Rule[] {
  if (on === 'page-table') return []
  return on === 'type1' || on === 'type1v2' ? [typeCloseRemovesAll] : [iommufdDetachEmpties]
}

/** A device that writes to free memory had a translation, or kept one, longer than its frame had an owner. */
function strayRules(on: ContainerName): readonly Rule[] {
  if (on === 'page-table') return [vtdIotlbHit]
  return on === 'type1' || on === 'type1v2'
    ? [typeUnpinAfterSync, typePinKeepsPage]
    : [iommufdUnmapOrder, pinHoldsFrame]
}

function type1Pins({ call, outcome }: FieldContext): readonly Rule[] {
  if (call.call === 'map') return [outcome === 'ok' ? typeMapPinsFirst : typeMapRollback]
  return call.call === 'observe' ? [typeMapPinsFirst, typeUnpinAfterSync] : [typeUnpinAfterSync]
}

function iommufdPins({ call, outcome }: FieldContext): readonly Rule[] {
  if (call.call === 'map') return [outcome === 'ok' ? iommufdPinOnce : iommufdMapRollback]
  return call.call === 'observe' ? [iommufdPinOnce, iommufdUnmapOrder] : [iommufdUnmapOrder]
}

/** What a read finds depends on whose side of the page is read, and on whether the device is on that frame, too. */
function dataRules(about: FieldContext): readonly Rule[] {
  const { call, on, candidate } = about
  const { state: s } = candidate
  if (call.call === 'dma-read') return deviceRules(about, call)
  if (call.call === 'host-read') return sharedRules(candidate, call.page, on)
  if (call.call !== 'guest-read') return []
  if (s.attr[call.page] === Attr.Private) return [faultAllocatesPrivate, gmemPrivatePageNotZapped]
  return [faultSharedByHva, ...sharedRules(candidate, call.page, on)]
}

/** The frame that is reached by a domain's tables, the container's own if left out; -1 for none. */
function mappedFrame({ machine: m, state: s }: CandidateState, iovfn: number, domain = s.domain[0] ?? 0): number {
  const leaf = leafAt(m, s, domain, iovfn)
  return leaf === 0 ? -1 : leafFrame(leaf)
}

const keeps = (on: InterfaceName): Rule => (on === 'type1' || on === 'type1v2' ? typePinKeepsPage : pinHoldsFrame)

type DeviceRead = Extract<Call, { call: 'dma-read' }>

function deviceRules(about: FieldContext, { device, iovfn }: DeviceRead): readonly Rule[] {
  const { candidate, on } = about
  const mapped = mappedFrame(candidate, iovfn, (candidate.state.attached[device] ?? 1) - 1)
  if (on === 'page-table') return [mapped < 0 ? vtdIotlbHit : vtdWalk, ...attachmentRules(about)]
  if (mapped < 0) return [vtdIotlbHit]
  const isOrphan = mapped + 1 !== candidate.state.sharedFrame[iovfn]
  return isOrphan ? [punchOrphansPinned, keeps(on)] : [vtdWalk, keeps(on)]
}

function sharedRules(candidate: CandidateState, page: number, on: InterfaceName): readonly Rule[] {
  const mapped = mappedFrame(candidate, page)
  if (mapped < 0) return [touchAllocatesFresh, vtdBlockedNeverCompletes]
  const isOrphan = mapped + 1 !== candidate.state.sharedFrame[page]
  if (isOrphan) return [punchOrphansPinned, touchAllocatesFresh]
  return on === 'page-table' ? [vtdWalk] : [vtdWalk, keeps(on)]
}

/** What an unmap removes, by interface. */
const unmapRules: Readonly<Record<Exclude<ContainerName, 'page-table'>, readonly Rule[]>> = {
  type1: [typeUnmapSuperset, typeV1WholeMapping, typeV1StartsInside],
  type1v2: [typeUnmapSuperset, typeUnmapNothing],
  iommufd: [iommufdUnmapSuperset, iommufdUnmapBisect],
  'iommufd-file': [iommufdUnmapSuperset, iommufdUnmapBisect],
  'iommufd-replace': [iommufdUnmapSuperset, iommufdUnmapBisect],
  compat: [iommufdCompatNothing, iommufdUnmapBisect],
}

/** What the platform does at a part of a superpage, if there was one, and at a hole. */
function tableUnmapRules({ before, candidate }: FieldContext): readonly Rule[] {
  const { platform, perSuper } = candidate.machine
  const isInside = before.some((call) => call.call === 'map' && hasSuperpage(call, perSuper))
  return [...(isInside ? partRules(platform) : []), ...holeRules[platform.unmapAtHole]]
}

function partRules({ partialUnmap, unmapAtHole }: Platform): readonly Rule[] {
  if (unmapAtHole === 'stop-by-size') return [partialUnmap === 'split' ? smmuSplits612 : smmuPartRefused72]
  if (unmapAtHole === 'count-empty') return [amdViUnmapTakesLeaf612, amdViCountRunsAhead612]
  return [
    partialUnmap === 'run-on' ? vtdUnmapInsideSuperpage612 : vtdUnmapInsideSuperpage,
    partialUnmap === 'refuse' ? vtdUnmapRefused : vtdUnmapEnlarges,
  ]
}

const holeRules: Readonly<Record<Platform['unmapAtHole'], readonly Rule[]>> = {
  stop: [vtdUnmapStopsAtHole],
  'skip-enlarged': [vtdUnmapSkipsHole, vtdUnmapEnlargedAtHole612],
  'stop-by-size': [smmuUnmapStops, smmuUnmapBySize],
  'count-empty': [amdViUnmapAtHole612],
}

const hasSuperpage = (map: MapCall, size: number): boolean =>
  commonPages(map, map).some((page) => isInSuperpage(map, page, size))

/** What a map or unmap does to pages that are mapped already: Linux 7.2 refuses such a map, and undoes it. */
export function tableRules(field: AnswerField, { on, candidate, before }: FieldContext): readonly Rule[] {
  if (on !== 'page-table') return []
  const { small, large } = mapsOver(before, candidate.machine.perSuper)
  const { mapOverLeaf } = candidate.machine.platform
  if (mapOverLeaf === 'refuse') return small || large ? [vtdMapUndone72] : []
  if (mapOverLeaf === 'replace-table') return small || large ? [smmuMapOver, smmuMapLooksFirst] : []
  if (mapOverLeaf === 'replace-all') return small || large ? [amdViMapReplaces612] : []
  if (field === 'result') return [...(small ? [vtdMapOverLeafKept] : []), ...(large ? [vtdMapReplaces612] : [])]
  const hasUnmap = before.some(({ call }) => call === 'unmap')
  return [...(small ? [vtdMapInsideSuperpage612] : []), ...(hasUnmap ? [vtdUnmapInsideSuperpage612] : [])]
}

type MapCall = Extract<Call, { call: 'map' }>

/** Whether maps lie over earlier ones of the same domain: with 4 KiB entries, and with superpages of so many pages. */
function mapsOver(calls: readonly Call[], superpage: number): { small: boolean; large: boolean } {
  const maps = calls.filter((call): call is MapCall => call.call === 'map')
  const over = maps.flatMap((map, index) =>
    maps
      .slice(0, index)
      .filter(({ domain }) => domain === map.domain)
      .flatMap((earlier) => commonPages(earlier, map).map((page) => isInSuperpage(map, page, superpage))),
  )
  return { small: over.includes(false), large: over.includes(true) }
}

const commonPages = (a: MapCall, b: MapCall): number[] =>
  Array.from({ length: a.count }, (_, at) => a.iovfn + at).filter((page) => page >= b.iovfn && page < b.iovfn + b.count)

function isInSuperpage({ iovfn, count }: MapCall, page: number, size: number): boolean {
  const first = page - (page % size)
  return first >= iovfn && first + size <= iovfn + count
}
