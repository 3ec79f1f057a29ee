import {
  blockAlreadyBlocked,
  blockBeforeRemove,
  blockRecordsEpoch,
  blockStates,
  blockStopsNewTranslations,
  blockWrongState,
  hostClearsReturnedPage,
  kvmOnly4k,
  kvmRemovalOrder,
  kvmRetriesBusyOnce,
  kvmTrackKicks,
  releaseBeforeBlock,
  removalIgnoresIommu,
  removeFreesEntryAndFrame,
  removeNeedsLeaf,
  removeWaitsForIommus,
  trackAdvancesEpoch,
  trackBeforeRemove,
  trackCountsIommus,
  trackEpochBusy,
  trackedMeaning,
  trackLockBusy,
  trackWaitsForIommus,
  vcpuLeavesEpoch,
  wbinvdBeforeReuse,
  wbinvdNeedsNda,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { Owner, Sept, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { isKept } from '../../memory/guest-access.js'
import {
  beginEpoch,
  isBlocked,
  isTracked,
  leaveGuest,
  noteBlocked,
  removeBlocked,
  someInPreviousEpoch,
} from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { tdxModule } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { type Fail, planRow } from '../row.js'
import { isCounted, someIommuOwes, unitHas } from '../trusted/trusted-paths.js'
import { busy } from './seamcall.js'

const arg = places('vcpu', 'gfn')

function ownedByTd(s: State, gfn: Gfn): boolean {
  const frame = s.privateFrame[gfn] - 1
  return frame >= 0 && s.owner[frame] === Owner.Td
}

/** RANGE.BLOCK of a page that the guest keeps. No public text says which status it has. */
const keptByGuest: Fail<['vcpu', 'gfn']> = {
  rule: releaseBeforeBlock,
  errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT,
  when: (m, s, a) => isKept(m, s, a[arg.gfn]),
}

/** The TDX module's calls that take a page from a TD, and KVM's kick between them. */
export const pageRemovalRows = {
  'tdh.mem.range.block': planRow({
    says: 'The TDX module blocks an entry of the secure EPT: no new translation comes from it.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [blockStates, blockRecordsEpoch, blockStopsNewTranslations, kvmRemovalOrder, kvmOnly4k],
    reads: views('blockedWindow own.armed sept'),
    writes: views('blockedAge blockedWindow own.armed sept'),
    needs: tdxModule,
    fails: [
      {
        rule: blockAlreadyBlocked,
        errno: Errno.TDX_GPA_RANGE_ALREADY_BLOCKED,
        when: (_, s, a) => isBlocked(s.sept[a[arg.gfn]]),
      },
      {
        rule: blockWrongState,
        errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT,
        when: (_, s, a) => s.sept[a[arg.gfn]] === Sept.Free,
      },
      keptByGuest,
    ],
    mayFail: busy,
    apply: (m, s, a) => {
      s.sept[a[arg.gfn]] = s.sept[a[arg.gfn]] === Sept.Mapped ? Sept.Blocked : Sept.PendingBlocked
      s.blockedAge[a[arg.gfn]] = 0
      noteBlocked(s, a[arg.gfn])
      m.touched.page(a[arg.gfn])
    },
  }),
  'tdh.mem.track': planRow({
    says: 'The TDX module begins a new TLB epoch.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [trackAdvancesEpoch, trackedMeaning, trackCountsIommus],
    reads: views('blockedAge blockedWindow dmar epoch iotlbOwed own.armed sept'),
    writes: views('blockedAge epoch iotlbOwed own.armed blockedWindow'),
    needs: tdxModule,
    fails: [
      { rule: trackEpochBusy, errno: Errno.TDX_PREVIOUS_TLB_EPOCH_BUSY, when: (m, s) => someInPreviousEpoch(m, s) },
      {
        rule: trackWaitsForIommus,
        errno: Errno.TDX_IOMMU_IOTLB_TRACKING_NOT_DONE,
        when: (_, s) => someIommuOwes(s),
      },
    ],
    mayFail: { ...busy, rule: trackLockBusy },
    apply: (m, s) => {
      beginEpoch(m, s)
      for (let unit = 0; unit < s.iotlbOwed.length; unit += 1) {
        s.iotlbOwed[unit] = unitHas(m, s, unit, isCounted) ? 1 : 0
      }
    },
  }),
  'kvm.kick-vcpus': planRow({
    says: 'KVM forces every vCPU out of the guest, so that none runs with translations of the old epoch.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [kvmTrackKicks, vcpuLeavesEpoch],
    reads: views('vcpuTlb'),
    writes: views('epoch vcpuTlb vcpuTlbFrame'),
    needs: undefined,
    apply: (m, s) => {
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) leaveGuest(m, s, vcpu)
    },
  }),
  'tdh.mem.page.remove': planRow({
    says: 'The TDX module takes a blocked page out of the secure EPT; its frame is no longer owned by the TD.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [removeFreesEntryAndFrame, removalIgnoresIommu, kvmRetriesBusyOnce],
    reads: views('blockedAge blockedWindow epoch iotlbOwed own.armed privateFrame sept'),
    writes: views('blockedAge blockedWindow owner released sept unflushed own.armed'),
    needs: tdxModule,
    fails: [
      {
        rule: removeNeedsLeaf,
        errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT,
        when: (_, s, a) => s.sept[a[arg.gfn]] === Sept.Free,
      },
      {
        rule: blockBeforeRemove,
        errno: Errno.TDX_GPA_RANGE_NOT_BLOCKED,
        when: (_, s, a) => !isBlocked(s.sept[a[arg.gfn]]),
      },
      {
        rule: trackBeforeRemove,
        errno: Errno.TDX_TLB_TRACKING_NOT_DONE,
        when: (m, s, a) => !isTracked(m, s, a[arg.gfn]),
      },
      {
        rule: removeWaitsForIommus,
        errno: Errno.TDX_IOMMU_IOTLB_TRACKING_NOT_DONE,
        when: (_, s, a) => s.blockedAge[a[arg.gfn]] === 1 && someIommuOwes(s),
      },
    ],
    mayFail: busy,
    apply: (m, s, a) => {
      if (s.released.length > 0) s.released[a[arg.gfn]] = 0
      removeBlocked(m, s, a[arg.gfn])
    },
  }),
  'tdh.phymem.page.wbinvd': planRow({
    says: "KVM writes the caches of a removed frame back, and invalidates them, under the TD's key.",
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [wbinvdBeforeReuse, hostClearsReturnedPage],
    reads: views('owner privateFrame'),
    writes: views('poison unflushed'),
    needs: tdxModule,
    fails: [
      { rule: wbinvdNeedsNda, errno: Errno.TDX_PAGE_METADATA_INCORRECT, when: (_, s, a) => ownedByTd(s, a[arg.gfn]) },
    ],
    apply: (m, s, a) => {
      const frame = s.privateFrame[a[arg.gfn]] - 1
      if (frame < 0) return
      s.unflushed[frame] = 0
      if (s.poison.length > 0) s.poison[frame] = 0
      m.touched.page(a[arg.gfn])
    },
  }),
}
