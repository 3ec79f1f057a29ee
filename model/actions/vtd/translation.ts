import {
  devicePartialWrite,
  iovaWithoutSharedBit,
  iovaWithSharedBit,
  partialWritePoisons,
  privateGpaMayAbort,
  privateKeyIdAborts,
  privateKeyNotInHostEntry,
  qemuFaultAfterRead,
  untrustedDmaContained,
  untrustedDmaHostFatal,
  vtdBlockedNeverCompletes,
  vtdCachingMode,
  vtdDeviceTlbHit,
  vtdDeviceTlbRefill,
  vtdFaultDisable,
  vtdFaultLostWhileOverflow,
  vtdFaultOverflow,
  vtdFaultRecorded,
  vtdFaultRing,
  vtdFaultSoftwareClears,
  vtdIotlbFill,
  vtdIotlbHit,
  vtdNotPresent,
  vtdNotPresentReason,
  vtdPagingStructureCache,
  vtdReadNeedsR,
  vtdStaleSuperpageCoexists,
  vtdWalk,
  vtdWriteNeedsW,
} from '../../../spec/index.js'
import type { Code } from '../../machine/action.js'
import { someDma } from '../../machine/any-active.js'
import { FaultReason } from '../../machine/effects.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, Owner, type State, Tag } from '../../machine/state.js'
import { GuestView } from '../../plan/interpreter.js'
import { environmentRow } from '../row.js'
import { block, done, useLeaf } from './dma-outcome.js'
import { cachedTableLeaf, isSuperpage, isTable, pdeIndex, tableIndex, walkedLeafAt, walkedPde } from './page-table.js'
import { fill, findKey, tlbKey } from './tlb.js'

const accesses = (m: Machine) => (m.tellsReads ? 2 : 1)
const unitOf = (m: Machine, device: number) => device % m.scope.units
const domainOf = (s: State, device: number) => s.attached[device] - 1
const waits = (s: State, a: Code) => s.dma[a[1]] === Dma.Issued
/** Whether the address is one that the IOMMU may abort unseen: the "may" rule for addresses with SHARED = 0. */
const isPrivateInput = (m: Machine, s: State, device: number) =>
  m.platform.privateGpaInput === 'aborts' && (s.dmaOther[device] === 1) === (m.platform.iovaShared === 'kept')
const missesMappings = (s: State, device: number) => s.dmaOther[device] === 1

/** Lets the IOTLB, and the paging-structure cache, keep what a walk has found. */
function remember(m: Machine, s: State, device: number, leaf: number): void {
  const unit = unitOf(m, device)
  const domain = domainOf(s, device)
  const iovfn = s.dmaGfn[device]
  const at = pdeIndex(m, domain, iovfn)
  const pde = walkedPde(m, s, at)
  const large = isSuperpage(pde)
  const slots = m.scope.iotlbEntries
  if (leaf !== 0 || m.platform.cachingMode) {
    fill(s.iotlbKey, s.iotlbLeaf, unit * slots, slots, tlbKey(m, domain, iovfn, large), large ? pde : leaf)
  }
  if (s.walkCache.length > 0 && isTable(pde)) {
    const table = tableIndex(at, pde) + 1
    fill(s.walkCache, s.walkCache, unit * m.scope.walkCacheEntries, m.scope.walkCacheEntries, table, table)
  }
  m.touched.page(iovfn)
}

function iotlbSlot(m: Machine, s: State, a: Code): number {
  const slots = m.scope.iotlbEntries
  const key = tlbKey(m, domainOf(s, a[1]), s.dmaGfn[a[1]], a[2] === 1)
  return findKey(s.iotlbKey, unitOf(m, a[1]) * slots, slots, key)
}

function deviceTlbSlot(m: Machine, s: State, a: Code): number {
  if (s.devtlbKey.length === 0) return -1
  const slots = m.scope.iotlbEntries
  return findKey(s.devtlbKey, a[1] * slots, slots, tlbKey(m, domainOf(s, a[1]), s.dmaGfn[a[1]], a[2] === 1))
}

const attachedAndPublic = (s: State, device: number) => s.attached[device] !== 0 && !missesMappings(s, device)
const ownLeaf = (m: Machine, leaf: number, large: boolean, gfn: number) =>
  leaf !== 0 && large ? leaf + (gfn % m.perSuper) * 4 : leaf

