import { DmaEnd, FaultReason } from '../machine/effects.js'
import type { Machine } from '../machine/machine.js'
import { Ats, Dma, Owner, type State, Tag } from '../machine/state.js'
import type { DeviceId, Frame, UnitId } from '../machine/units.js'
import { isSuppressed, recordFault } from './fault-records.js'
import { isCutOff, isKeptAway } from './owner-check.js'
import { leafFrame, leafPermissions, Perm } from './page-table.js'

/** Ends a DMA without effect, and records why unless a rule suppresses that. */
export function block(m: Machine, s: State, device: DeviceId, reason: number): void {
  const { event } = m
  const suppressed = isSuppressed(m, reason)
  event.dma = DmaEnd.Blocked
  event.reason = reason
  report(m, s, device)
  event.recorded = suppressed
    ? -1
    : recordFault(m, s, unitOf(m, device), (s.dmaGfn[device] * 2 + s.dmaWrite[device]) * 8 + reason)
  if (s.messageFrame.length > 0 && event.recorded > 0) writeMessage(m, s, unitOf(m, device))
  finish(s, device)
}

/** A unit writes its fault message, to whatever frame it was told. */
function writeMessage(m: Machine, s: State, unit: UnitId): void {
  const frame = s.messageFrame[unit] - 1
  if (frame < 0) return
  accessFrame(m, s, frame, true)
  m.touched.all()
}

/**
 * What an untrusted access does that arrives at a frame, by a device or the unit itself: it leaves data or poison, or
 * ends the host.
 *
 * @returns false if it faults and has no effect
 */
export function accessFrame(m: Machine, s: State, frame: Frame, write: boolean): boolean {
  // Under pKVM what keeps an access away is a translation, and this one has its frame.
  if (!m.pkvm && isKeptAway(m, s, frame)) {
    if (m.platform.dmaToPrivate === 'contained-fault') return false
    if (m.platform.dmaToPrivate === 'host-fatal') s.hostDead[0] = 1
    else if (write && s.poison.length > 0) s.poison[frame] = 1
  }
  if (write && s.tag.length > 0) s.tag[frame] = Tag.Device
  return true
}

/** Ends a DMA whose data was moved. */
export function done(m: Machine, s: State, device: DeviceId): void {
  m.event.dma = DmaEnd.Done
  report(m, s, device)
  finish(s, device)
}

function report(m: Machine, s: State, device: DeviceId): void {
  const { event } = m
  event.device = device
  event.gfn = s.dmaOther[device] === 1 ? -1 : s.dmaGfn[device]
  event.write = s.dmaWrite[device]
  event.wasShared = s.dmaShared[device]
  if (event.gfn >= 0) m.touched.page(event.gfn)
}

function finish(s: State, device: DeviceId): void {
  s.dma[device] = Dma.Idle
  s.dmaGfn[device] = 0
  s.dmaWrite[device] = 0
  s.dmaFrame[device] = 0
  s.dmaDomain[device] = 0
  s.dmaShared[device] = 0
  s.dmaDrain[device] = 0
  if (s.dmaByDevice.length > 0) s.dmaByDevice[device] = 0
  s.dmaOther[device] = 0
}

/** Whether a leaf is present and allows the access of the device's DMA. */
export function permits(s: State, device: DeviceId, leaf: number): boolean {
  return leaf !== 0 && (leafPermissions(leaf) & (s.dmaWrite[device] === 1 ? Perm.Write : Perm.Read)) !== 0
}

/** Continues a DMA with a leaf of the device's own TLB, which permits it: the request comes to the unit translated. */
export function useOwnLeaf(m: Machine, s: State, device: DeviceId, leaf: number, large: boolean): void {
  useLeaf(m, s, device, leaf, large, m.pkvm)
  if (s.dma[device] === Dma.Translated) s.dmaByDevice[device] = 1
}

/** Whether the frame of a DMA, or any of its leaf's where the leaf as a whole is checked, is the TD's. */
function meetsTd(m: Machine, s: State, device: DeviceId, frame: Frame, large: boolean): boolean {
  if (m.pkvm) return isCutOff(m, s, frame)
  if (!large || m.platform.ownerCheck === 'frame') return isKeptAway(m, s, frame)
  const first = frame - (s.dmaGfn[device] % m.perSuper)
  for (let at = first; at < first + m.perSuper; at += 1) if (s.owner[at] === Owner.Td) return true
  return false
}

/**
 * Continues a DMA with the leaf that it found, for its own page, or blocks it.
 *
 * @param translated whether no unit looks at the owner of the frame any more
 */
export function useLeaf(
  m: Machine,
  s: State,
  device: DeviceId,
  leaf: number,
  large: boolean,
  translated = false,
): void {
  const write = s.dmaWrite[device] === 1
  const permissions = leafPermissions(leaf)
  if (leaf === 0) block(m, s, device, FaultReason.NotPresent)
  else if (write && (permissions & Perm.Write) === 0) block(m, s, device, FaultReason.NoWrite)
  else if (!write && (permissions & Perm.Read) === 0) block(m, s, device, FaultReason.NoRead)
  else if (
    !translated &&
    meetsTd(m, s, device, leafFrame(leaf), large) &&
    m.platform.dmaToPrivate === 'contained-fault'
  ) {
    block(m, s, device, m.blockedReason)
  } else {
    s.dma[device] = Dma.Translated
    s.dmaFrame[device] = leafFrame(leaf) + 1
    s.dmaDomain[device] = domainOf(s, device)
    m.touched.page(s.dmaGfn[device])
  }
}

/** The unit that a device is behind. */
export const unitOf = (m: Machine, device: DeviceId): UnitId => device % m.scope.units

/** The domain id by which a device's translations are tagged. */
export const domainOf = (s: State, device: DeviceId) => s.attached[device] - 1

/** The domain whose tables a walk for the device reads: another than `domainOf` by a context entry half rewritten. */
export const tablesOf = (s: State, device: DeviceId) =>
  (s.cachedTables.length > 0 ? s.cachedTables[device] : s.attached[device]) - 1

/** Whether the unit has to fetch the device's context entry before it translates. */
export const needsContext = (s: State, device: DeviceId) =>
  s.contextPresent.length > 0 && s.contextPresent[device] === 1 && s.attached[device] === 0

/** Whether the unit answers a request for a translation with the leaf: nested stages both have to lead on. */
export const isAnswered = (m: Machine, s: State, device: DeviceId, leaf: number): boolean =>
  permits(s, device, leaf) && !isCutOff(m, s, leafFrame(leaf))

/** Whether a device has a TLB that may keep what it is given. */
export const keepsInDevice = (s: State, device: DeviceId): boolean =>
  s.devtlbKey.length > 0 && (s.ats.length === 0 || (s.ats[device] & Ats.On) !== 0)

/** Whether the address is one that the IOMMU may abort unseen: the "may" rule for addresses with SHARED = 0. */
export const isPrivateInput = (m: Machine, s: State, device: DeviceId) =>
  m.platform.privateGpaInput === 'aborts' && (s.dmaOther[device] === 1) === (m.platform.iovaShared === 'kept')

/** Whether the DMA's address is in the half of the address space in which nothing is mapped. */
export const missesMappings = (s: State, device: DeviceId) => s.dmaOther[device] === 1

/** Whether a device is attached, and its DMA to the half in which pages are mapped. */
export const attachedAndPublic = (s: State, device: DeviceId) => s.attached[device] !== 0 && !missesMappings(s, device)
