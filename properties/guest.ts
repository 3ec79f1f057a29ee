import { views } from '../model/actions/accessed.js'
import { isLostUnsaid, isUsableUnasked } from '../model/actions/cca/ripas.js'
import { isSlotDeleted, isSlotKept, isSplitOff } from '../model/actions/host/slots.js'
import { someTrustedReach } from '../model/actions/trusted/trusted-paths.js'
import type { Machine } from '../model/machine/machine.js'
import { Attr, Granule, Owner, Sept, type State, Tag } from '../model/machine/state.js'
import type { Frame, Gfn } from '../model/machine/units.js'
import { framesClean, isScrubbed } from '../model/memory/frame-allocator.js'
import { guestLeadsTo, leadsByShared, sharedSide, vcpuKeyGfn, vcpuKeyIsPrivate } from '../model/memory/tlb-tracking.js'
import {
  acceptAlreadyAccepted,
  acceptZeroesPending,
  attributesZapBeforeStore,
  ccaDataMapNeedsUnassigned,
  ccaDataMapZeroes,
  ccaDestroyedFaults,
  ccaKvmUnmapThenUndelegate,
  ccaTlbiAtSmmu,
  ccaTlbiBeforeDelegated,
  ccaUndelegateScrubs,
  ccaUnmapDestroys,
  coveIoCachesInvalidated,
  coveReclaimScrubs,
  coveReclaimUnassigned,
  coveRemoveFenced,
  coveShareRemovesFirst,
  coveZeroPages,
  faultRetriesSequence,
  hostCpuAccessIsMachineCheck,
  integrityCryptographic,
  iqRequestDrains,
  kvmRemovalOrder,
  linesCarryMacAndOwner,
  memslotDeleteInvalidates,
  memslotIsMemory,
  mptInvalSynchronises,
  notifierBeforeFree,
  oneOwner,
  ownershipCheckedOnRead,
  pkvmForceReclaim,
  pkvmShareMapsFirst,
  pkvmUnshareOwnsLast,
  poisonConsumedIsMachineCheck,
  removeWaitsForIommus,
  sharedHalfUnmapped,
  snpFencedBeforeHandOver,
  snpFreedIsMadeShared,
  snpPvalidateBeforeUse,
  snpValidatedTwice,
  snpZapBeforePunch,
  trackBeforeRemove,
  wbinvdBeforeReuse,
} from '../spec/index.js'
import { property } from './property.js'

const chosenByOthers = (tag: number) => tag === Tag.Device || tag === Tag.Host || tag === Tag.Table

export const privateIntegrity = property({
  name: 'private-integrity',
  statement:
    'The guest never reads, in a private page that it accepted, poison or data that a device or the host chose; nor ' +
    'is the page cleared while it is of use.',
  clauses: [
    {
      rule: poisonConsumedIsMachineCheck,
      given: [linesCarryMacAndOwner, integrityCryptographic, hostCpuAccessIsMachineCheck],
      holdsAfter: ({ event }) => event.readTag < 0 || event.readPoison === 0,
      explain: ({ event }) => `the guest reads poison in its private page ${event.gfn}`,
    },
    {
      rule: ownershipCheckedOnRead,
      on: {
        'sev-snp': snpPvalidateBeforeUse,
        'riscv-cove': mptInvalSynchronises,
        'arm-cca': ccaDataMapZeroes,
        pkvm: pkvmUnshareOwnsLast,
      },
      given: [acceptZeroesPending],
      holdsAfter: ({ event }) => event.readTag < 0 || !chosenByOthers(event.readTag),
      explain: ({ event }) => `the guest reads what it did not write in its private page ${event.gfn}`,
    },
    {
      rule: acceptAlreadyAccepted,
      on: {
        'sev-snp': snpValidatedTwice,
        'riscv-cove': coveZeroPages,
        'arm-cca': ccaDataMapNeedsUnassigned,
      },
      holdsAfter: ({ event }) => event.clearedInUse < 0,
      explain: ({ event }) => `page ${event.clearedInUse}, which the guest uses, is cleared`,
    },
  ],
  parts: ['secureEpt', 'content'],
  ofEvents: true,
  ignoresAccounts: true,
  judges: { states: [], steps: views() },
  witness: 'the guest reads a private page that it accepted',
  witnessBits: (m) => (m.event.readTag >= 0 ? 1 : 0),
  fullWitness: 1,
})

/** The shared EPT entry of a page leads to a frame of the host, its secure one to a frame of the TD. */
function entriesRight(m: Machine, s: State, gfn: Gfn): boolean {
  if (s.sharedEpt[gfn] === 1 && s.owner[sharedSide(m, s, gfn) - 1] !== Owner.Host) return false
  const priv = s.privateFrame[gfn] - 1
  return s.sept[gfn] === Sept.Free || (priv >= 0 && s.owner[priv] === Owner.Td)
}

