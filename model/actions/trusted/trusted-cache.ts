import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import type { DeviceId, Gfn, UnitId } from '../../machine/units.js'
import { unitOf } from '../../memory/dma-outcome.js'
import { dropSlot } from '../../memory/tlb.js'
import { vcpuKeyGfn, vcpuKeyIsPrivate } from '../../memory/tlb-tracking.js'
import { unitHas } from './trusted-paths.js'

// What units have cached for devices that the guest trusts, and how they drop it.

/** Drops all that a unit has cached for trusted devices, and marks the DMA in flight that the drain waits for. */
export function dropAll(m: Machine, s: State, unit: UnitId): void {
  const slots = m.scope.iotlbEntries
  s.trustedKey.fill(0, unit * slots, (unit + 1) * slots)
  s.trustedFrame.fill(0, unit * slots, (unit + 1) * slots)
  for (let device = 0; device < m.trusted; device += 1) {
    if (unitOf(m, device) === unit && isDrainedFor(m, s, device)) s.trustedDrain[device] = 1
  }
  m.touched.all()
}

const isDrainedFor = (m: Machine, s: State, device: DeviceId): boolean =>
  s.dma[device] === Dma.TrustedTranslated &&
  m.platform.drain !== 'none' &&
  (m.platform.drain === 'both' || s.dmaWrite[device] === 1)

/** Whether DMA of a page by its private address is on its way that an invalidation of the page would wait for. */
export function isOnItsWay(m: Machine, s: State, gfn: Gfn): boolean {
  for (let device = 0; device < m.trusted; device += 1) {
    if (s.dmaGfn[device] === gfn && isDrainedFor(m, s, device)) return true
  }
  return false
}

/** Whether no DMA of a trusted device behind the unit has still to end for an invalidation. */
export const isDrained = (m: Machine, s: State, unit: UnitId): boolean =>
  !unitHas(m, s, unit, (_, device) => s.trustedDrain[device] === 1)

/** Drops what every unit has cached of the private address of a page, and marks the DMA in flight to wait for. */
export function dropPage(m: Machine, s: State, gfn: Gfn): void {
  for (let slot = s.trustedKey.length - 1; slot >= 0; slot -= 1) {
    const key = s.trustedKey[slot]
    if (key === 0 || vcpuKeyGfn(key) !== gfn || !vcpuKeyIsPrivate(key)) continue
    dropSlot(s.trustedKey, s.trustedFrame, m.scope.iotlbEntries, slot)
  }
  for (let device = 0; device < m.trusted; device += 1) if (isDrainedFor(m, s, device)) s.trustedDrain[device] = 1
  m.touched.page(gfn)
}

/** Whether every unit has drained. */
export function areDrained(m: Machine, s: State): boolean {
  for (let unit = 0; unit < m.scope.units; unit += 1) if (!isDrained(m, s, unit)) return false
  return true
}
