import type { Platform } from './table.js'

const reading2021: Platform = {
  dmaToPrivate: 'contained-fault',
  poisonConsumer: 'td',
  privateGpaInput: 'passes',
  iovaShared: 'stripped',
  sharedBit: 47,
  drain: 'both',
  psiMatch: 'within',
  inPlacePinCheck: 'none',
  inPlacePinPrivate: 'allow',
  replaceHitless: true,
  cachingMode: false,
  ats: false,
  deviceInvalidation: 'drains',
  ownerCheck: 'frame',
  rootFlushes: false,
  unitMessages: 'host-chosen',
  coherentPageWalk: true,
  partialUnmap: 'enlarge',
  writeImpliesRead: false,
  mapOverLeaf: 'refuse',
  emptyTable: 'flush-then-free',
  unmapAtHole: 'stop',
  wrapErrno: 'EOVERFLOW',
  topMapping: 'found',
  faultAfterRead: 'recorded',
  faultWithoutDomain: 'recorded',
  queueErrorLater: 'stands-still',
  faultProcessingDisable: false,
  mapFile: true,
  backings: ['separate', 'in-place'],
  ioMpt: 'synchronised',
  rmpEntries: '4k',
  rttEntries: 'pages',
  faultSide: 'after-sequence',
  pageRelease: 'absent',
  identityMap: 'absent',
  architecture: 'tdx',
}

const linux72: Platform = {
  ...reading2021,
  dmaToPrivate: 'host-fatal',
  poisonConsumer: 'host',
  replaceHitless: false,
  backings: ['separate'],
}

const linux612: Platform = {
  ...linux72,
  writeImpliesRead: true,
  partialUnmap: 'run-on',
  mapOverLeaf: 'replace-large',
  emptyTable: 'free-then-flush',
  unmapAtHole: 'skip-enlarged',
  wrapErrno: 'EINVAL',
  topMapping: 'missed',
  mapFile: false,
}

/** Linux 7.2 on a host with SEV-SNP on, and what in-place conversion would be there. */
const sevSnp: Platform = {
  ...linux72,
  architecture: 'sev-snp',
  dmaToPrivate: 'contained-fault',
  ownerCheck: 'leaf',
  backings: ['separate', 'in-place'],
}

/** Linux 7.2 on a host with TDX Connect, as far as public text and code say what KVM would have to do there. */
const tdxConnect: Platform = {
  ...linux72,
  architecture: 'tdx-connect',
  pageRelease: 'required',
  backings: ['separate', 'in-place'],
}

/** KVM with the series for Arm CCA, and the SMMU of the host: the driver refuses an unmap of a part of a block. */
const armCca: Platform = {
  ...linux72,
  architecture: 'arm-cca',
  dmaToPrivate: 'contained-fault',
  iovaShared: 'kept',
  partialUnmap: 'refuse',
  backings: ['separate', 'in-place'],
}

/** Linux 7.2 on arm64 under pKVM, with the SMMUv3 series: a page is shared in place, and no unmap splits a block. */
const pkvm: Platform = {
  ...linux72,
  architecture: 'pkvm',
  dmaToPrivate: 'contained-fault',
  identityMap: 'nested',
  partialUnmap: 'refuse',
  backings: ['in-place'],
}

/**
 * RISC-V with CoVE, as its texts have it: a page-selective invalidation goes by address, and a page may become larger
 * without a moment of blocked translation. No kernel's host of CoVE is public; the rest is Linux 7.2.
 */
const riscvCove: Platform = {
  ...linux72,
  architecture: 'riscv-cove',
  dmaToPrivate: 'contained-fault',
  psiMatch: 'containment',
  replaceHitless: true,
  backings: ['separate', 'in-place'],
}

/**
 * Platforms by their names: readings of the sources, kernels, an emulated IOMMU, and other architectures.
 *
 * @example
 * presets['linux-7.2'].mapFile // true
 */
export const presets = {
  'tdx-2021-reading': reading2021,
  'tdx-2026-reading': { ...reading2021, dmaToPrivate: 'host-fatal', poisonConsumer: 'host' },
  'linux-6.12': linux612,
  'linux-7.2': linux72,
  'qemu-vtd': { ...linux612, rootFlushes: true, faultAfterRead: 'suppressed', psiMatch: 'containment' },
  'sev-snp': sevSnp,
  'riscv-cove': riscvCove,
  'arm-cca': armCca,
  'tdx-connect': tdxConnect,
  pkvm,
} as const satisfies Record<string, Platform>

/**
 * The name of a preset.
 *
 * @example
 * const name: PresetName = 'linux-7.2'
 */
export type PresetName = keyof typeof presets
