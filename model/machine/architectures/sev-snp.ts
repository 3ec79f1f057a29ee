import {
  rmpChecksDma,
  rmpChecksWholeLeaf,
  rmpFaultLogged,
  rmpNoSmallerTry,
  snpAssignsAtFault,
  snpAttributeKeepsRmp,
  snpFailedIsFreed,
  snpFailedIsLeaked,
  snpFoliosAreSmall,
  snpFreedIsMadeShared,
  snpGuestWritesEntry,
  snpHostUpdatesRmp,
  snpHostWriteCrashes,
  snpIommuTable,
  snpLargeIfUnassigned,
  snpNotLargeWhileChanging,
  snpOverlapFails,
  snpOverlapRepeats,
  snpOverlapSeen,
  snpPrivateFramesInTable,
  snpPvalidateBeforeUse,
  snpRescindBeforeShare,
  snpSecureEntry,
  snpSmashAtRmpFault,
  snpSmashBeforePart,
  snpSmashKeepsValidated,
  snpTableMatchesRmp,
  snpTrustedDeviceByHostTable,
  snpValidatedTwice,
  snpValidateSmaller,
  snpZapBeforePunch,
} from '../../../spec/index.js'
import { FaultReason } from '../effects.js'
import type { Architecture } from './architecture.js'

export const sevSnp: Architecture = {
  title: 'AMD SEV-SNP',
  protects: {
    says: 'The RMP says of each frame whether it is assigned to a guest; the IOMMU checks all that its entry covers.',
    rules: [rmpChecksDma, rmpChecksWholeLeaf, snpIommuTable],
  },
  blocked: { says: 'The access faults by itself, and the IOMMU logs an event.', rules: [rmpFaultLogged] },
  handOver: {
    says:
      'The host assigns a frame in the RMP, and the guest validates it. Before the frame is shared KVM flushes the ' +
      'vCPUs, splits a large RMP entry, takes the frame back in the RMP, and flushes its caches.',
    rules: [
      snpAssignsAtFault,
      snpPvalidateBeforeUse,
      snpRescindBeforeShare,
      snpValidatedTwice,
      snpZapBeforePunch,
      snpAttributeKeepsRmp,
      snpFreedIsMadeShared,
      snpFailedIsLeaked,
      snpFailedIsFreed,
      snpHostWriteCrashes,
    ],
  },
  sizes: {
    says:
      'An I/O entry of a superpage needs all of its frames to be shared; of a large RMP entry no page is taken back ' +
      'before it is split.',
    rules: [
      rmpChecksWholeLeaf,
      rmpNoSmallerTry,
      snpLargeIfUnassigned,
      snpNotLargeWhileChanging,
      snpFoliosAreSmall,
      snpOverlapFails,
      snpOverlapRepeats,
      snpOverlapSeen,
      snpSmashBeforePart,
      snpSmashKeepsValidated,
      snpSmashAtRmpFault,
      snpValidateSmaller,
    ],
  },
  trusted: {
    says:
      'The host writes the RMP, and hardware checks it. A device that the guest trusts is translated by a table of ' +
      'the host, which has to match the RMP, once the guest has had the firmware write its secure entry.',
    rules: [
      snpHostUpdatesRmp,
      snpSecureEntry,
      snpGuestWritesEntry,
      snpTrustedDeviceByHostTable,
      snpPrivateFramesInTable,
      snpTableMatchesRmp,
    ],
  },
  hostAccessIsFatal: true,
  blockedIsRecorded: true,
  blockedReason: FaultReason.RmpCheck,
  guestTable: 'rmp',
  trustedTable: 'host',
  allows: {
    dmaToPrivate: ['contained-fault'],
    poisonConsumer: ['host', 'td'],
    privateGpaInput: ['passes'],
    iovaShared: ['stripped'],
    ownerCheck: ['leaf'],
    identityMap: ['absent'],
  },
}
