import {
  discardUnseenByDevice,
  gmemNoTruncate,
  gmemUnmovable,
  memfdSealed,
  notifierBeforeFree,
  pinHoldsFrame,
  reclaimSkipsPinned,
  touchAllocatesFresh,
  truncateOrphansPinned,
} from '../../../spec/index.js'
import { someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { hasTruncations, type Scope } from '../../machine/scope.js'
import type { State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { freeFrame } from '../../memory/frame-allocator.js'
import { notifyShared } from '../../memory/tlb-tracking.js'
import { excuseNoops } from '../../plan/noop.js'
import { views } from '../accessed.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'

const arg = places('gfn')

const hasReclaim = ({ reclaim, backing }: Scope): boolean => reclaim && backing !== 'in-place'

/** Takes a page's frame out of the shared backing; KVM's translations of it go first. A pinned one is an orphan. */
export function takeOut(m: Machine, s: State, gfn: Gfn): void {
  const frame = s.sharedFrame[gfn] - 1
  m.touched.page(gfn)
  if (s.hva.length > 0) s.hva[gfn] = 0
  if (frame < 0) return
  notifyShared(m, s, gfn)
  s.sharedFrame[gfn] = 0
  if (s.pins[frame] > 0) s.orphans[gfn] += 1
  else freeFrame(m, s, frame)
}

/** What becomes of shared memory without a word of the VMM. */
export const backingRows = {
  'mm.reclaim': environmentRow({
    says: 'A shared page is reclaimed, or migrated: the next touch brings it back in another frame. Pinned pages stay.',
    actor: 'thread',
    params: [gfn],
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: 'gfn',
    rules: [reclaimSkipsPinned, pinHoldsFrame, notifierBeforeFree, gmemUnmovable],
    reads: views('pins sharedFrame faultGfn faultShared vcpuTlb noopFound'),
    writes: views('owner sharedFrame faultShared faultStale poison sharedEpt tag vcpuTlb vcpuTlbFrame hva noopFound'),
    needs: { on: ({ scope }) => hasReclaim(scope), says: 'scope reclaim=true, and two backings' },
    candidates: (m) => (hasReclaim(m.scope) ? m.pages : 0),
    choose: chooseFirst,
    possible: (m, s, a) => {
      const frame = s.sharedFrame[a[arg.gfn]] - 1
      return hasReclaim(m.scope) && frame >= 0 && s.pins[frame] === 0 && a[arg.gfn] < m.memoryPages
    },
    apply: (m, s, a) => {
      excuseNoops(s)
      takeOut(m, s, a[arg.gfn])
    },
  }),
  'mm.truncate': environmentRow({
    says: 'Another process that has the file makes it shorter, and as long as it was: what was there is gone.',
    actor: 'thread',
    params: [gfn],
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: 'gfn',
    rules: [
      truncateOrphansPinned,
      discardUnseenByDevice,
      notifierBeforeFree,
      touchAllocatesFresh,
      memfdSealed,
      gmemNoTruncate,
    ],
    reads: views('orphans pins sealed sharedFrame truncationsLeft'),
    writes: views('orphans sharedFrame truncationsLeft owner'),
    needs: { on: ({ scope }) => hasTruncations(scope), says: 'scope truncations=1, and two backings' },
    candidates: (m, s) => (someSet(s.truncationsLeft) ? m.pages : 0),
    choose: chooseFirst,
    possible: (m, s, a) => {
      if (s.truncationsLeft.length === 0 || a[arg.gfn] >= m.memoryPages) return false
      return s.truncationsLeft[0] > 0 && s.sealed[0] === 0 && s.sharedFrame[a[arg.gfn]] !== 0
    },
    apply: (m, s, a) => {
      s.truncationsLeft[0] -= 1
      excuseNoops(s)
      takeOut(m, s, a[arg.gfn])
    },
  }),
  'shmem.seal': planRow({
    says: 'No process can make the file of shared memory shorter from here on.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [memfdSealed],
    reads: views(),
    writes: views('sealed'),
    needs: { on: ({ scope }) => hasTruncations(scope), says: 'scope truncations=1, and two backings' },
    apply: (_, s) => {
      s.sealed[0] = 1
    },
  }),
}
