import {
  pkvmBlockRebuilt,
  pkvmContentStays,
  pkvmDonateAtFault,
  pkvmDonateByPage,
  pkvmDonateNeedsOwned,
  pkvmFaultRecorded,
  pkvmForceReclaim,
  pkvmGuestMapsAfterComplete,
  pkvmHostIdentity,
  pkvmHostState,
  pkvmIdmapAfterCpu,
  pkvmIdmapByPage,
  pkvmIdmapForwarded,
  pkvmIdmapIsStage2,
  pkvmIdmapSnapshot,
  pkvmRefusesCounted,
  pkvmShareMapsFirst,
  pkvmShareMapsIommu,
  pkvmSharesInPlace,
  pkvmStateAfterUnmap,
  pkvmTlbiAtUnmap,
  pkvmUnshareNeedsBorrowed,
  pkvmUnshareOwnsLast,
  pkvmUserAccess,
  smmuSyncCompletes,
} from '../../../spec/index.js'
import { FaultReason } from '../effects.js'
import type { Architecture } from './architecture.js'

export const pkvm: Architecture = {
  title: 'pKVM on arm64 (drafts)',
  protects: {
    says:
      'The SMMU translates by the tables of the host, and then by the identity map of the hypervisor, which has what ' +
      'the host may use.',
    rules: [pkvmIdmapIsStage2, pkvmIdmapSnapshot, pkvmIdmapForwarded, pkvmHostIdentity],
  },
  blocked: {
    says: 'The access is a fault of stage 2, ends by itself, and is in the event queue of the host.',
    rules: [pkvmFaultRecorded, pkvmUserAccess],
  },
  handOver: {
    says:
      'The hypervisor takes a page out of the stage 2 of the host, out of the identity map, and invalidates; then ' +
      'the guest has it. A page is shared in place: the guest marks it, the host gets it, and then its devices.',
    rules: [
      pkvmDonateAtFault,
      pkvmDonateNeedsOwned,
      pkvmStateAfterUnmap,
      pkvmIdmapAfterCpu,
      pkvmTlbiAtUnmap,
      smmuSyncCompletes,
      pkvmGuestMapsAfterComplete,
      pkvmUnshareNeedsBorrowed,
      pkvmUnshareOwnsLast,
      pkvmSharesInPlace,
      pkvmShareMapsFirst,
      pkvmShareMapsIommu,
      pkvmContentStays,
      pkvmRefusesCounted,
      pkvmForceReclaim,
    ],
  },
  sizes: {
    says: 'None: pages change hands one by one, and the identity map of memory is of pages.',
    rules: [pkvmDonateByPage, pkvmIdmapByPage, pkvmBlockRebuilt],
  },
  trusted: {
    says: 'The hypervisor writes all of these tables. Devices that the guest is given are not modelled.',
    rules: [pkvmHostState],
  },
  hostAccessIsFatal: false,
  blockedIsRecorded: true,
  blockedReason: FaultReason.Stage2,
  guestTable: 'stage-2',
  trustedTable: 'none',
  allows: {
    dmaToPrivate: ['contained-fault'],
    poisonConsumer: ['host', 'td'],
    privateGpaInput: ['passes'],
    iovaShared: ['stripped'],
    ownerCheck: ['frame'],
    identityMap: ['nested', 'counted'],
  },
}
