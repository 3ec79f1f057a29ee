import {
  acceptViolation,
  augFromFree,
  augMakesPending,
  ccaDataMapKeepsRipas,
  ccaDataMapNeedsDelegated,
  ccaDataMapNeedsUnassigned,
  ccaDataMapZeroes,
  ccaDelegateFromNs,
  ccaDestroyedFaults,
  ccaEmptyAborts,
  ccaKvmDelegateRaces,
  ccaKvmDelegatesAtFault,
  ccaKvmFaultRetriesAny,
  ccaKvmSideBeforeSequence,
  ccaMarkBlocks,
  ccaUnmappedExits,
  coveConvertThenFence,
  coveZeroPages,
  faultAllocatesPrivate,
  faultInstallUnderMmuLock,
  faultPrivateByAug,
  faultRetriesInProgress,
  faultRetriesSequence,
  faultSenseDisagrees,
  faultSharedByHva,
  faultSnapshotsSequence,
  frameNeedsNda,
  mapGpaStrayLoad,
  oneOwner,
  pageIsReg,
  pkvmDonateAtFault,
  pkvmDonateByPage,
  pkvmPoisoned,
  snpAssignsAtFault,
  snpFaultRetriesEarly,
  snpLargeIfUnassigned,
  snpNotLargeWhileChanging,
} from '../../../spec/index.js'
import { someSet, someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Attr, Cover, Owner, Ripas, Sept, type State } from '../../machine/state.js'
import type { Gfn, VcpuId } from '../../machine/units.js'
import { allocateShared, touchFrame } from '../../memory/frame-allocator.js'
import { guestMayUsePrivate, hasSlot, isInGuest } from '../../memory/guest-access.js'
import { isUnderWay } from '../../memory/owner-check.js'
import { backPrivately } from '../../memory/private-frames.js'
import {
  beingInvalidated,
  foundShared,
  hasLostFrame,
  isBlocked,
  leaveGuest,
  makeStale,
  mustRetry,
  sharedSide,
} from '../../memory/tlb-tracking.js'
import { GuestView, underConversion } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { mapProtected } from '../cca/faults.js'
import { addZeroPage } from '../cove/tsm.js'
import { contentAndSecureEpt, secureEpt } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { donate } from '../pkvm/stage-2.js'
import { type CodeOf, places } from '../places.js'
import { chooseByVcpu, chooseFirst, environmentRow } from '../row.js'
import { assign, installAssigned } from '../snp/assignment.js'

const arg = places('vcpu', 'gfn')

/**
 * Whether the guest touches the page by its shared address, and KVM does not turn that away. What is under conversion,
 * either way, is met by loads that stray.
 */
function guestMayUseShared(m: Machine, s: State, vcpu: VcpuId, gfn: Gfn): boolean {
  if (!isInGuest(s, vcpu) || s.attr[gfn] !== Attr.Shared || s.slotHole[gfn] === Cover.Hole) return false
  if (!hasSlot(m, s, gfn)) return false
  return m.scope.guest === 'arbitrary' || s.guestView[gfn] !== GuestView.Private || underConversion(m, s, gfn)
}

function beginFault(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn']>, isShared: boolean): void {
  leaveGuest(m, s, a[arg.vcpu])
  s.faultGfn[a[arg.vcpu]] = a[arg.gfn] + 1
  s.faultShared[a[arg.vcpu]] = isShared ? foundShared(m, s, a[arg.gfn]) : 0
  s.faultStale[a[arg.vcpu]] = 0
  if (mustRetry(m, s, a[arg.gfn])) makeStale(s, a[arg.vcpu])
}

/** In place a page has one frame: a fault that comes late installs it, whichever its owner. */
function installPrivate(m: Machine, s: State, gfn: Gfn): void {
  if (m.rmp) {
    installAssigned(m, s, gfn)
    return
  }
  if (m.tsm) {
    addZeroPage(m, s, gfn)
    return
  }
  if (m.realm) {
    mapProtected(m, s, gfn)
    return
  }
  if (m.pkvm) {
    donate(m, s, gfn)
    return
  }
  if (s.sept[gfn] !== Sept.Free) return
  const frame = m.inPlace ? gfn : backPrivately(m, s, gfn) - 1
  if (frame < 0) return
  s.owner[frame] = Owner.Td
  s.sept[gfn] = Sept.Pending
  touchFrame(m, frame)
  m.touched.page(gfn)
}

/**
 * Whether KVM is told of a private access that finds no page. On SEV-SNP the frame may be assigned still; on Arm CCA
 * the RMM sends an access to a page with RIPAS EMPTY back into the guest. Under pKVM a page taken by force is lost.
 */
function faultsPrivately(m: Machine, s: State, gfn: Gfn): boolean {
  if (m.realm && s.ripas[gfn] === Ripas.Empty) return false
  if (s.poisoned.length > 0 && s.poisoned[gfn] === 1) return false
  if (s.sept[gfn] === Sept.Free) return !(m.rmp && beingInvalidated(m, s, gfn))
  return m.rmp && isBlocked(s.sept[gfn]) && !beingInvalidated(m, s, gfn)
}

/** A page is donated once DMA that the SMMU has translated is over. */
const waitsForDma = (m: Machine, s: State, vcpu: VcpuId): boolean =>
  m.pkvm && s.faultShared[vcpu] === 0 && isUnderWay(m, s, s.faultGfn[vcpu] - 1)

/**
 * Whether an invalidation that has ended since the fault began goes unseen: the sequence is noted late, and at the
 * worst just before the page is mapped. Then one that is under way is all that is seen.
 */
const forgets = (m: Machine, isShared: boolean): boolean =>
  m.realm && !isShared && m.platform.faultSide === 'before-sequence'

