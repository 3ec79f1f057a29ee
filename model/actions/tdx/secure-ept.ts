import {
  acceptAlreadyAccepted,
  acceptZeroesPending,
  augFromFree,
  augMakesPending,
  blockAlreadyBlocked,
  blockBeforeRemove,
  blockRecordsEpoch,
  blockStates,
  blockStopsNewTranslations,
  blockWrongState,
  frameNeedsNda,
  hostClearsReturnedPage,
  kvmOnly4k,
  kvmRemovalOrder,
  kvmRetriesBusyOnce,
  kvmTrackKicks,
  pageIsReg,
  removalIgnoresIommu,
  removeFreesEntryAndFrame,
  removeNeedsLeaf,
  septOperandBusy,
  trackAdvancesEpoch,
  trackBeforeRemove,
  trackEpochBusy,
  trackedMeaning,
  trackLockBusy,
  useNeedsAccept,
  vcpuJoinsEpoch,
  vcpuLeavesEpoch,
  wbinvdBeforeReuse,
  wbinvdNeedsNda,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import { Errno } from '../../machine/errno.js'
import { Owner, Sept, type State, Tag } from '../../machine/state.js'
import { chooseVcpuPage, guestMayUsePrivate } from '../kvm/mmu-faults.js'
import { environmentRow, type Injected, planRow } from '../row.js'
import {
  ageBlocked,
  enterGuest,
  isBlocked,
  isTracked,
  leaveGuest,
  noteBlocked,
  shrinkBlocked,
  someInPreviousEpoch,
} from './tlb-tracking.js'

const page = ['vcpu', 'gfn']
const busy: Injected = { what: Failure.Seamcall, rule: septOperandBusy, errno: Errno.TDX_OPERAND_BUSY }

function ownedByTd(s: State, gfn: number): boolean {
  const frame = s.privateFrame[gfn] - 1
  return frame >= 0 && s.owner[frame] === Owner.Td
}

/** The TDX module's calls on a page. */
export const tdxRows = {
  'tdh.mem.range.block': planRow({
    parameters: page,
    cites: [blockStates, blockRecordsEpoch, blockStopsNewTranslations, kvmRemovalOrder, kvmOnly4k],
    mayFail: busy,
    fails: [
      {
        rule: blockAlreadyBlocked,
        errno: Errno.TDX_GPA_RANGE_ALREADY_BLOCKED,
        when: (_, s, a) => isBlocked(s.sept[a[2]]),
      },
      {
        rule: blockWrongState,
        errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT,
        when: (_, s, a) => s.sept[a[2]] === Sept.Free,
      },
    ],
    apply: (m, s, a) => {
      s.sept[a[2]] = s.sept[a[2]] === Sept.Mapped ? Sept.Blocked : Sept.PendingBlocked
      s.blockedAge[a[2]] = 0
      noteBlocked(s, a[2])
      m.touched.page(a[2])
    },
  }),
  'tdh.mem.track': planRow({
    parameters: ['vcpu'],
    cites: [trackAdvancesEpoch, trackedMeaning],
    mayFail: { ...busy, rule: trackLockBusy },
    fails: [
      { rule: trackEpochBusy, errno: Errno.TDX_PREVIOUS_TLB_EPOCH_BUSY, when: (m, s) => someInPreviousEpoch(m, s) },
    ],
    apply: (m, s) => {
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] === 1) s.epoch[vcpu] = 2
      ageBlocked(s)
    },
  }),
  'kvm.kick-vcpus': planRow({
    parameters: ['vcpu'],
    cites: [kvmTrackKicks, vcpuLeavesEpoch],
    apply: (m, s) => {
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) leaveGuest(m, s, vcpu)
    },
  }),
  'tdh.mem.page.remove': planRow({
    parameters: page,
    cites: [removeFreesEntryAndFrame, removalIgnoresIommu, kvmRetriesBusyOnce],
    mayFail: busy,
    fails: [
      {
        rule: removeNeedsLeaf,
        errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT,
        when: (_, s, a) => s.sept[a[2]] === Sept.Free,
      },
      { rule: blockBeforeRemove, errno: Errno.TDX_GPA_RANGE_NOT_BLOCKED, when: (_, s, a) => !isBlocked(s.sept[a[2]]) },
      { rule: trackBeforeRemove, errno: Errno.TDX_TLB_TRACKING_NOT_DONE, when: (m, s, a) => !isTracked(m, s, a[2]) },
    ],
    apply: (m, s, a) => {
      const frame = s.privateFrame[a[2]] - 1
      s.sept[a[2]] = Sept.Free
      s.blockedAge[a[2]] = 0
      shrinkBlocked(s)
      s.owner[frame] = Owner.Removed
      s.unflushed[frame] = 1
      m.event.removed = 1
      m.touched.page(a[2])
    },
  }),
  'tdh.phymem.page.wbinvd': planRow({
    parameters: page,
    cites: [wbinvdBeforeReuse, hostClearsReturnedPage],
    fails: [{ rule: wbinvdNeedsNda, errno: Errno.TDX_PAGE_METADATA_INCORRECT, when: (_, s, a) => ownedByTd(s, a[2]) }],
    apply: (m, s, a) => {
      const frame = s.privateFrame[a[2]] - 1
      if (frame < 0) return
      s.unflushed[frame] = 0
      if (s.poison.length > 0) s.poison[frame] = 0
      m.touched.page(a[2])
    },
  }),
  /** Gives a frame that is nobody's to the TD. KVM does it at the end of a private fault (`kvm.fault-install`). */
  'tdh.mem.page.aug': planRow({
    parameters: [...page, 'frame'],
    cites: [augMakesPending, pageIsReg],
    mayFail: busy,
    fails: [
      { rule: augFromFree, errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT, when: (_, s, a) => s.sept[a[2]] !== Sept.Free },
      { rule: frameNeedsNda, errno: Errno.TDX_PAGE_METADATA_INCORRECT, when: (_, s, a) => s.owner[a[3]] === Owner.Td },
    ],
    apply: (m, s, a) => {
      for (let gfn = 0; gfn < m.pages; gfn += 1) if (s.privateFrame[gfn] === a[3] + 1) s.privateFrame[gfn] = 0
      s.privateFrame[a[2]] = a[3] + 1
      s.owner[a[3]] = Owner.Td
      s.sept[a[2]] = Sept.Pending
      m.touched.page(a[2])
    },
  }),
  'tdg.mem.page.accept': environmentRow({
    parameters: page,
    cites: [acceptZeroesPending, useNeedsAccept, vcpuJoinsEpoch],
    page: 2,
    fails: [
      {
        rule: acceptAlreadyAccepted,
        errno: Errno.TDX_PAGE_ALREADY_ACCEPTED,
        when: (_, s, a) => s.sept[a[2]] === Sept.Mapped,
      },
    ],
    on: ({ parts }) => parts.secureEpt,
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseVcpuPage,
    possible: (m, s, a) =>
      s.sept.length > 0 &&
      guestMayUsePrivate(m, s, a[1], a[2]) &&
      (s.sept[a[2]] === Sept.Pending || s.sept[a[2]] === Sept.Mapped),
    apply: (m, s, a) => {
      const frame = s.privateFrame[a[2]] - 1
      s.sept[a[2]] = Sept.Mapped
      if (s.tag.length > 0) {
        s.tag[frame] = Tag.Zero
        s.poison[frame] = 0
      }
      enterGuest(s, a[1])
      m.touched.page(a[2])
    },
  }),
}
