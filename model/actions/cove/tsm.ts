import {
  coveConvertedIsClosed,
  coveFenceByTraps,
  coveFenceInProgress,
  coveInvalidateBlocks,
  coveInvalidatePresent,
  coveReclaimScrubs,
  coveReclaimUnassigned,
  coveRemoveFenced,
  coveRemoveInvalidated,
  coveRemoveReturns,
  coveShareRemovesFirst,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { MptEntry, Owner, Sept, type State, Tag } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { clearAdded, giveToGuest, touchFrame } from '../../memory/frame-allocator.js'
import { backPrivately } from '../../memory/private-frames.js'
import { beginEpoch, isTracked, noteBlocked, removeBlocked, someInPreviousEpoch } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { tsm } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'gfn')

/** A fault is answered: the host has a frame converted and fenced, and the TSM clears it and maps it for the guest. */
export function addZeroPage(m: Machine, s: State, gfn: Gfn): void {
  if (s.sept[gfn] !== Sept.Free) return
  const frame = m.inPlace ? gfn : backPrivately(m, s, gfn) - 1
  if (frame < 0) return
  giveToGuest(s, frame)
  s.unflushed[frame] = 0
  clearAdded(m, s, gfn, frame)
  s.sept[gfn] = Sept.Mapped
  touchFrame(m, frame)
  m.touched.page(gfn)
}

const frameOf = (s: State, gfn: Gfn) => s.privateFrame[gfn] - 1

/** The calls by which the host takes a page from a TVM, and gets its memory back. */
export const tsmRows = {
  'cove.tvm-invalidate-pages': planRow({
    says: "The TSM invalidates a page in the guest's page table: no new translation comes from it.",
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [coveInvalidateBlocks, coveShareRemovesFirst],
    reads: views('blockedWindow sept'),
    writes: views('blockedAge blockedWindow sept'),
    needs: tsm,
    fails: [
      {
        rule: coveInvalidatePresent,
        errno: Errno.SBI_ERR_INVALID_ADDRESS,
        when: (_, s, a) => s.sept[a[arg.gfn]] !== Sept.Mapped,
      },
    ],
    apply: (m, s, a) => {
      s.sept[a[arg.gfn]] = Sept.Blocked
      s.blockedAge[a[arg.gfn]] = 0
      noteBlocked(s, a[arg.gfn])
      m.touched.page(a[arg.gfn])
    },
  }),
  'cove.tvm-fence': planRow({
    says: 'The TSM begins a fence of the TVM, which every vCPU in the guest owes a trap.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [coveFenceByTraps],
    reads: views('blockedAge blockedWindow epoch sept'),
    writes: views('blockedAge epoch'),
    needs: tsm,
    fails: [
      { rule: coveFenceInProgress, errno: Errno.SBI_ERR_ALREADY_STARTED, when: (m, s) => someInPreviousEpoch(m, s) },
    ],
    apply: (m, s) => beginEpoch(m, s),
  }),
  'cove.tvm-remove-pages': planRow({
    says: "The TSM takes an invalidated page out of the guest's page table; its frame stays confidential.",
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [coveRemoveReturns],
    reads: views('blockedAge blockedWindow epoch privateFrame sept'),
    writes: views('blockedAge blockedWindow owner sept unflushed'),
    needs: tsm,
    fails: [
      {
        rule: coveRemoveInvalidated,
        errno: Errno.SBI_ERR_INVALID_ADDRESS,
        when: (_, s, a) => s.sept[a[arg.gfn]] !== Sept.Blocked,
      },
      { rule: coveRemoveFenced, errno: Errno.SBI_ERR_FAILED, when: (m, s, a) => !isTracked(m, s, a[arg.gfn]) },
    ],
    apply: (m, s, a) => {
      removeBlocked(m, s, a[arg.gfn])
    },
  }),
  'cove.reclaim-pages': planRow({
    says: 'The TSM clears a confidential frame that no TVM has, and makes it non-confidential again.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [coveConvertedIsClosed, coveReclaimScrubs],
    reads: views('mptKept owner privateFrame'),
    writes: views('mptKept poison tag unflushed'),
    needs: tsm,
    fails: [
      {
        rule: coveReclaimUnassigned,
        errno: Errno.SBI_ERR_INVALID_ADDRESS,
        when: (_, s, a) => frameOf(s, a[arg.gfn]) >= 0 && s.owner[frameOf(s, a[arg.gfn])] === Owner.Td,
      },
    ],
    apply: (m, s, a) => {
      const frame = frameOf(s, a[arg.gfn])
      if (frame < 0) return
      s.unflushed[frame] = 0
      // A checker that still has the entry from before the conversion has the right one again.
      if (s.mptKept.length > 0) {
        s.mptKept[frame] = s.mptKept[frame] === MptEntry.Open ? MptEntry.Current : MptEntry.Closed
      }
      if (s.poison.length > 0) s.poison[frame] = 0
      if (s.tag.length > 0) s.tag[frame] = Tag.Zero
      m.touched.page(a[arg.gfn])
    },
  }),
}
