import {
  attributesIgnoreDma,
  attributesIgnoreDma612,
  attributesNeedNoSlot,
  attributesNoChange,
  attributesReserveFirst,
  attributesStoreThenEnd,
  attributesZapBeforeStore,
  attributesZapOldSide,
  attributesZapUnconditional,
  discardUnseenByDevice,
  dontneedOrphansPinned,
  faultRetriesSequence,
  gmemPrivatePageNotZapped,
  gmemPunchIgnoresAttribute,
  gmemPunchInvalidatesFirst,
  inPlaceEagainHostUnmapped,
  inPlaceLocked,
  inPlaceNoChange,
  inPlaceOrder,
  inPlaceRefusesPinned,
  inPlaceSameFrame,
  inPlaceToSharedUnchecked,
  inPlaceUnmapsHostFirst,
  invalidationEndOrder,
  invalidationIsEnded,
  memslotDeleteInvalidates,
  memslotIgnoresDma,
  memslotLimit,
  munmapUnseenByDevice,
  notifierBeforeFree,
  notifierSharedOnly,
  punchFreesUnpinned,
  punchOrphansPinned,
} from '../../../spec/index.js'
import { type Code, Failure } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Attr, Owner, type State } from '../../machine/state.js'
import { allAre } from '../../plan/interpreter.js'
import { freeFrame, touchFrame } from '../mm/frame-allocator.js'
import { planRow } from '../row.js'
import { dropShared, notifyShared } from '../tdx/tlb-tracking.js'

const range = ['vcpu', 'gfn', 'count']
const page = ['vcpu', 'gfn']

/** A range that has the attribute already is a success, and nothing is done. */
function changesSomething(_: Machine, s: State, a: Code): boolean {
  return !allAre(s, a[2], a[2] + a[3], a[4])
}

function anyPinned(m: Machine, s: State, a: Code): boolean {
  if (!m.inPlace || m.platform.inPlacePinCheck === 'none' || a[4] !== Attr.Private) return false
  for (let gfn = a[2]; gfn < a[2] + a[3]; gfn += 1) {
    const frame = s.sharedFrame[gfn] - 1
    if (frame >= 0 && s.pins[frame] > 0) return true
  }
  return false
}

/** In place, the frame changes its owner with the attribute. */
function changeOwner(m: Machine, s: State, gfn: number, attr: number): void {
  const frame = (attr === Attr.Private ? s.sharedFrame[gfn] : s.privateFrame[gfn]) - 1
  if (frame < 0) return
  s.sharedFrame[gfn] = attr === Attr.Private ? 0 : frame + 1
  s.privateFrame[gfn] = attr === Attr.Private ? frame + 1 : 0
  s.owner[frame] = attr === Attr.Private ? Owner.Td : Owner.Host
  touchFrame(m, frame)
}

function slotsAround(m: Machine, s: State, gfn: number): number {
  const left = gfn > 0 && s.slotHole[gfn - 1] === 0
  const right = gfn + 1 < m.pages && s.slotHole[gfn + 1] === 0
  if (left && right) return 1
  return left || right ? 0 : -1
}

