import {
  acceptAlreadyAccepted,
  acceptViolation,
  acceptZeroesPending,
  augFromFree,
  augMakesPending,
  blockAlreadyBlocked,
  blockBeforeRemove,
  blockRecordsEpoch,
  blockStates,
  blockStopsNewTranslations,
  blockWrongState,
  faultAllocatesPrivate,
  faultInstallUnderMmuLock,
  faultPrivateByAug,
  faultRetriesInProgress,
  faultSenseDisagrees,
  faultSnapshotsSequence,
  frameNeedsNda,
  hostClearsReturnedPage,
  kvmOnly4k,
  kvmRemovalOrder,
  kvmRetriesBusyOnce,
  kvmTrackKicks,
  oneOwner,
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
} from '../../spec/index.js'
import { type Code, Failure } from '../action.js'
import { someSet, someVcpuIdle } from '../active.js'
import {
  ageBlocked,
  enterGuest,
  isBlocked,
  isTracked,
  leaveGuest,
  noteBlocked,
  shrinkBlocked,
  someInPreviousEpoch,
} from '../cpu.js'
import { Errno } from '../errno.js'
import type { Machine } from '../machine.js'
import { allocatePrivate, touchFrame } from '../memory.js'
import { Reg, registerCount } from '../registers.js'
import { environmentRow, type Injected, planRow } from '../row.js'
import { Told, underConversion } from '../run-plan.js'
import { Attr, lockNames, Owner, Phase, Sept, type State, Tag } from '../state.js'

const page = ['vcpu', 'gfn']
const busy: Injected = { what: Failure.Seamcall, rule: septOperandBusy, errno: Errno.TDX_OPERAND_BUSY }
const mmuLock = lockNames.indexOf('mmu')

function ownedByTd(s: State, gfn: number): boolean {
  const frame = s.privateFrame[gfn] - 1
  return frame >= 0 && s.owner[frame] === Owner.Td
}

/** Whether KVM is invalidating the page for some vCPU. */
function beingInvalidated(m: Machine, s: State, gfn: number): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
    const base = vcpu * registerCount
    if (gfn >= s.reg[base + Reg.invalidFirst] && gfn < s.reg[base + Reg.invalidEnd]) return true
  }
  return false
}

/** Whether a vCPU is in the guest and the page is one that it takes for private. */
function guestMayUsePrivate(m: Machine, s: State, vcpu: number, gfn: number): boolean {
  if (s.phase[vcpu] !== Phase.Idle || s.tdDead[0] === 1 || s.closed[0] !== 0 || s.faultGfn[vcpu] !== 0) return false
  return s.told[gfn] === Told.Private && s.attr[gfn] === Attr.Private && !underConversion(m, s, gfn)
}

/** A private page's frame, allocated on its first fault. @returns frame + 1, or 0 */
function backPrivately(m: Machine, s: State, gfn: number): number {
  if (s.privateFrame[gfn] === 0) s.privateFrame[gfn] = allocatePrivate(m, s, gfn)
  return s.privateFrame[gfn]
}

function chooseVcpuPage(m: Machine, index: number, a: Code): void {
  a[1] = index % m.scope.vcpus
  a[2] = Math.floor(index / m.scope.vcpus)
}

/** The TDX module's calls on a page, and KVM's fault path that leads to them. */
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
  /** The first half of a private fault: KVM finds the page's frame, and remembers since when. */
  'kvm.fault-resolve': environmentRow({
    parameters: page,
    cites: [faultSnapshotsSequence, faultAllocatesPrivate, faultSenseDisagrees, acceptViolation],
    page: 2,
    candidates: (m, s) => (s.sept.length > 0 && someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseVcpuPage,
    possible: (m, s, a) => s.sept.length > 0 && guestMayUsePrivate(m, s, a[1], a[2]) && s.sept[a[2]] === Sept.Free,
    apply: (m, s, a) => {
      leaveGuest(m, s, a[1])
      s.faultGfn[a[1]] = a[2] + 1
      s.faultStale[a[1]] = beingInvalidated(m, s, a[2]) ? 1 : 0
    },
  }),
  /** The second half: the frame goes into the secure EPT, unless an invalidation came in between. */
  'kvm.fault-install': environmentRow({
    parameters: ['vcpu'],
    cites: [
      faultPrivateByAug,
      faultInstallUnderMmuLock,
      faultRetriesInProgress,
      augFromFree,
      augMakesPending,
      frameNeedsNda,
      pageIsReg,
      oneOwner,
    ],
    candidates: (m, s) => (someSet(s.faultGfn) ? m.scope.vcpus : 0),
    choose: (_, index, a) => {
      a[1] = index
    },
    possible: (_, s, a) => s.faultGfn.length > 0 && s.faultGfn[a[1]] !== 0 && s.lock[mmuLock] === 0,
    apply: (m, s, a) => {
      const gfn = s.faultGfn[a[1]] - 1
      const stale = s.faultStale[a[1]] === 1 || beingInvalidated(m, s, gfn) || s.sept[gfn] !== Sept.Free
      s.faultGfn[a[1]] = 0
      s.faultStale[a[1]] = 0
      if (stale) return
      const frame = backPrivately(m, s, gfn) - 1
      if (frame < 0) return
      s.owner[frame] = Owner.Td
      s.sept[gfn] = Sept.Pending
      touchFrame(m, frame)
      m.touched.page(gfn)
    },
  }),
  /** Without the secure EPT: a private page's first use gives it a frame of the TD. */
  'gmem.populate': environmentRow({
    parameters: page,
    cites: [faultAllocatesPrivate],
    page: 2,
    candidates: (m, s) => (s.sept.length > 0 || m.inPlace || !someVcpuIdle(m, s) ? 0 : m.scope.vcpus * m.pages),
    choose: chooseVcpuPage,
    possible: (m, s, a) =>
      s.sept.length === 0 &&
      !m.inPlace &&
      s.phase[a[1]] === Phase.Idle &&
      s.closed[0] === 0 &&
      s.attr[a[2]] === Attr.Private &&
      s.privateFrame[a[2]] === 0 &&
      !underConversion(m, s, a[2]),
    apply: (m, s, a) => {
      const frame = backPrivately(m, s, a[2]) - 1
      if (frame < 0) return
      touchFrame(m, frame)
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
    candidates: (m, s) => (s.sept.length > 0 && someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
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

export { beingInvalidated, guestMayUsePrivate }
