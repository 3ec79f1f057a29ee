import type { Machine } from '../../machine/machine.js'
import { Dma, Dmar, Owner, Sept, type State, TdInvalidation } from '../../machine/state.js'
import type { DeviceId, Frame, Gfn, UnitId } from '../../machine/units.js'
import { unitOf } from '../../memory/dma-outcome.js'
import { sharedSide, vcpuKeyGfn, vcpuKeyIsPrivate } from '../../memory/tlb-tracking.js'

// What a device that the guest trusts reaches: by the secure EPT or the table of the host, by what a unit has cached of
// it, and in flight.

/** Whether the guest trusts a device: the first of them, by index. */
export const isTrusted = (m: Machine, device: DeviceId): boolean => device < m.trusted

/** Whether the unit still goes by an entry: one that is present, or blocked and not yet invalidated. */
export const isUsable = (s: State, device: DeviceId): boolean =>
  s.dmar[device] === Dmar.Present ||
  (s.dmar[device] === Dmar.Blocked && s.dmarInvalidation[device] < TdInvalidation.Dropped)

/** Whether the guest has accepted an entry that was not removed since: what the module counts by IOMMU. */
export const isCounted = (s: State, device: DeviceId): boolean =>
  s.dmar[device] === Dmar.Present || s.dmar[device] === Dmar.Blocked

/** Whether a test holds for some trusted device behind the unit. */
export function unitHas(m: Machine, s: State, unit: UnitId, test: (s: State, device: DeviceId) => boolean): boolean {
  for (let device = 0; device < m.trusted; device += 1) if (unitOf(m, device) === unit && test(s, device)) return true
  return false
}

/** Whether some unit owes an invalidation of all that it has of the TD. */
export function someIommuOwes(s: State): boolean {
  for (let unit = 0; unit < s.iotlbOwed.length; unit += 1) if (s.iotlbOwed[unit] === 1) return true
  return false
}

/** The frame to which a walk of the table for trusted devices leads now; -1 if it leads nowhere. */
export function walkedFrame(m: Machine, s: State, gfn: Gfn, isPrivate: boolean): number {
  if (isPrivate && s.trustedPte.length > 0) return s.trustedPte[gfn] - 1
  if (isPrivate) return s.sept[gfn] === Sept.Mapped ? s.privateFrame[gfn] - 1 : -1
  return s.sharedRoot.length > 0 && s.sharedRoot[0] === 1 && s.sharedEpt[gfn] === 1 ? sharedSide(m, s, gfn) - 1 : -1
}

type Reached = (frame: Frame, isPrivate: boolean) => boolean

/** Whether some trusted device reaches from a page a frame that is bad, by any of its ways. */
export function someTrustedReach(m: Machine, s: State, gfn: Gfn, bad: Reached): boolean {
  return m.trusted > 0 && (badByWalk(m, s, gfn, bad) || badByCache(m, s, gfn, bad) || badInFlight(m, s, gfn, bad))
}

function badByWalk(m: Machine, s: State, gfn: Gfn, bad: Reached): boolean {
  let some = false
  for (let device = 0; device < m.trusted; device += 1) if (isUsable(s, device)) some = true
  if (!some) return false
  const [priv, shared] = [walkedFrame(m, s, gfn, true), walkedFrame(m, s, gfn, false)]
  return (priv >= 0 && bad(priv, true)) || (shared >= 0 && bad(shared, false))
}

function badByCache(m: Machine, s: State, gfn: Gfn, bad: Reached): boolean {
  for (let slot = 0; slot < s.trustedKey.length; slot += 1) {
    const key = s.trustedKey[slot]
    if (key === 0 || vcpuKeyGfn(key) !== gfn) continue
    if (!unitHas(m, s, Math.floor(slot / m.scope.iotlbEntries), isUsable)) continue
    if (bad(s.trustedFrame[slot] - 1, vcpuKeyIsPrivate(key))) return true
  }
  return false
}

function badInFlight(m: Machine, s: State, gfn: Gfn, bad: Reached): boolean {
  for (let device = 0; device < m.trusted; device += 1) {
    if (s.dma[device] !== Dma.TrustedTranslated || s.dmaGfn[device] !== gfn) continue
    if (bad(s.dmaFrame[device] - 1, s.dmaPrivate[device] === 1)) return true
  }
  return false
}

/** Whether the guest can rely on the interface of a device: it has verified the evidence of the lock that it is in. */
export const isVerified = (s: State, device: DeviceId): boolean => s.attested.length === 0 || s.attested[device] === 1

/** Whether a device that the guest has not verified reaches a frame of the guest by the private address of a page. */
export function unverifiedReaches(m: Machine, s: State, gfn: Gfn): boolean {
  for (let device = 0; device < s.attested.length; device += 1) {
    if (!isVerified(s, device) && isUsable(s, device) && leadsToGuest(m, s, gfn, unitOf(m, device))) return true
  }
  return false
}

function leadsToGuest(m: Machine, s: State, gfn: Gfn, unit: UnitId): boolean {
  if (isGuests(m, s, gfn, walkedFrame(m, s, gfn, true))) return true
  const { iotlbEntries } = m.scope
  for (let slot = unit * iotlbEntries; slot < (unit + 1) * iotlbEntries; slot += 1) {
    const key = s.trustedKey[slot]
    if (key === 0 || vcpuKeyGfn(key) !== gfn || !vcpuKeyIsPrivate(key)) continue
    if (isGuests(m, s, gfn, s.trustedFrame[slot] - 1)) return true
  }
  return false
}

const isGuests = (m: Machine, s: State, gfn: Gfn, frame: Frame): boolean =>
  frame >= 0 && s.owner[frame] === Owner.Td && passesRmp(m, s, gfn, frame)

/** Whether the RMP, where there is one, lets a DMA of the guest by a private address through to a frame. */
export const passesRmp = (m: Machine, s: State, gfn: Gfn, frame: Frame): boolean =>
  !m.rmp || (s.owner[frame] === Owner.Td && s.privateFrame[gfn] === frame + 1)
