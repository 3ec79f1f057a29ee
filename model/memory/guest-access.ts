import type { Machine } from '../machine/machine.js'
import { Attr, Cover, Phase, Sept, Slot, type State } from '../machine/state.js'
import type { Gfn, VcpuId } from '../machine/units.js'
import { GuestView, underConversion } from '../plan/interpreter.js'

// What a guest may use of its memory, and what it keeps from the host.

/** Index of the memory slot that a page is in. */
export const memslotOf = (m: Machine, gfn: Gfn): number => Math.floor(gfn / m.perSuper)

/** The pages [first, end) around one, in its superpage, that memory slots cover alike (`Cover`). */
export function coveredAlike(m: Machine, s: State, gfn: Gfn): { readonly first: Gfn; readonly end: Gfn } {
  const from = memslotOf(m, gfn) * m.perSuper
  let [first, end] = [gfn, gfn + 1]
  while (first > from && s.slotHole[first - 1] === s.slotHole[gfn]) first -= 1
  while (end < from + m.perSuper && s.slotHole[end] === s.slotHole[gfn]) end += 1
  return { first, end }
}

/** Whether KVM has a memory slot for the page, at which a fault finds memory: one that is not marked invalid. */
export function hasSlot(m: Machine, s: State, gfn: Gfn): boolean {
  if (s.slotState.length === 0) return true
  if (s.slotHole[gfn] >= Cover.Marked) return false
  const state = s.slotState[memslotOf(m, gfn)]
  return state === Slot.There || state === Slot.Going || state === Slot.Created || state === Slot.Kept
}

/** Whether the guest may use the page's memory, as far as slots go. */
export const isSlotThere = (m: Machine, s: State, gfn: Gfn): boolean =>
  s.slotState.length === 0 || s.slotState[memslotOf(m, gfn)] === Slot.There

/** Whether a vCPU runs guest code: no plan, no fault under way, and TD and container live. */
export const isInGuest = (s: State, vcpu: VcpuId) =>
  s.phase[vcpu] === Phase.Idle && s.tdDead[0] === 0 && s.closed[0] === 0 && s.faultGfn[vcpu] === 0

/**
 * Whether the guest touches the page by its private address, and KVM does not turn that away. A page under conversion
 * is touched so only by a guest that races itself: Linux keeps the shared mapping until the conversion is done.
 */
export function guestMayUsePrivate(m: Machine, s: State, vcpu: VcpuId, gfn: Gfn): boolean {
  if (!isInGuest(s, vcpu) || s.attr[gfn] !== Attr.Private || !hasSlot(m, s, gfn)) return false
  return underConversion(m, s, gfn) ? m.scope.guest === 'arbitrary' : s.guestView[gfn] === GuestView.Private
}

/** Whether the host is kept from blocking a page: the guest has accepted it, and not released. */
export const isKept = (m: Machine, s: State, gfn: Gfn): boolean => m.mustRelease && s.sept[gfn] === Sept.Mapped

/** Whether a guest that follows the rule may ask for [first, end) to be shared: it has released what it accepted. */
export function mayGiveUp(m: Machine, s: State, first: Gfn, end: Gfn): boolean {
  if (!m.mustRelease || m.program.guestKeepsPages) return true
  for (let gfn = first; gfn < end; gfn += 1) if (isKept(m, s, gfn)) return false
  return true
}
