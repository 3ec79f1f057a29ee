import type { Machine } from '../../../machine/machine.js'
import { Ats, Dma, type State } from '../../../machine/state.js'
import { type DeviceId, type DomainId, firstDeviceOf, type UnitId, type VcpuId } from '../../../machine/units.js'
import { unitOf } from '../../../memory/dma-outcome.js'
import { regionFirst } from '../../../memory/page-table.js'
import { drop, isDropped } from '../../../memory/tlb.js'

/** What a descriptor invalidates; `Wait` is what stands in the place of one that was refused. */
export const Descriptor = { None: 0, Pages: 1, Domain: 2, DeviceTlb: 3, Context: 4, Global: 5, Wait: 6 } as const

/** Slots of each unit's queue. */
export const queueDepthOf = (m: Machine, s: State): number => s.queueKind.length / m.scope.units

/** The slot from which a unit takes its next descriptor. */
export const headOf = (m: Machine, s: State, unit: UnitId): number => unit * queueDepthOf(m, s)

/** Pages [first, end). */
interface PageRange {
  readonly first: number
  readonly end: number
}

/** Puts a descriptor at the tail of a unit's queue, which has room for it. @returns its slot, whose range is empty */
export function enqueue(m: Machine, s: State, unit: UnitId, kind: number, vcpu: VcpuId): number {
  let slot = unit * queueDepthOf(m, s)
  while (s.queueKind[slot] !== Descriptor.None) slot += 1
  s.queueKind[slot] = kind
  s.queueOwner[slot] = vcpu
  return slot
}

/** Writes into a descriptor what it is about: `count` pages of a domain from `first` on. */
export function setRange(s: State, slot: number, domain: DomainId, first: number, count: number): void {
  s.queueDomain[slot] = domain
  s.queueFirst[slot] = first
  s.queueCount[slot] = count
}

/** The pages that a descriptor is about: all, or as its address mask says. */
export const rangeOf = (m: Machine, s: State, slot: number): PageRange =>
  s.queueKind[slot] === Descriptor.Domain || s.queueKind[slot] === Descriptor.Global
    ? { first: 0, end: m.pages }
    : covering(s.queueFirst[slot], s.queueCount[slot])

/** Whether a unit's queue has no room for another descriptor. */
export function queueIsFull(m: Machine, s: State, unit: UnitId): boolean {
  const depth = queueDepthOf(m, s)
  return s.queueKind[(unit + 1) * depth - 1] !== Descriptor.None
}

/** Whether a descriptor of the vCPU is still in some queue. */
export function awaits(s: State, vcpu: VcpuId): boolean {
  for (let slot = 0; slot < s.queueKind.length; slot += 1) {
    if (s.queueKind[slot] !== Descriptor.None && s.queueOwner[slot] === vcpu) return true
  }
  return false
}

/** The same for waits that also end where the status word of the unit is written, though by an earlier batch. */
export function awaitsWord(m: Machine, s: State, vcpu: VcpuId): boolean {
  const depth = queueDepthOf(m, s)
  for (let slot = 0; slot < s.queueKind.length; slot += 1) {
    if (s.queueKind[slot] === Descriptor.None || s.queueOwner[slot] !== vcpu) continue
    if (s.statusWord.length === 0 || s.statusWord[Math.floor(slot / depth)] === 0) return true
  }
  return false
}

/** Ends the wait of a vCPU for its descriptors in a unit's queue, which stay there and belong to no vCPU any more. */
export function endWait(m: Machine, s: State, unit: UnitId, vcpu: VcpuId, error: number): void {
  const depth = queueDepthOf(m, s)
  for (let slot = unit * depth; slot < (unit + 1) * depth; slot += 1) {
    if (s.queueKind[slot] === Descriptor.None || s.queueOwner[slot] !== vcpu) continue
    s.waitError[vcpu] = error
    s.queueOwner[slot] = m.scope.vcpus
  }
}

/** Takes the head out. */
export function dequeue(m: Machine, s: State, unit: UnitId): void {
  const depth = queueDepthOf(m, s)
  const from = unit * depth
  const owner = s.queueOwner[from]
  if (s.batchBegun.length > 0 && owner < m.scope.vcpus) s.batchBegun[owner] |= 1 << unit
  for (const field of [
    s.queueKind,
    s.queueDomain,
    s.queueFirst,
    s.queueCount,
    s.queueHint,
    s.queueOwner,
    s.queuePhase,
  ]) {
    for (let slot = from; slot < from + depth - 1; slot += 1) field[slot] = field[slot + 1]
    field[from + depth - 1] = 0
  }
}

/** The aligned power of two of pages that covers a range: what an address mask can say. */
export function covering(first: number, count: number): PageRange {
  let size = 1
  while (Math.floor(first / size) * size + size < first + count) size *= 2
  const aligned = Math.floor(first / size) * size
  return { first: aligned, end: aligned + size }
}

const dropsContaining = (m: Machine): boolean => m.platform.psiMatch === 'containment'
const always = (): boolean => true

