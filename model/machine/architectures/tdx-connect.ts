import {
  dmarAcceptByGuest,
  guestReleasesFirst,
  iqRequestDrains,
  kvmRemovalOrder,
  pageIsReg,
  privateHalfByModule,
  privateKeyIdAborts,
  privateKeyNotInHostEntry,
  releaseBeforeBlock,
  removeWaitsForIommus,
  sharedHalfUnmapped,
  sharedRootByHost,
  trackBeforeRemove,
  trackCountsIommus,
  trustedDmaSecureEpt,
  unmapBeforePrivate,
  wbinvdBeforeReuse,
} from '../../../spec/index.js'
import type { Architecture } from './architecture.js'
import { tdx } from './tdx.js'

export const tdxConnect: Architecture = {
  ...tdx,
  title: 'Intel TDX Connect',
  trustedTable: 'secure-ept',
  protects: {
    says:
      'As on TDX from devices that the guest does not trust. A trusted device translates by the secure EPT, and its ' +
      'private addresses carry the key of the TD.',
    rules: [privateKeyIdAborts, trustedDmaSecureEpt],
  },
  handOver: {
    says:
      'The host unmaps DMA before a page becomes private, for trusted devices as well. Before one is shared the ' +
      'guest releases it; KVM blocks it, begins a TLB epoch, kicks the vCPUs, has every IOMMU of the TD invalidate ' +
      'its IOTLB, has the page removed, and writes its caches back.',
    rules: [
      unmapBeforePrivate,
      sharedHalfUnmapped,
      guestReleasesFirst,
      releaseBeforeBlock,
      kvmRemovalOrder,
      trackBeforeRemove,
      trackCountsIommus,
      iqRequestDrains,
      removeWaitsForIommus,
      wbinvdBeforeReuse,
    ],
  },
  sizes: { says: tdx.sizes.says, rules: [pageIsReg] },
  trusted: {
    says:
      'The TDX module writes the secure EPT. The host adds an entry for a device to the tables of the module; it ' +
      'leads to the secure EPT when the guest has accepted it. The shared half is an EPT of the host.',
    rules: [privateKeyNotInHostEntry, dmarAcceptByGuest, privateHalfByModule, sharedRootByHost],
  },
}