function cachedRight(m: Machine, s: State, gfn: Gfn): boolean {
  for (let slot = 0; slot < s.vcpuTlb.length; slot += 1) {
    const key = s.vcpuTlb[slot]
    if (key === 0 || vcpuKeyGfn(key) !== gfn) continue
    const frame = s.vcpuTlbFrame[slot] - 1
    if (s.owner[frame] !== (vcpuKeyIsPrivate(key) ? Owner.Td : Owner.Host)) return false
    if (m.realm && vcpuKeyIsPrivate(key) && s.granule[frame] !== Granule.Data) return false
  }
  return true
}

/** Whether a page that KVM has as private is led to by its shared address. */
const isSharedStill = (s: State, gfn: Gfn): boolean => s.attr[gfn] === Attr.Private && leadsByShared(s, gfn)
/** What is private of a page that was taken out of its slot is of no slot with a host virtual address. */
const isLeftBehind = (m: Machine, s: State, gfn: Gfn): boolean =>
  (isSlotDeleted(m, s, gfn) && guestLeadsTo(m, s, gfn)) || (isSplitOff(s, gfn) && leadsByShared(s, gfn))

/** Of a frame: what a trusted device may not do there by an address of a page, in the order of the clauses below. */
const wrongly = {
  removed: (_: Machine, s: State, __: Gfn, frame: Frame, isPrivate: boolean) =>
    s.owner[frame] !== (isPrivate ? Owner.Td : Owner.Host),
  another: (m: Machine, s: State, gfn: Gfn, frame: Frame, isPrivate: boolean) =>
    isPrivate && !wrongly.removed(m, s, gfn, frame, true) && s.privateFrame[gfn] !== frame + 1,
  // Whether the IOMMU asks what the guest has validated, no public text says.
  unaccepted: (m: Machine, s: State, gfn: Gfn, frame: Frame, isPrivate: boolean) =>
    isPrivate && !m.rmp && s.privateFrame[gfn] === frame + 1 && !wasAccepted(m, s, gfn),
}

/** Whether the guest accepted the page since it was added; a page that it released is its own loss. */
const wasAccepted = (_: Machine, s: State, gfn: Gfn): boolean =>
  s.sept[gfn] === Sept.Mapped || s.sept[gfn] === Sept.Blocked || (s.released.length > 0 && s.released[gfn] === 1)

const trustedNever =
  (how: keyof typeof wrongly) =>
  (m: Machine, s: State, gfn: Gfn): boolean =>
    !someTrustedReach(m, s, gfn, (frame, isPrivate) => wrongly[how](m, s, gfn, frame, isPrivate))

const trustedRight = (m: Machine, s: State, gfn: Gfn): boolean =>
  m.trusted === 0 ||
  (trustedNever('removed')(m, s, gfn) && trustedNever('another')(m, s, gfn) && trustedNever('unaccepted')(m, s, gfn))

const hasNoSept = (s: State): boolean => s.sept.length === 0

