import type { Machine } from '../model/machine/machine.js'
import { Dma, Owner, type State, Table } from '../model/machine/state.js'
import { type DomainId, type Frame, type Gfn, iovfnOf, type UnitId } from '../model/machine/units.js'
import { needsContext, unitOf } from '../model/memory/dma-outcome.js'
import { isCutOff } from '../model/memory/owner-check.js'
import {
  cachedTableLeaf,
  isTable,
  leafFrame,
  pdeIndex,
  regionOf,
  tableIndex,
  walkedLeafAt,
  walkedPde,
} from '../model/memory/page-table.js'
import { keyDomain, keyFirst, keyIsLarge } from '../model/memory/tlb.js'

/** The ways by which a device's DMA at a page can come to a frame. */
export const pathNames = [
  'the tables',
  'the paging-structure cache',
  'the IOTLB',
  'a device TLB',
  'a DMA in flight',
  "a unit's own message",
  'a second container',
] as const

export const inFlight = pathNames.indexOf('a DMA in flight')

/**
 * A path as a sentence names it. A DMA that is translated stays in flight until a flush of its page waits for it: where
 * the flush covers too few pages, or another unit, nothing else tells.
 */
export const pathText = (kind: number): string =>
  kind === inFlight ? `${pathNames[kind]} (no flush has waited for it)` : pathNames[kind]

/** In the place of a frame: whatever a freed table page holds, and what an entry leads to that has no frame. */
export const [inFreedTable, noFrame] = [-1, -2]
/** A frame, or one of the two. */
export type FrameTest = (m: Machine, s: State, gfn: Gfn, frame: Frame) => boolean

/**
 * Looks for a path of some device from a page to a bad frame.
 *
 * @returns index in `pathNames`, or -1
 */
export function findPath(m: Machine, s: State, gfn: Gfn, bad: FrameTest): number {
  const first = findTranslated(m, s, gfn, m.nested ? ledOn(bad) : bad)
  if (first >= 0) return first
  if (s.devtlbKey.length > 0 && badByDeviceTlb(m, s, gfn, bad)) return 3
  if (badInFlight(m, s, gfn, bad)) return 4
  if (s.messageFrame.length > 0 && badByMessage(m, s, gfn, bad)) return 5
  return s.secondPin.length > 0 && s.secondPin[gfn] !== 0 && bad(m, s, gfn, s.secondPin[gfn] - 1) ? 6 : -1
}

/** Of a path that the unit translates, the end is where the identity map leads on, if there is one. */
const ledOn =
  (bad: FrameTest): FrameTest =>
  (m, s, gfn, frame) =>
    (frame < 0 || !isCutOff(m, s, frame)) && bad(m, s, gfn, frame)

function findTranslated(m: Machine, s: State, gfn: Gfn, bad: FrameTest): number {
  if (badByTables(m, s, gfn, bad)) return 0
  if (s.walkCache.length > 0 && badByWalkCache(m, s, gfn, bad)) return 1
  return badByIotlb(m, s, gfn, bad) ? 2 : -1
}

const frameOf = (leaf: number): number => (leafFrame(leaf) < 0 ? noFrame : leafFrame(leaf))

function badByTables(m: Machine, s: State, gfn: Gfn, bad: FrameTest): boolean {
  for (let domain = 0; domain < m.domains; domain += 1) {
    if (!usesTables(m, s, domain, -1)) continue
    if (m.incoherent && seesFreedTable(m, s, domain, gfn) && bad(m, s, gfn, inFreedTable)) return true
    const leaf = walkedLeafAt(m, s, domain, iovfnOf(gfn))
    if (leaf !== 0 && bad(m, s, gfn, frameOf(leaf))) return true
  }
  return false
}

/** Whether the IOMMU, which does not snoop, still sees a directory entry to a table that was freed. */
function seesFreedTable(m: Machine, s: State, domain: DomainId, gfn: Gfn): boolean {
  const at = pdeIndex(m, domain, iovfnOf(gfn))
  const pde = walkedPde(m, s, at)
  return isTable(pde) && s.table[tableIndex(at, pde)] === Table.Free
}

