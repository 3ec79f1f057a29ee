import type { Machine } from '../machine/machine.js'
import { losesFrames, Owner, Sept, type State } from '../machine/state.js'
import type { Gfn, VcpuId } from '../machine/units.js'
import { drop, findKey } from './tlb.js'

/** Key of a vCPU TLB entry, above 0: the page, and whether its address is private. 0 is a free slot. */
export const vcpuKey = (gfn: Gfn, isPrivate: boolean): number => gfn * 2 + (isPrivate ? 1 : 0) + 1
/** Whether the address of a `vcpuKey` is private. */
export const vcpuKeyIsPrivate = (key: number): boolean => ((key - 1) & 1) === 1
/** The page of a `vcpuKey`. */
export const vcpuKeyGfn = (key: number): number => (key - 1) >>> 1

/** Takes a vCPU out of the guest. What it cached is dropped: it comes back in a current epoch. */
export function leaveGuest(m: Machine, s: State, vcpu: VcpuId): void {
  if (s.epoch.length === 0) return
  s.epoch[vcpu] = 0
  if (s.flushOwed.length > 0) s.flushOwed[vcpu] = 0
  const slots = m.scope.vcpuTlbEntries
  for (let slot = vcpu * slots; slot < (vcpu + 1) * slots; slot += 1) {
    if (s.vcpuTlb[slot] !== 0) m.touched.page(vcpuKeyGfn(s.vcpuTlb[slot]))
    s.vcpuTlb[slot] = 0
    s.vcpuTlbFrame[slot] = 0
  }
}

/** A vCPU that is outside the guest enters it in the current epoch (1; the previous one is 2, outside is 0). */
export function enterGuest(s: State, vcpu: VcpuId): void {
  if (s.epoch[vcpu] === 0) s.epoch[vcpu] = 1
}

/** Whether a vCPU holds a translation of the page, on one side. */
export function hasTranslation(m: Machine, s: State, vcpu: VcpuId, gfn: Gfn, isPrivate: boolean): boolean {
  const slots = m.scope.vcpuTlbEntries
  return findKey(s.vcpuTlb, vcpu * slots, slots, vcpuKey(gfn, isPrivate)) >= 0
}

/** Whether the guest's own accesses are modelled: both what it meets and what it caches. */
export const canTouch = (s: State): boolean => s.tag.length > 0 && s.epoch.length > 0

/** Whether KVM is invalidating the page for some vCPU. */
export function beingInvalidated(m: Machine, s: State, gfn: Gfn): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    if (gfn >= s.invalidating[vcpu * 2] && gfn < s.invalidating[vcpu * 2 + 1]) return true
  }
  return false
}

/** KVM on Arm repeats a fault for an invalidation of any range. That shows only where a fault maps beyond its page. */
export const retriesForAny = (s: State): boolean => s.rttBlock.length > 0

/** Whether an invalidation is under way for which a fault at the page is repeated. */
export function mustRetry(m: Machine, s: State, gfn: Gfn): boolean {
  if (!retriesForAny(s)) return beingInvalidated(m, s, gfn)
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.invalidating[vcpu * 2 + 1] !== 0) return true
  return false
}

/** What a fault of the shared side has found (`State.faultShared`). */
export const foundShared = (m: Machine, s: State, gfn: Gfn): number =>
  losesFrames(m.scope) ? sharedSide(m, s, gfn) + 1 : 1

/** Whether the frame that a fault of the shared side found has left the page since. */
export const hasLostFrame = (m: Machine, s: State, vcpu: VcpuId): boolean =>
  s.faultShared[vcpu] > 1 && s.faultShared[vcpu] !== foundShared(m, s, s.faultGfn[vcpu] - 1)

/** A fault is to be repeated: what it has found is of no use. */
export function makeStale(s: State, vcpu: VcpuId): void {
  s.faultStale[vcpu] = 1
  if (s.faultShared[vcpu] > 1) s.faultShared[vcpu] = 1
}

/** KVM is told that a page's shared backing goes: what leads to it is dropped, a fault that found it is repeated. */
export function notifyShared(m: Machine, s: State, gfn: Gfn): void {
  if (s.faultGfn.length === 0) return
  dropShared(m, s, gfn)
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    if (s.faultGfn[vcpu] === gfn + 1 && s.faultShared[vcpu] !== 0) makeStale(s, vcpu)
  }
}

/** The frame of a page's shared side + 1; in place a page has one frame, whichever its owner. 0 is a hole. */
export const sharedSide = (m: Machine, s: State, gfn: Gfn): number => (m.inPlace ? gfn + 1 : s.sharedFrame[gfn])

/**
 * Drops the shared translation of a page from KVM's EPT, and from every vCPU; where a flush is in parts, it takes the
 * steps of its own to drop the latter.
 */
