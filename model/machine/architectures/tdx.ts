import {
  kvmRemovalOrder,
  pageIsReg,
  privateKeyIdAborts,
  privateKeyNotInHostEntry,
  removalIgnoresIommu,
  trackBeforeRemove,
  unmapBeforePrivate,
  untrustedDmaContained,
  untrustedDmaHostFatal,
  wbinvdBeforeReuse,
} from '../../../spec/index.js'
import { FaultReason } from '../effects.js'
import type { Architecture } from './architecture.js'

export const tdx: Architecture = {
  title: 'Intel TDX',
  protects: {
    says: 'A line of private memory has a private key, by which an access that comes to the frame is checked.',
    rules: [privateKeyIdAborts, removalIgnoresIommu],
  },
  blocked: {
    says: 'The access faults by itself, or ends the host by a machine check: sources differ.',
    rules: [untrustedDmaContained, untrustedDmaHostFatal],
  },
  handOver: {
    says:
      'The host unmaps DMA before a page becomes private. Before one is shared, KVM blocks it, begins a TLB epoch, ' +
      'kicks the vCPUs, has the page removed, and writes its caches back.',
    rules: [unmapBeforePrivate, kvmRemovalOrder, trackBeforeRemove, wbinvdBeforeReuse],
  },
  sizes: { says: 'None: an I/O entry of any size leads to frames that are checked one by one.', rules: [pageIsReg] },
  trusted: {
    says: 'The TDX module writes the secure EPT. Devices that the guest trusts are not modelled.',
    rules: [privateKeyNotInHostEntry],
  },
  hostAccessIsFatal: true,
  blockedIsRecorded: true,
  blockedReason: FaultReason.PrivateKey,
  guestTable: 'secure-ept',
  trustedTable: 'none',
  allows: {
    dmaToPrivate: ['host-fatal', 'contained-fault', 'poison-then-host-fatal'],
    poisonConsumer: ['host', 'td'],
    privateGpaInput: ['passes', 'aborts'],
    iovaShared: ['stripped', 'kept'],
    ownerCheck: ['frame', 'leaf'],
    identityMap: ['absent'],
  },
}
