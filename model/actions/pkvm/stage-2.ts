import type { Machine } from '../../machine/machine.js'
import { Attr, HostPage, IdentityEntry, Owner, Sept, type State, Tag } from '../../machine/state.js'
import type { Frame, Gfn } from '../../machine/units.js'
import { touchFrame } from '../../memory/frame-allocator.js'
import { dropPrivate, dropShared } from '../../memory/tlb-tracking.js'
import { isCounted } from './counted.js'

// What the hypervisor writes: the stage 2 of the host and of the guest, and the identity map of the SMMU. A page and
// its frame are one, since a page is shared in place.

/** The frame of a page. */
const frameAt = (gfn: Gfn): number => gfn

/** Writes a frame of the identity map of the SMMU. @param entry an `IdentityEntry` */
export function setIdentity(m: Machine, s: State, frame: Frame, entry: number): void {
  if (s.idmap.length > 0) s.idmap[frame] = entry
  touchFrame(m, frame)
}

/** The guest continues with what is in a page that becomes its own: what others write later is not what it knows. */
export function takeContentOver(s: State, frame: Frame): void {
  if (s.tag.length > 0) s.tag[frame] = Tag.Guest
}

/**
 * The entry of the guest says whether a page is its own, or shared. The guest has it by one address, and the same
 * translation: what a vCPU has cached is cached on the other side from here on, which is as if it were dropped.
 */
export function writeGuestEntry(m: Machine, s: State, gfn: Gfn, attr: number): void {
  const isOwn = attr === Attr.Private
  if (isOwn) takeContentOver(s, frameAt(gfn))
  if (s.sept.length === 0) return
  s.sept[gfn] = isOwn ? Sept.Mapped : Sept.Free
  if (isOwn) dropShared(m, s, gfn)
  else {
    if (s.sharedEpt.length > 0) s.sharedEpt[gfn] = 1
    dropPrivateOfAll(m, s, gfn)
    m.event.removed = 1
  }
}

function dropPrivateOfAll(m: Machine, s: State, gfn: Gfn): void {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) dropPrivate(m, s, vcpu, gfn)
}

/** A fault of the guest is answered: the host gives a page of its own away, and the guest has it. */
export function donate(m: Machine, s: State, gfn: Gfn): void {
  if (s.hostPage[gfn] !== HostPage.Owned || isCounted(m, s, frameAt(gfn))) return
  s.hostPage[gfn] = HostPage.NoPage
  setIdentity(m, s, frameAt(gfn), IdentityEntry.Absent)
  s.owner[gfn] = Owner.Td
  writeGuestEntry(m, s, gfn, Attr.Private)
  m.touched.page(gfn)
}

/** The host has a page again that it took by force. */
export function takeByForce(m: Machine, s: State, gfn: Gfn): void {
  s.poisoned[gfn] = 1
  s.sept[gfn] = Sept.Free
  dropPrivateOfAll(m, s, gfn)
  m.event.removed = 1
  if (s.tag.length > 0) s.tag[gfn] = Tag.Zero
  s.owner[gfn] = Owner.Host
  s.hostPage[gfn] = HostPage.Owned
  setIdentity(m, s, frameAt(gfn), IdentityEntry.Mapped)
  m.touched.page(gfn)
}