export function dropShared(m: Machine, s: State, gfn: Gfn): void {
  if (s.vcpuTlb.length === 0) return
  if (s.sharedEpt.length > 0) s.sharedEpt[gfn] = 0
  // An RMM, or a hypervisor, has all CPUs invalidate, and waits for that; KVM flushes by steps of its own.
  if (m.parts.cpuFlush && !m.realm && !m.pkvm) return
  const slots = m.scope.vcpuTlbEntries
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    const slot = findKey(s.vcpuTlb, vcpu * slots, slots, vcpuKey(gfn, false))
    if (slot >= 0) drop(s.vcpuTlb, s.vcpuTlbFrame, vcpu * slots, slots, slot)
  }
}

/** Whether KVM's EPT, or a vCPU, leads to a page by its shared address. */
export const leadsByShared = (s: State, gfn: Gfn): boolean =>
  s.sharedEpt[gfn] === 1 || s.vcpuTlb.includes(vcpuKey(gfn, false))

/** The same by either address. On SEV-SNP a page that the nested page table does not map has its frame still. */
export const guestLeadsTo = (m: Machine, s: State, gfn: Gfn): boolean =>
  leadsByShared(s, gfn) ||
  s.vcpuTlb.includes(vcpuKey(gfn, true)) ||
  (s.sept[gfn] !== Sept.Free && !(m.rmp && isBlocked(s.sept[gfn])))

/** Drops the private translation of a page from one vCPU, which stays where it is. */
export function dropPrivate(m: Machine, s: State, vcpu: VcpuId, gfn: Gfn): void {
  const slots = m.scope.vcpuTlbEntries
  const slot = findKey(s.vcpuTlb, vcpu * slots, slots, vcpuKey(gfn, true))
  if (slot >= 0) drop(s.vcpuTlb, s.vcpuTlbFrame, vcpu * slots, slots, slot)
}

/** Whether some vCPU is still in the guest since before the last TRACK. */
export function someInPreviousEpoch(m: Machine, s: State): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] === 2) return true
  return false
}

/** Whether no vCPU can still use a translation from before the page was blocked. */
export function isTracked(m: Machine, s: State, gfn: Gfn): boolean {
  const age = s.blockedAge[gfn]
  return age === 2 || (age === 1 && !someInPreviousEpoch(m, s))
}

/** Whether a secure EPT entry (`Sept`) is blocked. */
export const isBlocked = (sept: number): boolean => sept === Sept.Blocked || sept === Sept.PendingBlocked

/** Widens the window [first, end) of pages that may be blocked by one page. */
export function noteBlocked(s: State, gfn: Gfn): void {
  const empty = s.blockedWindow[1] === 0
  s.blockedWindow[0] = empty ? gfn : Math.min(s.blockedWindow[0], gfn)
  s.blockedWindow[1] = Math.max(s.blockedWindow[1], gfn + 1)
}

/** A TRACK passed: every blocked page is one epoch older. An empty window closes. */
export function ageBlocked(s: State): void {
  let any = false
  for (let gfn = s.blockedWindow[0]; gfn < s.blockedWindow[1]; gfn += 1) {
    if (!isBlocked(s.sept[gfn])) continue
    any = true
    if (s.blockedAge[gfn] < 2) s.blockedAge[gfn] += 1
  }
  if (any) return
  s.blockedWindow[0] = 0
  s.blockedWindow[1] = 0
}

/** Narrows the window of pages that may be blocked to those that are; empty is [0, 0). Called after a removal. */
export function shrinkBlocked(s: State): void {
  while (s.blockedWindow[1] > s.blockedWindow[0] && !isBlocked(s.sept[s.blockedWindow[1] - 1])) s.blockedWindow[1] -= 1
  while (s.blockedWindow[1] > s.blockedWindow[0] && !isBlocked(s.sept[s.blockedWindow[0]])) s.blockedWindow[0] += 1
  if (s.blockedWindow[1] > s.blockedWindow[0]) return
  s.blockedWindow[0] = 0
  s.blockedWindow[1] = 0
}

/** A new epoch begins: a vCPU in the guest is of the one before, and every blocked page is one epoch older. */
export function beginEpoch(m: Machine, s: State): void {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] === 1) s.epoch[vcpu] = 2
  ageBlocked(s)
}

/** A blocked page leaves the guest's table; its frame is the host's once it was written back, or reclaimed. */
export function removeBlocked(m: Machine, s: State, gfn: Gfn): void {
  const frame = s.privateFrame[gfn] - 1
  s.sept[gfn] = Sept.Free
  s.blockedAge[gfn] = 0
  shrinkBlocked(s)
  s.owner[frame] = Owner.Removed
  s.unflushed[frame] = 1
  m.event.removed = 1
  m.touched.page(gfn)
}