export const septProtocol = property(
  {
    name: 'sept-protocol',
    statement:
      'A page reaches its next user only flushed (WBINVD) and with no translation left of a vCPU or a trusted ' +
      'device, which reaches only what the guest has accepted; one that is private has none of its shared address, ' +
      'and one without a memory slot none at all. A page of a realm whose content is lost does not stay RAM.',
    clauses: [
      {
        rule: wbinvdBeforeReuse,
        on: {
          'sev-snp': snpFreedIsMadeShared,
          'riscv-cove': coveReclaimUnassigned,
          'arm-cca': ccaUndelegateScrubs,
          pkvm: pkvmForceReclaim,
        },
        holdsAt: (m, s, gfn) => hasNoSept(s) || framesClean(m, s, gfn),
        explain: (_, __, gfn) => `the frame of page ${gfn} is handed on unflushed`,
      },
      {
        rule: ccaUndelegateScrubs,
        on: { 'riscv-cove': coveReclaimScrubs, pkvm: pkvmForceReclaim },
        holdsAt: isScrubbed,
        explain: (_, __, gfn) => `the frame of page ${gfn} is given back with what the guest wrote there`,
      },
      {
        rule: attributesZapBeforeStore,
        holdsAt: (_, s, gfn) => hasNoSept(s) || !isSharedStill(s, gfn),
        explain: (_, __, gfn) => `page ${gfn} is private, and an EPT or a vCPU still has it by its shared address`,
      },
      {
        rule: kvmRemovalOrder,
        on: {
          'sev-snp': snpFreedIsMadeShared,
          'riscv-cove': coveShareRemovesFirst,
          'arm-cca': ccaKvmUnmapThenUndelegate,
          pkvm: pkvmShareMapsFirst,
        },
        holdsAt: (m, s, gfn) => hasNoSept(s) || entriesRight(m, s, gfn),
        explain: (_, __, gfn) => `an EPT still leads to a frame of page ${gfn} that has another owner`,
      },
      {
        rule: faultRetriesSequence,
        given: [notifierBeforeFree],
        holdsAfter: ({ event }) => event.installedLost < 0,
        explain: ({ event }) => `KVM installs at page ${event.installedLost} a frame that has left it since the fault`,
      },
      {
        rule: trackBeforeRemove,
        on: {
          'sev-snp': snpZapBeforePunch,
          'riscv-cove': coveRemoveFenced,
          'arm-cca': ccaTlbiBeforeDelegated,
          pkvm: pkvmForceReclaim,
        },
        holdsAt: (m, s, gfn) => hasNoSept(s) || cachedRight(m, s, gfn),
        explain: (_, __, gfn) => `a vCPU has a translation of page ${gfn} to a frame that it may not reach`,
      },
      {
        rule: memslotDeleteInvalidates,
        holdsAt: (m, s, gfn) => hasNoSept(s) || !isLeftBehind(m, s, gfn),
        explain: (_, __, gfn) => `page ${gfn} has no memory slot, and an EPT or a vCPU still leads to it`,
      },
      {
        rule: memslotIsMemory,
        holdsAt: (m, s, gfn) => !isSlotKept(m, s, gfn),
        explain: (_, __, gfn) => `the VMM takes the memory slot of page ${gfn} for deleted, and KVM still has it`,
      },
      {
        rule: removeWaitsForIommus,
        on: {
          'sev-snp': snpFencedBeforeHandOver,
          'arm-cca': ccaTlbiAtSmmu,
          'riscv-cove': coveIoCachesInvalidated,
        },
        given: [iqRequestDrains, sharedHalfUnmapped],
        holdsAt: trustedNever('removed'),
        explain: (_, __, gfn) => `a trusted device reaches a frame of page ${gfn} that has another owner`,
      },
      {
        rule: oneOwner,
        on: {
          'sev-snp': snpFencedBeforeHandOver,
          'arm-cca': ccaTlbiAtSmmu,
          'riscv-cove': coveIoCachesInvalidated,
        },
        holdsAt: trustedNever('another'),
        explain: (_, __, gfn) => `a trusted device reaches, by page ${gfn}, a private frame that is not the page's`,
      },
      {
        rule: acceptZeroesPending,
        on: { 'arm-cca': ccaTlbiAtSmmu, 'riscv-cove': coveIoCachesInvalidated },
        holdsAt: trustedNever('unaccepted'),
        explain: (_, __, gfn) => `a trusted device reaches page ${gfn}, which the guest has not accepted`,
      },
      {
        rule: ccaUnmapDestroys,
        holdsAt: (m, s, gfn) => !isLostUnsaid(m, s, gfn),
        explain: (_, __, gfn) => `page ${gfn} is unmapped, its content is lost, and its RIPAS is RAM as before`,
      },
      {
        rule: ccaDestroyedFaults,
        holdsAt: (m, s, gfn) => !isUsableUnasked(m, s, gfn),
        explain: (_, __, gfn) => `the guest may use page ${gfn}, which it has not agreed to have as memory`,
      },
    ],
    parts: ['secureEpt', 'content'],
    ofEvents: true,
    ignoresAccounts: true,
    judges: {
      states: [
        views(
          'attr dma dmaFrame dmaGfn dmaPrivate dmar granule owner poisoned privateFrame released ripas sept sharedEpt',
          'sharedFrame sharedRoot slotHole slotState tag trustedPte trustedTlb unflushed vcpuTlb vcpuTlbFrame',
        ),
      ],
      steps: views(),
      part: 'secureEpt',
    },
    witness: 'a page is removed from the guest',
    witnessBits: (m) => m.event.removed,
    fullWitness: 1,
  },
  {
    holdsAfter: ({ event }) => event.installedLost < 0,
    holdsAt: (m, s, gfn) =>
      hasNoSept(s) ||
      (framesClean(m, s, gfn) &&
        (!(m.realm || m.tsm || m.pkvm) || isScrubbed(m, s, gfn)) &&
        entriesRight(m, s, gfn) &&
        cachedRight(m, s, gfn) &&
        !isSharedStill(s, gfn) &&
        !isLeftBehind(m, s, gfn) &&
        !isSlotKept(m, s, gfn) &&
        !isLostUnsaid(m, s, gfn) &&
        !isUsableUnasked(m, s, gfn) &&
        trustedRight(m, s, gfn)),
  },
)
