import { Dma, Granule, Owner, Sept } from '../../model/machine/values.js'
import { isTable, leafFrame, pdeIndex } from '../../model/memory/page-table.js'
import { keyDomain, keyFirst, keyIsLarge, ownLeaf } from '../../model/memory/tlb.js'
import { vcpuKeyGfn, vcpuKeyIsPrivate } from '../../model/memory/tlb-tracking.js'
import { type CellPart, join, type MapCell } from './cell.js'
import { leafIn, leafText } from './leaves.js'
import { mayReach, type StatePage } from './place.js'
import { mayBeTrusted } from './trusted.js'

/** The entries of the tables of every domain, as the host wrote them, and as the IOMMU sees them where that differs. */
export function iommuCell(place: StatePage): MapCell {
  const { memory, shape, page } = place
  const parts: CellPart[] = []
  for (let domain = 0; domain < shape.domains; domain += 1) {
    const name = shape.domains > 1 ? `domain ${domain}: ` : ''
    const written = leafIn(memory, shape, domain, page, 'host')
    const seen = leafIn(memory, shape, domain, page, 'IOMMU')
    if (written.leaf !== 0) parts.push({ text: `${name}${leafText(written, place)}`, ...reach(place, written.leaf) })
    if (seen.leaf === written.leaf && seen.large === written.large) continue
    parts.push({ text: `${name}IOMMU sees ${leafText(seen, place)}`, isStale: true, ...reach(place, seen.leaf) })
  }
  return join(parts)
}

function reach(place: StatePage, leaf: number): Pick<CellPart, 'isWrong' | 'frame'> {
  return leaf === 0 ? {} : { isWrong: !mayReach(place, leaf), frame: leafFrame(leaf) }
}

/** Indices of the slots whose key is of the page. */
function slotsOf({ memory, shape, page }: StatePage, view: 'iotlbKey' | 'devtlbKey'): number[] {
  const slots: number[] = []
  for (let slot = 0; slot < memory.length(view); slot += 1) {
    const key = memory.at(view, slot)
    if (key === 0) continue
    const first = keyFirst(shape, key)
    if (first <= page && page < first + (keyIsLarge(key) ? shape.perSuper : 1)) slots.push(slot)
  }
  return slots
}

/** What each unit's IOTLB has of the page; stale if the tables have something else. */
export function iotlbCell(place: StatePage): MapCell {
  const { memory, shape, page } = place
  return join(
    slotsOf(place, 'iotlbKey').map((slot): CellPart => {
      const key = memory.at('iotlbKey', slot)
      const domain = keyDomain(shape, key)
      const kept = { leaf: ownLeaf(shape, memory.at('iotlbLeaf', slot), keyIsLarge(key), page), large: keyIsLarge(key) }
      const unit = shape.scope.units > 1 ? `unit ${Math.floor(slot / shape.scope.iotlbEntries)}: ` : ''
      const name = shape.domains > 1 ? `domain ${domain}: ` : ''
      const said = kept.leaf === 0 ? 'not present' : leafText(kept, place)
      const isStale = leafIn(memory, shape, domain, page, 'IOMMU').leaf !== kept.leaf
      return { text: `${unit}${name}${said}`, isStale, ...reach(place, kept.leaf) }
    }),
  )
}

/** The domain whose tables a walk for the device reads; -1 for a device that is attached to none. */
const tablesOf = ({ memory }: StatePage, device: number): number =>
  memory.at(memory.length('cachedTables') > 0 ? 'cachedTables' : 'attached', device) - 1

/** What each device's TLB has of the page; stale if the tables have something else. */
export function deviceTlbCell(place: StatePage): MapCell {
  const { memory, shape, page } = place
  return join(
    slotsOf(place, 'devtlbKey').map((slot): CellPart => {
      const large = keyIsLarge(memory.at('devtlbKey', slot))
      const device = Math.floor(slot / shape.scope.iotlbEntries)
      const kept = { leaf: ownLeaf(shape, memory.at('devtlbLeaf', slot), large, page), large }
      const domain = tablesOf(place, device)
      const now = domain < 0 ? 0 : leafIn(memory, shape, domain, page, 'IOMMU').leaf
      return {
        text: `device ${device}: ${leafText(kept, place)}`,
        isStale: now !== kept.leaf,
        ...reach(place, kept.leaf),
      }
    }),
  )
}

