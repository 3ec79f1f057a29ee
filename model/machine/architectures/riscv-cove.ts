import {
  coveConvertChangesMpt,
  coveConvertedIsClosed,
  coveConvertThenFence,
  coveIoByGStage,
  coveIoCachesInvalidated,
  coveIoDisabledAtBind,
  coveIoEnabledAtStart,
  coveIoOwnIommu,
  coveIoTrustedTlp,
  coveReclaimScrubs,
  coveReclaimUnassigned,
  coveRemoveReturns,
  coveShareRemovesFirst,
  coveSharingLosesContent,
  coveUnshareRemoves,
  mptAtsRange,
  mptChecksAddress,
  mptChecksIommu,
  mptDeniedAborts,
  mptFenceCommits,
  mptInvalSynchronises,
  mptOldEntryUsable,
  mptReadCompleted,
  mptWriteDiscarded,
  riscvFenceOrdersProcessed,
  riscvInvalidationByAddress,
  riscvOldOrNew,
  riscvReclaimOrder,
  riscvTwoSizes,
} from '../../../spec/index.js'
import { FaultReason } from '../effects.js'
import type { Architecture } from './architecture.js'

export const riscvCove: Architecture = {
  title: 'RISC-V CoVE (drafts)',
  protects: {
    says: 'A memory protection table says which frames are confidential. A checker looks each DMA up, by its frame.',
    rules: [mptChecksAddress, mptChecksIommu, mptDeniedAborts],
  },
  blocked: {
    says: 'The access is aborted. A write may vanish without a record, and a read may be answered with any data.',
    rules: [mptDeniedAborts, mptWriteDiscarded, mptReadCompleted],
  },
  handOver: {
    says:
      'The host has a page converted, and every hart fenced, before the guest gets it. Before one is shared, it is ' +
      'invalidated, the vCPUs are fenced, and it is removed and reclaimed. The text leaves open whether a conversion ' +
      'reaches the checkers of devices.',
    rules: [
      coveConvertThenFence,
      coveConvertChangesMpt,
      coveConvertedIsClosed,
      mptInvalSynchronises,
      mptFenceCommits,
      mptOldEntryUsable,
      riscvReclaimOrder,
      riscvFenceOrdersProcessed,
      coveShareRemovesFirst,
      coveSharingLosesContent,
      coveRemoveReturns,
      coveReclaimUnassigned,
      coveReclaimScrubs,
      coveUnshareRemoves,
    ],
  },
  sizes: {
    says: 'None: each access is checked by its frame. Only a translation for ATS needs all that it covers.',
    rules: [mptAtsRange, riscvTwoSizes, riscvOldOrNew, riscvInvalidationByAddress],
  },
  trusted: {
    says:
      'The TSM writes the tables, or has them written. A device that the guest trusts (CoVE-IO) is translated by the ' +
      'G-stage table of the guest, in an IOMMU of the TSM, once the guest has started its interface.',
    rules: [
      coveConvertChangesMpt,
      coveIoOwnIommu,
      coveIoByGStage,
      coveIoDisabledAtBind,
      coveIoEnabledAtStart,
      coveIoCachesInvalidated,
      coveIoTrustedTlp,
    ],
  },
  hostAccessIsFatal: false,
  blockedIsRecorded: false,
  blockedReason: FaultReason.MptCheck,
  guestTable: 'tsm',
  trustedTable: 'g-stage',
  allows: {
    dmaToPrivate: ['contained-fault'],
    poisonConsumer: ['host', 'td'],
    privateGpaInput: ['passes'],
    iovaShared: ['stripped'],
    ownerCheck: ['frame'],
    identityMap: ['absent'],
  },
}
