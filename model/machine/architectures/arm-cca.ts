import {
  ccaAtsChecked,
  ccaDataMapNeedsDelegated,
  ccaDataMapZeroes,
  ccaDelegateFromNs,
  ccaDestroyedNeedsConsent,
  ccaDmaByUnprotectedAddress,
  ccaFoldBreaks,
  ccaFoldNeedsSame,
  ccaGptChecksDma,
  ccaGptFaultAtRoot,
  ccaGptFaultContained,
  ccaGptFaultNotInQueue,
  ccaHostAccessFaults,
  ccaHostSmmu,
  ccaIpaHalves,
  ccaKvmDelegatesAtFault,
  ccaKvmFailedIsFreed,
  ccaKvmFoldsAfterUnmap,
  ccaKvmNoDevices,
  ccaKvmRipasAtEntry,
  ccaKvmUnmapThenUndelegate,
  ccaRipasOnRequest,
  ccaTlbiAtSmmu,
  ccaTlbiBeforeDelegated,
  ccaUndelegateFromDelegated,
  ccaUndelegateScrubs,
  ccaUnmapMarks,
  ccaUnmapMayStop,
  ccaUnmapNeedsPageLevel,
  ccaUnprotUnmapOwesTlbi,
  ccaUserAccessSignalled,
  ccaVdevByRtt,
  ccaVdevEnableNeedsStarted,
  ccaVdevStartsDisabled,
  ccaVdevUnlockStopsFirst,
} from '../../../spec/index.js'
import { FaultReason } from '../effects.js'
import type { Architecture } from './architecture.js'

export const armCca: Architecture = {
  title: 'Arm CCA',
  protects: {
    says:
      'The granule protection table says of each granule in which physical address space it is; the SMMU checks it ' +
      'at the address that the tables of the host give.',
    rules: [ccaGptChecksDma, ccaHostSmmu, ccaIpaHalves, ccaDmaByUnprotectedAddress, ccaAtsChecked],
  },
  blocked: {
    says: 'The access ends by itself, and the Event queue of the host does not have it.',
    rules: [ccaGptFaultContained, ccaGptFaultNotInQueue, ccaGptFaultAtRoot, ccaUserAccessSignalled],
  },
  handOver: {
    says:
      'The host delegates a granule, and the RMM clears it and maps it where the realm has agreed. Before one is ' +
      'shared KVM has it unmapped; the RMM invalidates the TLBs, and only then KVM takes it back, overwritten.',
    rules: [
      ccaKvmDelegatesAtFault,
      ccaDelegateFromNs,
      ccaDataMapNeedsDelegated,
      ccaDataMapZeroes,
      ccaRipasOnRequest,
      ccaKvmRipasAtEntry,
      ccaDestroyedNeedsConsent,
      ccaUnmapMarks,
      ccaUnmapMayStop,
      ccaTlbiBeforeDelegated,
      ccaUnprotUnmapOwesTlbi,
      ccaKvmUnmapThenUndelegate,
      ccaUndelegateFromDelegated,
      ccaUndelegateScrubs,
      ccaKvmFailedIsFreed,
      ccaHostAccessFaults,
    ],
  },
  sizes: {
    says:
      'None for a device of the host: each granule is checked by itself. Of a block entry of the RTT no page is ' +
      'unmapped before a table replaces it.',
    rules: [ccaGptChecksDma, ccaUnmapNeedsPageLevel, ccaFoldNeedsSame, ccaFoldBreaks, ccaKvmFoldsAfterUnmap],
  },
  trusted: {
    says:
      'The RMM keeps the record of granules and the RTT, EL3 the table. A device that the realm trusts is translated ' +
      'by the RTT, once the realm has enabled its DMA; no kernel has such devices yet.',
    rules: [
      ccaUndelegateFromDelegated,
      ccaVdevByRtt,
      ccaVdevStartsDisabled,
      ccaVdevEnableNeedsStarted,
      ccaVdevUnlockStopsFirst,
      ccaTlbiAtSmmu,
      ccaKvmNoDevices,
    ],
  },
  hostAccessIsFatal: false,
  blockedIsRecorded: false,
  blockedReason: FaultReason.GranuleProtection,
  guestTable: 'rtt',
  trustedTable: 'rtt',
  allows: {
    dmaToPrivate: ['contained-fault'],
    poisonConsumer: ['host', 'td'],
    privateGpaInput: ['passes'],
    iovaShared: ['kept', 'stripped'],
    ownerCheck: ['frame'],
    identityMap: ['absent'],
  },
}