const tableWords = ['free', 'linked', 'unlinked', 'being filled']

/** Tables for the page's superpage that units have cached; stale if no directory entry names them. */
export function walkCacheCell({ memory, shape, page }: StatePage): MapCell {
  const parts: CellPart[] = []
  for (let slot = 0; slot < memory.length('walkCache'); slot += 1) {
    const table = memory.at('walkCache', slot) - 1
    const at = table >>> 1
    const domain = Math.floor(at / shape.regions)
    if (table < 0 || at !== pdeIndex(shape, domain, page)) continue
    const unit = shape.scope.units > 1 ? `unit ${Math.floor(slot / shape.scope.walkCacheEntries)}: ` : ''
    const pde = memory.at(memory.length('visiblePde') > 0 ? 'visiblePde' : 'pde', at)
    const isStale = !(isTable(pde) && pde === (table & 1) + 1)
    parts.push({ text: `${unit}table ${table}, ${tableWords[memory.at('table', table)]}`, isStale })
  }
  return join(parts)
}

/** DMA in flight to the page, with its frame once it is translated; wrong if it may not reach that. */
export function dmaCell(place: StatePage): MapCell {
  const { memory, page } = place
  const parts: CellPart[] = []
  for (let device = 0; device < memory.length('dma'); device += 1) {
    const stage = memory.at('dma', device)
    if (stage === Dma.Idle || memory.at('dmaGfn', device) !== page) continue
    const half = memory.at('dmaOther', device) === 1 ? ' in the other half' : ''
    const what = `device ${device}: ${memory.at('dmaWrite', device) === 1 ? 'write' : 'read'}${half}`
    const found = memory.at('dmaFrame', device) - 1
    const isTrusted = stage === Dma.TrustedIssued || stage === Dma.TrustedTranslated
    const isPrivate = isTrusted && memory.at('dmaPrivate', device) === 1
    const side = !isTrusted ? '' : isPrivate ? ' private' : ' shared'
    if (stage === Dma.Issued || stage === Dma.TrustedIssued || found < 0) parts.push({ text: what + side })
    else {
      const isRight = isTrusted ? mayBeTrusted(place, found, isPrivate) : mayReach(place, (found + 1) * 4)
      parts.push({ text: `${what}${side} at f${found}`, isWrong: !isRight, frame: found })
    }
  }
  return join(parts)
}

/** What each vCPU's TLB has of the page, on either side of its address space. */
export function vcpuTlbCell({ memory, shape, page }: StatePage): MapCell {
  const parts: CellPart[] = []
  for (let slot = 0; slot < memory.length('vcpuTlb'); slot += 1) {
    const key = memory.at('vcpuTlb', slot)
    if (key === 0 || vcpuKeyGfn(key) !== page) continue
    const isPrivate = vcpuKeyIsPrivate(key)
    const found = memory.at('vcpuTlbFrame', slot) - 1
    const isMoved = memory.at(isPrivate ? 'privateFrame' : 'sharedFrame', page) !== found + 1
    const isStale = isMoved || (isPrivate && memory.length('sept') > 0 && memory.at('sept', page) !== Sept.Mapped)
    // As `sept-protocol` judges it: on Arm CCA a granule without a use is no realm's any more.
    const isFree = isPrivate && memory.length('granule') > 0 && memory.at('granule', found) !== Granule.Data
    const isWrong = isFree || memory.at('owner', found) !== (isPrivate ? Owner.Td : Owner.Host)
    const vcpu = Math.floor(slot / shape.scope.vcpuTlbEntries)
    parts.push({ text: `vCPU ${vcpu}: ${isPrivate ? 'private' : 'shared'} f${found}`, isStale, isWrong, frame: found })
  }
  return join(parts)
}