/** KVM's attributes, memory slots, and the two kinds of backing. */
export const kvmRows = {
  'kvm.invalidate-begin': planRow({
    parameters: range,
    cites: [attributesZapBeforeStore, attributesZapUnconditional, faultRetriesSequence, notifierSharedOnly],
    apply: (m, s, a) => {
      s.invalidating[a[1] * 2] = a[2]
      s.invalidating[a[1] * 2 + 1] = a[2] + a[3]
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
        const gfn = s.faultGfn[vcpu] - 1
        if (gfn >= a[2] && gfn < a[2] + a[3]) s.faultStale[vcpu] = 1
      }
    },
  }),
  'kvm.invalidate-end': planRow({
    parameters: ['vcpu'],
    cites: [attributesStoreThenEnd, invalidationEndOrder, invalidationIsEnded],
    apply: (_, s, a) => {
      s.invalidating.fill(0, a[1] * 2, a[1] * 2 + 2)
    },
  }),
  /** Drops the shared translations of a range from KVM's EPT and from every vCPU. */
  'kvm.zap-shared': planRow({
    parameters: range,
    cites: [attributesZapOldSide],
    apply: (m, s, a) => {
      for (let gfn = a[2]; gfn < a[2] + a[3]; gfn += 1) dropShared(m, s, gfn)
      m.touched.range(a[2], a[2] + a[3])
    },
  }),
  /** In place, to private: takes the pages out of the host's own page tables. */
  'gmem.unmap-host': planRow({
    parameters: range,
    cites: [inPlaceUnmapsHostFirst, inPlaceEagainHostUnmapped, inPlaceOrder],
    apply: (m, s, a) => {
      s.hva.fill(0, a[2], a[2] + a[3])
      m.touched.range(a[2], a[2] + a[3])
    },
  }),
  'kvm.set-attributes': planRow({
    parameters: ['vcpu', 'gfn', 'count', 'to'],
    cites: [
      attributesIgnoreDma,
      attributesIgnoreDma612,
      attributesNeedNoSlot,
      attributesNoChange,
      gmemPrivatePageNotZapped,
      inPlaceSameFrame,
      inPlaceToSharedUnchecked,
      inPlaceLocked,
      inPlaceNoChange,
    ],
    mayFail: { what: Failure.Allocation, rule: attributesReserveFirst, errno: Errno.ENOMEM, on: changesSomething },
    fails: [{ rule: inPlaceRefusesPinned, errno: Errno.EAGAIN, when: anyPinned }],
    apply: (m, s, a) => {
      for (let gfn = a[2]; gfn < a[2] + a[3]; gfn += 1) {
        if (s.attr[gfn] === a[4]) continue
        s.attr[gfn] = a[4]
        if (m.inPlace) changeOwner(m, s, gfn, a[4])
      }
      m.touched.range(a[2], a[2] + a[3])
    },
  }),
  /** Discards one page of the shared backing: freed, or orphaned if something pins it. */
  'shmem.punch-hole': planRow({
    parameters: page,
    cites: [
      punchFreesUnpinned,
      punchOrphansPinned,
      dontneedOrphansPinned,
      discardUnseenByDevice,
      notifierBeforeFree,
      munmapUnseenByDevice,
    ],
    apply: (m, s, a) => {
      const gfn = a[2]
      m.touched.page(gfn)
      const frame = s.sharedFrame[gfn] - 1
      if (s.hva.length > 0) s.hva[gfn] = 0
      if (frame < 0) return
      notifyShared(m, s, gfn)
      s.sharedFrame[gfn] = 0
      if (s.pins[frame] > 0) s.orphans[gfn] += 1
      else freeFrame(m, s, frame)
    },
  }),
  /** Discards one page of guest_memfd; KVM's translations of it are gone before. */
  'gmem.punch-hole': planRow({
    parameters: page,
    cites: [gmemPunchInvalidatesFirst, gmemPunchIgnoresAttribute],
    apply: (m, s, a) => {
      const gfn = a[2]
      m.touched.page(gfn)
      const frame = s.privateFrame[gfn] - 1
      if (frame < 0) return
      s.privateFrame[gfn] = 0
      freeFrame(m, s, frame)
    },
  }),
  'kvm.split-slot': planRow({
    parameters: page,
    cites: [memslotDeleteInvalidates, memslotIgnoresDma],
    fails: [
      {
        rule: memslotLimit,
        errno: Errno.EINVAL,
        when: (m, s, a) => s.slotHole[a[2]] === 0 && s.slotsUsed[0] + slotsAround(m, s, a[2]) > m.scope.memslotLimit,
      },
    ],
    apply: (m, s, a) => {
      if (s.slotHole[a[2]] === 1) return
      s.slotsUsed[0] += slotsAround(m, s, a[2])
      s.slotHole[a[2]] = 1
      notifyShared(m, s, a[2])
    },
  }),
  'kvm.join-slot': planRow({
    parameters: page,
    cites: [memslotIgnoresDma],
    apply: (m, s, a) => {
      if (s.slotHole[a[2]] === 0) return
      s.slotHole[a[2]] = 0
      s.slotsUsed[0] -= slotsAround(m, s, a[2])
    },
  }),
}
