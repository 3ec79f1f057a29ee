import type { Code } from '../../machine/action.js'
import { DmaEnd, FaultReason } from '../../machine/effects.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, Owner, type State } from '../../machine/state.js'
import { isSuppressed, recordFault } from './faults.js'
import { leafFrame, leafPermissions, Perm } from './page-table.js'

/** Ends a DMA without effect, and records why unless a rule suppresses that. */
export function block(m: Machine, s: State, device: number, reason: number): void {
  const { event } = m
  const suppressed = isSuppressed(m, reason)
  event.dma = DmaEnd.Blocked
  event.reason = reason
  report(m, s, device)
  event.recorded = suppressed
    ? -1
    : recordFault(m, s, unitOf(m, device), (s.dmaGfn[device] * 2 + s.dmaWrite[device]) * 8 + reason)
  finish(s, device)
}

/** Ends a DMA whose data was moved. */
export function done(m: Machine, s: State, device: number): void {
  m.event.dma = DmaEnd.Done
  report(m, s, device)
  finish(s, device)
}

function report(m: Machine, s: State, device: number): void {
  const { event } = m
  event.device = device
  event.gfn = s.dmaOther[device] === 1 ? -1 : s.dmaGfn[device]
  event.write = s.dmaWrite[device]
  event.wasShared = s.dmaShared[device]
  if (event.gfn >= 0) m.touched.page(event.gfn)
}

function finish(s: State, device: number): void {
  s.dma[device] = Dma.Idle
  s.dmaGfn[device] = 0
  s.dmaWrite[device] = 0
  s.dmaFrame[device] = 0
  s.dmaDomain[device] = 0
  s.dmaShared[device] = 0
  s.dmaDrain[device] = 0
  if (s.dmaByDevice.length > 0) s.dmaByDevice[device] = 0
  if (s.dmaAnsweredEarly.length > 0) s.dmaAnsweredEarly[device] = 0
  s.dmaOther[device] = 0
}

/** Whether a leaf is present and allows the access of the device's DMA. */
export function permits(s: State, device: number, leaf: number): boolean {
  return leaf !== 0 && (leafPermissions(leaf) & (s.dmaWrite[device] === 1 ? Perm.Write : Perm.Read)) !== 0
}

/** Continues a DMA with a leaf of the device's own TLB, which permits it: the request comes to the unit translated. */
export function useOwnLeaf(m: Machine, s: State, device: number, leaf: number): void {
  useLeaf(m, s, device, leaf, domainOf(s, device))
  if (s.dma[device] === Dma.Translated) s.dmaByDevice[device] = 1
}

/** Continues a DMA with the leaf that it found, for its own page, or blocks it. */
export function useLeaf(m: Machine, s: State, device: number, leaf: number, domain: number): void {
  const write = s.dmaWrite[device] === 1
  const permissions = leafPermissions(leaf)
  if (leaf === 0) block(m, s, device, FaultReason.NotPresent)
  else if (write && (permissions & Perm.Write) === 0) block(m, s, device, FaultReason.NoWrite)
  else if (!write && (permissions & Perm.Read) === 0) block(m, s, device, FaultReason.NoRead)
  else if (s.owner[leafFrame(leaf)] === Owner.Td && m.platform.dmaToPrivate === 'contained-fault') {
    block(m, s, device, FaultReason.PrivateKey)
  } else {
    s.dma[device] = Dma.Translated
    s.dmaFrame[device] = leafFrame(leaf) + 1
    s.dmaDomain[device] = domain
    m.touched.page(s.dmaGfn[device])
  }
}

export const unitOf = (m: Machine, device: number) => device % m.scope.units

export const domainOf = (s: State, device: number) => s.attached[device] - 1

export const waits = (s: State, a: Code) => s.dma[a[1]] === Dma.Issued

/** Whether the address is one that the IOMMU may abort unseen: the "may" rule for addresses with SHARED = 0. */
export const isPrivateInput = (m: Machine, s: State, device: number) =>
  m.platform.privateGpaInput === 'aborts' && (s.dmaOther[device] === 1) === (m.platform.iovaShared === 'kept')

export const missesMappings = (s: State, device: number) => s.dmaOther[device] === 1

export const attachedAndPublic = (s: State, device: number) => s.attached[device] !== 0 && !missesMappings(s, device)

export function chooseDevice(m: Machine, index: number, a: Code): void {
  a[1] = index % m.scope.devices
  a[2] = Math.floor(index / m.scope.devices)
}
