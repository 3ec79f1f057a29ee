import type { Machine } from '../../../model/machine/machine.js'
import { Sept, type State } from '../../../model/machine/state.js'
import type { Frame } from '../../../model/machine/units.js'
import { vcpuKey } from '../../../model/memory/tlb-tracking.js'
import { type Property, properties } from '../../../properties/index.js'
import { noSharedFault } from '../../../properties/reach.js'

// What states keep though no step of the host, the guest or a device depends on it, and no property asks for it.

/** What a search may take for the same in every state. */
export interface Unread {
  /** How many faults a unit has counted. */
  readonly faults?: boolean
  /** Who wrote last to a frame from which the guest cannot read as from its private memory. */
  readonly contents?: boolean
  /** Whether the page of a DMA has been shared since it was issued. */
  readonly expected?: boolean
}

/**
 * What nothing reads on a machine.
 *
 * Counts of faults are read by the software that clears them, and by nothing else: what it does is seen in no other
 * field. `blocked-is-recorded` asks for the count behind the step that blocks a DMA, which is before it is forgotten. A
 * record of each fault says more, and is kept.
 *
 * Contents of a frame are judged where the guest reads a private page. On TDX only ACCEPT makes a page readable, and it
 * fills the page with zeros (rule tdx.page-accept/pending-to-mapped): what was in the frame before is gone. On other
 * architectures memory may be kept on the way, so that contents stay.
 *
 * Whether the guest could expect a DMA to succeed is noted for `no-shared-fault` alone.
 *
 * @param asked what is judged: a property of the user's may read all of a state
 */
export function unreadOf({ parts, platform }: Machine, asked: readonly Property[]): Required<Unread> {
  const isKnown = asked.every((property) => properties.includes(property))
  return {
    faults: isKnown && parts.faultCount && !parts.faultRing,
    contents: isKnown && parts.content && parts.secureEpt && platform.architecture === 'tdx',
    expected: isKnown && !asked.includes(noSharedFault),
  }
}

/** The same in words, for what a search says of itself. */
export const unreadNames = ({ faults, contents, expected }: Unread): string[] => [
  ...(faults === true ? ['counts of faults'] : []),
  ...(contents === true ? ['contents that the guest cannot read'] : []),
  ...(expected === true ? ['whether pages of DMA stay shared'] : []),
]

/** Forgets, in place, what nothing reads. */
export function forgetUnread(m: Machine, s: State, { faults, contents, expected }: Unread): void {
  if (expected === true) s.dmaShared.fill(0)
  if (faults === true) {
    s.faults.fill(0)
    s.overflow.fill(0)
  }
  if (contents !== true) return
  for (let frame = 0; frame < s.tag.length; frame += 1) {
    if (s.tag[frame] !== 0 && !isReadable(m, s, frame)) s.tag[frame] = 0
  }
}

/**
 * Whether an accepted page leads to the frame, or the translation of a private address that a vCPU has cached. In place
 * the page has the one frame, also while KVM takes it for shared.
 */
function isReadable(m: Machine, s: State, frame: Frame): boolean {
  for (let gfn = 0; gfn < m.pages; gfn += 1) {
    const own = m.inPlace ? gfn + 1 : s.privateFrame[gfn]
    if (own === frame + 1 && s.sept[gfn] === Sept.Mapped) return true
    for (let slot = 0; slot < s.vcpuTlb.length; slot += 1) {
      if (s.vcpuTlbFrame[slot] === frame + 1 && s.vcpuTlb[slot] === vcpuKey(gfn, true)) return true
    }
  }
  return false
}