function installShared(m: Machine, s: State, gfn: Gfn): void {
  if (sharedSide(m, s, gfn) === 0) return
  s.sharedEpt[gfn] = 1
  m.touched.page(gfn)
}

/** KVM's fault path in its two halves: the page is looked up, then installed unless an invalidation came in between. */
export const faultRows = {
  'kvm.fault-resolve': environmentRow({
    says: "The first half of a private fault: KVM finds the page's frame, and remembers since when.",
    actor: 'vcpu',
    params: [vcpu, gfn],
    fairness: 'chosen',
    weight: 60,
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [
      faultSnapshotsSequence,
      faultAllocatesPrivate,
      faultSenseDisagrees,
      acceptViolation,
      snpAssignsAtFault,
      snpFaultRetriesEarly,
      snpLargeIfUnassigned,
      snpNotLargeWhileChanging,
      ccaEmptyAborts,
      ccaUnmappedExits,
      ccaDestroyedFaults,
      pkvmPoisoned,
    ],
    reads: views(
      'askedByGuest attr closed guestView invalidating ownFault own.reg own.vcpuTlb phase poisoned',
      'ripas sept slotHole slotState tdDead privateFrame owner pins freedAssigned nextFrame',
    ),
    writes: views('ownFault ownTlb own.epoch own.flushOwed owner rmpLarge sept tag privateFrame nextFrame'),
    needs: secureEpt,
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      s.sept.length > 0 && guestMayUsePrivate(m, s, a[arg.vcpu], a[arg.gfn]) && faultsPrivately(m, s, a[arg.gfn]),
    apply: (m, s, a) => {
      beginFault(m, s, a, false)
      if (m.rmp) assign(m, s, a[arg.gfn])
    },
  }),
  'kvm.fault-resolve-shared': environmentRow({
    says: "The first half of a fault on the shared side: KVM finds the page's frame, and remembers since when.",
    actor: 'vcpu',
    params: [vcpu, gfn],
    fairness: 'chosen',
    weight: 60,
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [faultSnapshotsSequence, faultSharedByHva, faultSenseDisagrees, mapGpaStrayLoad],
    reads: views(
      'askedByGuest attr closed freedAssigned guestView invalidating ownFault own.reg own.vcpuTlb owner',
      'phase pins sharedEpt sharedFrame slotHole slotState tdDead nextFrame',
    ),
    writes: views('ownFault ownTlb own.epoch own.flushOwed owner sharedFrame tag nextFrame freedAssigned'),
    needs: contentAndSecureEpt,
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      s.sharedEpt.length > 0 && guestMayUseShared(m, s, a[arg.vcpu], a[arg.gfn]) && s.sharedEpt[a[arg.gfn]] === 0,
    apply: (m, s, a) => {
      m.touched.page(a[arg.gfn])
      if (s.sharedFrame[a[arg.gfn]] === 0) s.sharedFrame[a[arg.gfn]] = allocateShared(m, s, a[arg.gfn])
      beginFault(m, s, a, true)
    },
  }),
  'kvm.fault-install': environmentRow({
    says: 'The second half of a fault: the frame goes into the EPT, unless an invalidation came in between.',
    actor: 'vcpu',
    params: [vcpu],
    fairness: { owedBy: 'fault', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 80,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    waitsFor: 'mmu',
    rules: [
      faultPrivateByAug,
      faultInstallUnderMmuLock,
      faultRetriesInProgress,
      faultRetriesSequence,
      ccaKvmFaultRetriesAny,
      ccaKvmSideBeforeSequence,
      augFromFree,
      augMakesPending,
      frameNeedsNda,
      pageIsReg,
      oneOwner,
      coveConvertThenFence,
      coveZeroPages,
      ccaKvmDelegatesAtFault,
      ccaKvmDelegateRaces,
      ccaDelegateFromNs,
      ccaDataMapNeedsDelegated,
      ccaDataMapNeedsUnassigned,
      ccaDataMapZeroes,
      ccaDataMapKeepsRipas,
      ccaMarkBlocks,
      pkvmDonateAtFault,
      pkvmDonateByPage,
    ],
    reads: views(
      'dma dmaFrame faultGfn granule hostPage invalidating mptKept own.faultShared own.faultStale',
      'owner pde pins privateFrame ripas sept sharedFrame unflushed vcpuTlb freedAssigned attr',
      'iotlbKey iotlbLeaf dmaByDevice nextFrame',
    ),
    writes: views(
      'ownFault granule hostPage idmap mptKept nextFrame owner poison privateFrame sept sharedEpt tag unflushed',
      'rttBlock freedAssigned',
    ),
    needs: secureEpt,
    candidates: (m, s) => (someSet(s.faultGfn) ? m.scope.vcpus : 0),
    choose: chooseFirst,
    possible: (m, s, a) => s.faultGfn.length > 0 && s.faultGfn[a[arg.vcpu]] !== 0 && !waitsForDma(m, s, a[arg.vcpu]),
    apply: (m, s, a) => {
      const gfn = s.faultGfn[a[arg.vcpu]] - 1
      const isShared = s.faultShared[a[arg.vcpu]] !== 0
      const isLost = hasLostFrame(m, s, a[arg.vcpu])
      const isStale = (s.faultStale[a[arg.vcpu]] === 1 && !forgets(m, isShared)) || mustRetry(m, s, gfn)
      s.faultGfn[a[arg.vcpu]] = 0
      s.faultShared[a[arg.vcpu]] = 0
      s.faultStale[a[arg.vcpu]] = 0
      if (isStale) return
      if (isLost) m.event.installedLost = gfn
      if (isShared) installShared(m, s, gfn)
      else installPrivate(m, s, gfn)
    },
  }),
}