function badByWalkCache(m: Machine, s: State, gfn: Gfn, bad: FrameTest): boolean {
  const region = regionOf(m, iovfnOf(gfn))
  for (let slot = 0; slot < s.walkCache.length; slot += 1) {
    const table = s.walkCache[slot] - 1
    if (table < 0 || (table >>> 1) % m.regions !== region) continue
    const unit = Math.floor(slot / m.scope.walkCacheEntries)
    if (!usesTables(m, s, Math.floor((table >>> 1) / m.regions), unit)) continue
    if (s.table[table] === Table.Free && bad(m, s, gfn, inFreedTable)) return true
    const leaf = cachedTableLeaf(m, s, table, iovfnOf(gfn))
    if (leaf !== 0 && bad(m, s, gfn, frameOf(leaf))) return true
  }
  return false
}

function badByIotlb(m: Machine, s: State, gfn: Gfn, bad: FrameTest): boolean {
  for (let slot = 0; slot < s.iotlbKey.length; slot += 1) {
    const key = s.iotlbKey[slot]
    if (key === 0 || s.iotlbLeaf[slot] === 0) continue
    const frame = cachedFrame(m, key, s.iotlbLeaf[slot], gfn)
    if (frame < 0 || !usesId(m, s, keyDomain(m, key), Math.floor(slot / m.scope.iotlbEntries))) continue
    if (bad(m, s, gfn, frame)) return true
  }
  return false
}

/** A device uses what it has cached under another domain, too; the unit blocks one without a context entry. */
function badByDeviceTlb(m: Machine, s: State, gfn: Gfn, bad: FrameTest): boolean {
  for (let slot = 0; slot < s.devtlbKey.length; slot += 1) {
    const key = s.devtlbKey[slot]
    if (key === 0) continue
    const frame = cachedFrame(m, key, s.devtlbLeaf[slot], gfn)
    const device = Math.floor(slot / m.scope.iotlbEntries)
    if (frame < 0 || (s.attached[device] === 0 && !needsContext(s, device))) continue
    if (bad(m, s, gfn, frame)) return true
  }
  return false
}

function badInFlight(m: Machine, s: State, gfn: Gfn, bad: FrameTest): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (s.dma[device] !== Dma.Translated || s.dmaGfn[device] !== gfn) continue
    if (bad(m, s, gfn, s.dmaFrame[device] - 1)) return true
  }
  return false
}

/** A unit's message goes to one frame, past all tables: a path to the page that the frame backs privately. */
function badByMessage(m: Machine, s: State, gfn: Gfn, bad: FrameTest): boolean {
  for (let unit = 0; unit < m.scope.units; unit += 1) {
    const frame = s.messageFrame[unit] - 1
    if (frame >= 0 && s.privateFrame[gfn] === frame + 1 && s.owner[frame] === Owner.Td && bad(m, s, gfn, frame))
      return true
  }
  return false
}

/** Frame to which a cached entry leads for the page; -1 if it does not cover it. */
function cachedFrame(m: Machine, key: number, leaf: number, gfn: Gfn): number {
  const first = keyFirst(m, key)
  if (!keyIsLarge(key)) return first === gfn ? leafFrame(leaf) : -1
  return gfn >= first && gfn < first + m.perSuper ? leafFrame(leaf) + gfn - first : -1
}

/** Whether a device, behind the unit or any for unit -1, is tagged by the domain's id, or will be when fetched. */
function usesId(m: Machine, s: State, domain: DomainId, unit: UnitId): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (unit >= 0 && unitOf(m, device) !== unit) continue
    if (s.attached[device] === domain + 1) return true
    if (s.contextPresent.length > 0 && s.contextPresent[device] === 1 && s.contextId[device] === domain + 1) return true
  }
  return false
}

/** The same for the tables that walks for the device read. */
function usesTables(m: Machine, s: State, domain: DomainId, unit: UnitId): boolean {
  if (s.contextPresent.length === 0) return usesId(m, s, domain, unit)
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (unit >= 0 && unitOf(m, device) !== unit) continue
    if (s.cachedTables[device] === domain + 1) return true
    if (s.contextPresent[device] === 1 && s.contextTables[device] === domain + 1) return true
  }
  return false
}