/** Drops from a unit's caches what a range of a domain names; with the hint `ih`, paging structures stay. */
export function invalidateUnit(
  m: Machine,
  s: State,
  unit: UnitId,
  domain: DomainId,
  range: PageRange,
  ih: boolean,
): void {
  const slots = m.scope.iotlbEntries
  const from = unit * slots
  for (let slot = from + slots - 1; slot >= from; slot -= 1) {
    if (isDropped(m, s.iotlbKey[slot], domain, range, dropsContaining)) drop(s.iotlbKey, s.iotlbLeaf, from, slots, slot)
  }
  if (!ih) dropWalkCache(m, s, unit, domain, range)
  m.touched.range(range.first, Math.min(range.end, m.pages))
}

function dropWalkCache(m: Machine, s: State, unit: UnitId, domain: DomainId, { first, end }: PageRange): void {
  if (s.walkCache.length === 0) return
  const from = regionFirst(m, first)
  const slots = m.scope.walkCacheEntries
  const start = unit * slots
  for (let slot = start + slots - 1; slot >= start; slot -= 1) {
    if (s.walkCache[slot] === 0) continue
    const at = (s.walkCache[slot] - 1) >>> 1
    const region = at % m.regions
    if (Math.floor(at / m.regions) !== domain || region * m.perSuper >= end) continue
    if ((region + 1) * m.perSuper > from) drop(s.walkCache, s.walkCache, start, slots, slot)
  }
}

/** Whether a flush of the domain goes to the device's own TLB. */
const isTagged = (s: State, device: DeviceId): boolean => s.ats.length === 0 || (s.ats[device] & Ats.Tagged) !== 0

/** Drops every entry of a device's own TLB that overlaps the range. */
export function invalidateDevice(m: Machine, s: State, device: DeviceId, range: PageRange): void {
  if (s.devtlbKey.length === 0 || !isTagged(s, device)) return
  const slots = m.scope.iotlbEntries
  const from = device * slots
  for (let slot = from + slots - 1; slot >= from; slot -= 1) {
    if (isDropped(m, s.devtlbKey[slot], 0, range, always)) drop(s.devtlbKey, s.devtlbLeaf, from, slots, slot)
  }
}

/** Drops every entry of a domain from a unit. */
export function invalidateDomain(m: Machine, s: State, unit: UnitId, domain: DomainId): void {
  invalidateUnit(m, s, unit, domain, { first: 0, end: m.pages }, false)
}

/** Drops all that a unit has cached of tables, and of context entries where it caches those; device TLBs stay. */
export function invalidateAll(m: Machine, s: State, unit: UnitId): void {
  for (let domain = 0; domain < m.domains; domain += 1) invalidateDomain(m, s, unit, domain)
  if (s.cachedTables.length === 0) return
  for (let device = firstDeviceOf(unit); device < m.scope.devices; device += m.scope.units) dropContext(s, device)
}

/** Drops what a unit has cached of a device's context entry. */
export function dropContext(s: State, device: DeviceId): void {
  s.attached[device] = 0
  s.cachedTables[device] = 0
}

/** Marks the untranslated DMA of a unit's devices that the drain of a descriptor at its head has to wait for. */
export function markDrain(m: Machine, s: State, unit: UnitId, head: number, { first, end }: PageRange): void {
  if (m.platform.drain === 'none' || s.queueOwner[head] === m.scope.vcpus) return
  for (let device = 0; device < m.scope.devices; device += 1) {
    if (unitOf(m, device) !== unit || s.dma[device] !== Dma.Translated) continue
    if (isByDevice(s, device)) continue
    if (s.queueKind[head] !== Descriptor.Global && s.dmaDomain[device] !== s.queueDomain[head]) continue
    if (m.platform.drain === 'writes' && s.dmaWrite[device] === 0) continue
    const gfn = s.dmaGfn[device]
    if (gfn >= first && gfn < end) s.dmaDrain[device] |= 1 << s.queueOwner[head]
  }
}

const isByDevice = (s: State, device: DeviceId) => s.dmaByDevice.length > 0 && s.dmaByDevice[device] !== 0

/** Marks the translated DMA that a device completes before it answers the descriptor at the head of its unit. */
export function markDeviceDrain(m: Machine, s: State, device: DeviceId, head: number, { first, end }: PageRange): void {
  if (s.dma[device] !== Dma.Translated || !isByDevice(s, device) || !isTagged(s, device)) return
  const gfn = s.dmaGfn[device]
  if (gfn < first || gfn >= end) return
  const isAhead = m.platform.deviceInvalidation === 'early' && s.dmaWrite[device] === 1 && s.dmaByDevice[device] === 1
  if (isAhead) s.dmaByDevice[device] = 2
  else if (s.queueOwner[head] < m.scope.vcpus) s.dmaDrain[device] |= 1 << s.queueOwner[head]
}

/** Whether no DMA is left that the vCPU's invalidation has to wait for. */
export function isDrained(m: Machine, s: State, vcpu: VcpuId): boolean {
  for (let device = 0; device < m.scope.devices; device += 1) if ((s.dmaDrain[device] & (1 << vcpu)) !== 0) return false
  return true
}
