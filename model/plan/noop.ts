import { Reg, regOf } from '../machine/registers.js'
import { Plug, Slot, type State } from '../machine/state.js'

// A request that changes nothing, where the guest makes some: what it found in its pages, and whether it left that.

const perVcpu = 4

/** Notes that the request of a vCPU, which is in its registers, changes nothing, and what it finds. */
export function noteNoop(s: State, vcpu: number): void {
  for (let what = 0; what < perVcpu; what += 1) s.noopFound[vcpu * perVcpu + what] = countNow(s, vcpu, what)
  s.noopFound[vcpu * perVcpu] += 1
  if (someMemoryMoves(s)) excuse(s, vcpu)
}

/** Something else takes mappings, pins or frames away: requests that are open and change nothing are not asked why. */
export function excuseNoops(s: State): void {
  for (let vcpu = 0; vcpu * perVcpu < s.noopFound.length; vcpu += 1) if (isNoop(s, vcpu)) excuse(s, vcpu)
}

/** As if the request had found nothing that can be taken away. */
function excuse(s: State, vcpu: number): void {
  forgetNoop(s, vcpu)
  s.noopFound[vcpu * perVcpu] = 1
}

/** Whether the VMM is taking a memory slot or a device away, or puts one back: a failure takes out what that put in. */
function someMemoryMoves(s: State): boolean {
  return (
    s.slotState.some((state) => state !== Slot.There && state !== Slot.Absent) ||
    s.plugged.some((state) => state === Plug.Going || state === Plug.Coming)
  )
}

/** Whether the vCPU's request asks for what was so already. */
export const isNoop = (s: State, vcpu: number): boolean => s.noopFound.length > 0 && s.noopFound[vcpu * perVcpu] !== 0

/** Whether a request that changes nothing has fewer mappings, pins or frames in its pages than it found. */
export function noopTookAway(s: State, vcpu: number): boolean {
  if (countNow(s, vcpu, 0) + 1 < s.noopFound[vcpu * perVcpu]) return true
  for (let what = 1; what < perVcpu; what += 1) {
    if (countNow(s, vcpu, what) < s.noopFound[vcpu * perVcpu + what]) return true
  }
  return false
}

/** Forgets what the request of a vCPU found. */
export function forgetNoop(s: State, vcpu: number): void {
  s.noopFound.fill(0, vcpu * perVcpu, (vcpu + 1) * perVcpu)
}

/** How many pages of the request are mapped, are pinned, have a shared frame, have a private frame. */
function countNow(s: State, vcpu: number, what: number): number {
  const view = what === 0 ? s.mapOf : what === 1 ? s.pinnedFrame : what === 2 ? s.sharedFrame : s.privateFrame
  const end = s.reg[regOf(vcpu, Reg.requestEnd)]
  let count = 0
  for (let gfn = s.reg[regOf(vcpu, Reg.requestFirst)]; gfn < end; gfn += 1) count += view[gfn] === 0 ? 0 : 1
  return count
}