function walkCacheSlot(m: Machine, s: State, device: number): number {
  if (s.walkCache.length === 0) return -1
  const at = pdeIndex(m, domainOf(s, device), s.dmaGfn[device])
  const from = unitOf(m, device) * m.scope.walkCacheEntries
  for (let slot = from; slot < from + m.scope.walkCacheEntries; slot += 1) {
    if (s.walkCache[slot] !== 0 && (s.walkCache[slot] - 1) >>> 1 === at) return slot
  }
  return -1
}

/** What arrives at a frame: data, a fault, poison, or the end of the host. */
function arrive(m: Machine, s: State, device: number): void {
  const frame = s.dmaFrame[device] - 1
  const write = s.dmaWrite[device] === 1
  if (s.owner[frame] === Owner.Td) {
    if (m.platform.dmaToPrivate === 'contained-fault') {
      block(m, s, device, FaultReason.PrivateKey)
      return
    }
    if (m.platform.dmaToPrivate === 'host-fatal') s.hostDead[0] = 1
    else if (write && s.poison.length > 0) s.poison[frame] = 1
  }
  if (write && s.tag.length > 0) s.tag[frame] = Tag.Device
  done(m, s, device)
}

/** A device's DMA: issued, translated by one of the ways that hardware has, done. */
export const dmaRows = {
  'dma.issue': environmentRow({
    parameters: ['device', 'gfn', 'access', 'half'],
    cites: [iovaWithoutSharedBit, iovaWithSharedBit],
    page: 2,
    candidates: (m, s) => (someDma(m, s, Dma.Idle) ? m.scope.devices * accesses(m) * (m.pages + 1) : 0),
    choose: (m, index, a) => {
      a[1] = index % m.scope.devices
      const rest = Math.floor(index / m.scope.devices)
      a[3] = m.tellsReads ? rest & 1 : 1
      const page = Math.floor(rest / accesses(m))
      a[4] = page === m.pages ? 1 : 0
      a[2] = a[4] === 1 ? 0 : page
    },
    possible: (m, s, a) =>
      s.dma[a[1]] === Dma.Idle &&
      s.hostDead[0] === 0 &&
      s.closed[0] === 0 &&
      (a[4] === 0 || a[2] === 0) &&
      (a[3] === 1 || m.tellsReads),
    apply: (_, s, a) => {
      s.dma[a[1]] = Dma.Issued
      s.dmaGfn[a[1]] = a[2]
      s.dmaWrite[a[1]] = a[3]
      s.dmaOther[a[1]] = a[4]
      s.dmaShared[a[1]] = s.guestView[a[2]] === GuestView.Shared && a[4] === 0 ? 1 : 0
    },
  }),
  'vtd.walk': environmentRow({
    parameters: ['device', 'fill'],
    cites: [
      vtdWalk,
      vtdNotPresent,
      vtdNotPresentReason,
      vtdWriteNeedsW,
      vtdReadNeedsR,
      vtdIotlbFill,
      vtdCachingMode,
      vtdStaleSuperpageCoexists,
      privateKeyIdAborts,
      privateGpaMayAbort,
      privateKeyNotInHostEntry,
      vtdFaultRecorded,
      vtdFaultRing,
      vtdFaultOverflow,
      vtdFaultLostWhileOverflow,
      vtdFaultDisable,
    ],
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * 2 : 0),
    choose: chooseDevice,
    possible: (m, s, a) => waits(s, a) && (a[2] === 0 || (attachedAndPublic(s, a[1]) && !isPrivateInput(m, s, a[1]))),
    apply: (m, s, a) => {
      const device = a[1]
      if (isPrivateInput(m, s, device)) return block(m, s, device, FaultReason.PrivateGpa)
      if (s.attached[device] === 0) return block(m, s, device, FaultReason.NoContext)
      if (missesMappings(s, device)) return block(m, s, device, FaultReason.NotPresent)
      const domain = domainOf(s, device)
      const leaf = walkedLeafAt(m, s, domain, s.dmaGfn[device])
      if (a[2] === 1) remember(m, s, device, leaf)
      useLeaf(m, s, device, leaf, domain)
    },
  }),
  'vtd.walk-from-cache': environmentRow({
    parameters: ['device'],
    cites: [vtdPagingStructureCache],
    on: ({ parts }) => parts.walkCache,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices : 0),
    choose: (_, index, a) => {
      a[1] = index
    },
    possible: (m, s, a) =>
      waits(s, a) && attachedAndPublic(s, a[1]) && !isPrivateInput(m, s, a[1]) && walkCacheSlot(m, s, a[1]) >= 0,
    apply: (m, s, a) => {
      const table = s.walkCache[walkCacheSlot(m, s, a[1])] - 1
      useLeaf(m, s, a[1], cachedTableLeaf(m, s, table, s.dmaGfn[a[1]]), domainOf(s, a[1]))
    },
  }),
  'vtd.hit-iotlb': environmentRow({
    parameters: ['device', 'size', 'fill'],
    cites: [vtdIotlbHit, vtdDeviceTlbRefill, qemuFaultAfterRead],
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * (m.platform.ats ? 4 : 2) : 0),
    choose: (m, index, a) => {
      a[1] = index % m.scope.devices
      const rest = Math.floor(index / m.scope.devices)
      a[2] = rest & 1
      a[3] = rest >>> 1
    },
    possible: (m, s, a) =>
      waits(s, a) &&
      attachedAndPublic(s, a[1]) &&
      !isPrivateInput(m, s, a[1]) &&
      (a[3] === 0 || s.devtlbKey.length > 0) &&
      iotlbSlot(m, s, a) >= 0,
    apply: (m, s, a) => {
      const leaf = s.iotlbLeaf[iotlbSlot(m, s, a)]
      const domain = domainOf(s, a[1])
      const slots = m.scope.iotlbEntries
      if (a[3] === 1 && leaf !== 0) {
        const key = tlbKey(m, domain, s.dmaGfn[a[1]], a[2] === 1)
        fill(s.devtlbKey, s.devtlbLeaf, a[1] * slots, slots, key, leaf)
      }
      m.event.cached = 1
      useLeaf(m, s, a[1], ownLeaf(m, leaf, a[2] === 1, s.dmaGfn[a[1]]), domain)
    },
  }),
  'dma.hit-device-tlb': environmentRow({
    parameters: ['device', 'size'],
    cites: [vtdDeviceTlbHit],
    on: ({ parts, platform }) => parts.deviceTlb && platform.ats,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * 2 : 0),
    choose: chooseDevice,
    possible: (m, s, a) => waits(s, a) && attachedAndPublic(s, a[1]) && deviceTlbSlot(m, s, a) >= 0,
    apply: (m, s, a) => {
      const leaf = s.devtlbLeaf[deviceTlbSlot(m, s, a)]
      m.event.cached = 1
      useLeaf(m, s, a[1], ownLeaf(m, leaf, a[2] === 1, s.dmaGfn[a[1]]), domainOf(s, a[1]))
    },
  }),
  'dma.complete': environmentRow({
    parameters: ['device'],
    cites: [
      untrustedDmaHostFatal,
      untrustedDmaContained,
      partialWritePoisons,
      devicePartialWrite,
      vtdBlockedNeverCompletes,
    ],
    candidates: (m, s) => (someDma(m, s, Dma.Translated) ? m.scope.devices : 0),
    choose: (_, index, a) => {
      a[1] = index
    },
    possible: (_, s, a) => s.dma[a[1]] === Dma.Translated,
    apply: (m, s, a) => arrive(m, s, a[1]),
  }),
  'vtd.read-faults': environmentRow({
    parameters: ['unit'],
    cites: [vtdFaultSoftwareClears],
    on: ({ parts }) => parts.faultCount,
    candidates: (_, s) => s.faults.length,
    choose: (_, index, a) => {
      a[1] = index
    },
    possible: (_, s, a) => s.faults[a[1]] > 0 || s.overflow[a[1]] === 1,
    apply: (m, s, a) => {
      s.faults[a[1]] = 0
      s.overflow[a[1]] = 0
      const registers = m.scope.faultRecords
      if (s.faultRecord.length > 0) s.faultRecord.fill(0, a[1] * registers, (a[1] + 1) * registers)
    },
  }),
}

function chooseDevice(m: Machine, index: number, a: Code): void {
  a[1] = index % m.scope.devices
  a[2] = Math.floor(index / m.scope.devices)
}
