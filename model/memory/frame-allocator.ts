import type { Machine } from '../machine/machine.js'
import { Granule, MptEntry, Owner, Sept, type State, Tag } from '../machine/state.js'
import { type Frame, firstFrameOf, type Gfn } from '../machine/units.js'

/** Frames of page `gfn` when each page has its own: two generations for the shared side, one for the private. */
const sharedFrames = 2

/** @returns frame + 1 for the shared backing of a page, now the host's; 0 if there is none */
export function allocateShared(m: Machine, s: State, gfn: Gfn): number {
  if (m.scope.frames === 'pool') return take(s, pooled(s), Owner.Host)
  for (let generation = 0; generation < sharedFrames; generation += 1) {
    const frame = generation * m.pages + gfn
    if (isFree(s, frame)) return take(s, frame + 1, Owner.Host)
  }
  return 0
}

/** @returns frame + 1 for the private backing of a page, now the TD's; 0 if there is none */
export function allocatePrivate(m: Machine, s: State, gfn: Gfn): number {
  if (m.scope.frames === 'pool') return take(s, pooled(s), Owner.Td)
  const frame = sharedFrames * m.pages + gfn
  return isFree(s, frame) ? take(s, frame + 1, Owner.Td) : 0
}

const isFree = (s: State, frame: Frame) =>
  (s.owner[frame] === Owner.Free || isFreedAssigned(s, frame)) && s.pins[frame] === 0

/** Whether the host takes the frame for free, and it is the guest's still. */
const isFreedAssigned = (s: State, frame: Frame) => s.freedAssigned.length > 0 && s.freedAssigned[frame] === 1

function pooled(s: State): number {
  const wanted = s.nextFrame[0]
  s.nextFrame[0] = 0
  if (wanted !== 0 && isFree(s, wanted - 1)) return wanted
  for (let frame = 0; frame < s.owner.length; frame += 1) if (isFree(s, frame)) return frame + 1
  return 0
}

function take(s: State, framePlusOne: number, owner: number): number {
  if (framePlusOne === 0) return 0
  if (isFreedAssigned(s, framePlusOne - 1)) s.freedAssigned[framePlusOne - 1] = 0
  else if (owner === Owner.Td) giveToGuest(s, framePlusOne - 1)
  else s.owner[framePlusOne - 1] = owner
  if (s.tag.length > 0) s.tag[framePlusOne - 1] = Tag.Zero
  return framePlusOne
}

/**
 * A frame becomes the guest's. A checker that is not invalidated may go by what it has of the frame from before, unless
 * it was confidential and still is.
 */
export function giveToGuest(s: State, frame: Frame): void {
  if (s.mptKept.length > 0 && s.owner[frame] !== Owner.Td && s.unflushed[frame] !== 1) {
    s.mptKept[frame] = s.mptKept[frame] === MptEntry.Closed ? MptEntry.Current : MptEntry.Open
  }
  s.owner[frame] = Owner.Td
}

/** Frees a frame that has left the shared backing of a page, if no pin is left of it. */
export function freeIfOrphan(m: Machine, s: State, gfn: Gfn, frame: Frame): void {
  if (m.inPlace || s.pins[frame] > 0 || s.sharedFrame[gfn] === frame + 1) return
  s.orphans[gfn] -= 1
  freeFrame(m, s, frame)
}

/**
 * Clears the frame of a page that is added to the guest, or that the guest accepts. The caller makes the page usable
 * behind it: where the guest uses the page already, `private-integrity` is violated.
 */
export function clearAdded(m: Machine, s: State, gfn: Gfn, frame: Frame): void {
  if (s.sept[gfn] === Sept.Mapped) m.event.clearedInUse = gfn
  if (s.tag.length === 0) return
  s.tag[frame] = Tag.Zero
  s.poison[frame] = 0
}

/** Gives a frame back. Its tag and poison go with it. */
export function freeFrame(m: Machine, s: State, frame: Frame): void {
  s.owner[frame] = Owner.Free
  if (s.tag.length > 0) {
    s.tag[frame] = Tag.Zero
    s.poison[frame] = 0
  }
  touchFrame(m, frame)
}

/** Whether a record that the host cannot change at will has the private frame of a page as the guest's. */
export const isOwnedStill = (m: Machine, s: State, gfn: Gfn, frame: Frame): boolean =>
  (m.rmp && s.sept[gfn] !== Sept.Free) || (m.realm && s.granule[frame] !== Granule.NonSecure)

/** Gives the private frame of a page back that is the guest's still: the next user finds it so. */
export function freeAssigned(m: Machine, s: State, gfn: Gfn, frame: Frame): void {
  if (m.rmp) s.sept[gfn] = Sept.Free
  if (s.freedAssigned.length > 0) s.freedAssigned[frame] = 1
  touchFrame(m, frame)
}

/** Whether a frame that was given back holds what the guest wrote, on an architecture that overwrites it first. */
const isUnscrubbed = (m: Machine, s: State, frame: Frame): boolean =>
  s.owner[frame] === Owner.Removed &&
  s.tag[frame] === Tag.Guest &&
  ((m.realm && s.granule[frame] === Granule.NonSecure) || (m.tsm && s.unflushed[frame] === 0))

/** Whether the host has a page by force, and in it what the guest wrote. */
const isTakenUnscrubbed = (s: State, gfn: Gfn): boolean =>
  s.poisoned.length > 0 && s.poisoned[gfn] === 1 && s.tag[gfn] === Tag.Guest

/** Whether no frame of a page was given back so. */
export function isScrubbed(m: Machine, s: State, gfn: Gfn): boolean {
  if (m.pkvm) return !isTakenUnscrubbed(s, gfn)
  const step = m.scope.frames === 'pool' ? 1 : m.pages
  for (let frame = step === 1 ? 0 : firstFrameOf(gfn); frame < s.owner.length; frame += step) {
    if (isUnscrubbed(m, s, frame)) return false
  }
  return true
}

/** Whether a frame is in the hands of its next user while caches still hold the TD's. */
const releasedDirty = (s: State, frame: Frame) =>
  s.unflushed[frame] === 1 && (s.owner[frame] === Owner.Free || s.owner[frame] === Owner.Host)

/** Whether no frame of a page is. */
export function framesClean(m: Machine, s: State, gfn: Gfn): boolean {
  if (m.scope.frames === 'pool') {
    for (let frame = 0; frame < s.owner.length; frame += 1) if (releasedDirty(s, frame)) return false
    return true
  }
  for (let frame = firstFrameOf(gfn); frame < s.owner.length; frame += m.pages)
    if (releasedDirty(s, frame)) return false
  return true
}

/** Marks the pages whose translations may lead to the frame. */
export function touchFrame(m: Machine, frame: Frame): void {
  if (m.scope.frames === 'pool') m.touched.all()
  else m.touched.page(frame % m.pages)
}
