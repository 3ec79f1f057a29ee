import type { Field, ValueOf } from '../fields.js'

/**
 * What the sources leave open, or hardware and kernels vary: each field with the values that it takes. Each has its
 * entry in `spec/questions.md`.
 */
export const platformTable = {
  dmaToPrivate: {
    kind: 'choice',
    values: ['contained-fault', 'poison-then-host-fatal', 'host-fatal'],
    description: 'What an untrusted DMA does that arrives at a frame owned by the guest.',
  },
  poisonConsumer: {
    kind: 'choice',
    values: ['td', 'host'],
    description: 'Who dies when poison in a private page is consumed.',
  },
  privateGpaInput: {
    kind: 'choice',
    values: ['aborts', 'passes'],
    description: 'The "may" rule: whether the IOMMU aborts a request whose address has SHARED = 0.',
  },
  iovaShared: {
    kind: 'choice',
    values: ['stripped', 'kept'],
    description: 'Whether DMA addresses carry the SHARED bit.',
  },
  sharedBit: {
    kind: 'choice',
    values: [47, 51],
    description: 'Which bit of a guest physical address says SHARED. It changes no run.',
  },
  drain: {
    kind: 'choice',
    values: ['none', 'writes', 'both'],
    description: 'Which DMA a completed wait descriptor has waited for.',
  },
  psiMatch: {
    kind: 'choice',
    values: ['containment', 'within'],
    description: 'Whether a page-selective invalidation drops a larger cached entry that contains its range.',
  },
  inPlacePinCheck: {
    kind: 'choice',
    values: ['refuse', 'none'],
    description: 'In place, to private: whether a pinned page is refused with EAGAIN.',
  },
  inPlacePinPrivate: {
    kind: 'choice',
    values: ['refuse', 'allow'],
    description: 'In place: whether a page that is private now can be pinned for DMA.',
  },
  replaceHitless: {
    kind: 'flag',
    description: 'Whether a device moves from one domain to another without a moment of blocked translation.',
  },
  cachingMode: {
    kind: 'flag',
    description: 'Whether not-present entries may be cached, so that a map needs an invalidation.',
  },
  ats: {
    kind: 'flag',
    description: 'Whether devices have a device TLB.',
  },
  deviceInvalidation: {
    kind: 'choice',
    values: ['drains', 'early'],
    description:
      'Whether a device answers an invalidation of its TLB after the DMA that used it, or before its writes.',
  },
  ownerCheck: {
    kind: 'choice',
    values: ['frame', 'leaf'],
    description: 'Whether the owner is checked of the frame that a DMA reaches, or of all frames of its leaf.',
  },
  rootFlushes: {
    kind: 'flag',
    description: 'Whether a unit drops all that it has cached when its root pointer is set (ESRTPS).',
  },
  unitMessages: {
    kind: 'choice',
    values: ['host-chosen', 'denied'],
    description: 'Whether the host may choose where a unit writes its fault messages.',
  },
  coherentPageWalk: {
    kind: 'flag',
    description: 'Whether the IOMMU snoops CPU caches when it reads its tables.',
  },
  partialUnmap: {
    kind: 'choice',
    values: ['refuse', 'enlarge', 'run-on', 'split', 'whole'],
    description:
      'An unmap of a part of a superpage: it stops before it, or takes all of one at which it begins, or does that, ' +
      'takes the memory of any other for a table, and runs on for the length of a superpage from its first page; or ' +
      'it puts a table with the rest in the place of the superpage; or it takes all of it, wherever in it it begins.',
  },
  writeImpliesRead: {
    kind: 'flag',
    description: 'Whether every present entry lets the device read (Linux 6.12).',
  },
  mapOverLeaf: {
    kind: 'choice',
    values: ['refuse', 'replace-large', 'replace-table', 'replace-all'],
    description:
      'A map over an entry that is present: it is refused, or succeeds, and then a superpage replaces what is there, ' +
      'and a small entry does not; or only a superpage over a table succeeds, and takes its place with all its ' +
      'leaves; or each takes the place of whatever is there, and a superpage makes way for an empty table.',
  },
  emptyTable: {
    kind: 'choice',
    values: ['flush-then-free', 'free-then-flush'],
    description:
      'A superpage over a table, or an unmap in parts: whether a table page is freed before what caches know of it ' +
      'is dropped.',
  },
  unmapAtHole: {
    kind: 'choice',
    values: ['stop', 'skip-enlarged', 'stop-by-size', 'count-empty'],
    description:
      'An unmap that comes to a hole: it stops there, or continues behind it, part by part, and a part that begins ' +
      'where there is no table for at least as much as a table maps; or it stops there, but where its range has all ' +
      'of a superpage takes the table of it, holes and all; or it counts an empty entry of a table as removed, and ' +
      'stops where there is no table.',
  },
  wrapErrno: {
    kind: 'choice',
    values: ['EINVAL', 'EOVERFLOW'],
    description: 'The errno of a type1 request that wraps around.',
  },
  topMapping: {
    kind: 'choice',
    values: ['found', 'missed'],
    description:
      'Whether type1 finds a mapping that ends at the last 64-bit address, where the sum of address and size is 0.',
  },
  faultAfterRead: {
    kind: 'choice',
    values: ['recorded', 'suppressed'],
    description: 'Whether an access that a cached entry forbids is recorded (QEMU: not).',
  },
  faultWithoutDomain: {
    kind: 'choice',
    values: ['recorded', 'unrecorded'],
    description: 'Whether blocked DMA of a device that is attached to no domain is recorded (SMMUv3: not).',
  },
  queueErrorLater: {
    kind: 'choice',
    values: ['stands-still', 'ends-wait'],
    description:
      'An error of a unit at a descriptor behind the first of a batch: no wait ends, so that none is asked, or the ' +
      'wait for the batch ends as at one of the first.',
  },
  faultProcessingDisable: {
    kind: 'flag',
    description: "Fault-processing disable in the device's context entry: faults are blocked but not recorded.",
  },
  mapFile: {
    kind: 'flag',
    description: 'Whether iommufd maps by file descriptor and offset.',
  },
  backings: {
    kind: 'list',
    values: ['separate', 'in-place'],
    description: 'Which backings the kernel offers.',
  },
  ioMpt: {
    kind: 'choice',
    values: ['synchronised', 'kept'],
    description: 'RISC-V: whether I/O MPT checkers are invalidated when memory becomes confidential.',
  },
  rmpEntries: {
    kind: 'choice',
    values: ['4k', 'largest'],
    description: 'SEV-SNP: whether the RMP gets an entry of a superpage where all of its pages become private at once.',
  },
  rttEntries: {
    kind: 'choice',
    values: ['pages', 'blocks'],
    description: 'Arm CCA: whether the RTT gets a block entry where all pages of a superpage become private at once.',
  },
  faultSide: {
    kind: 'choice',
    values: ['after-sequence', 'before-sequence'],
    description:
      'Arm CCA: whether a private fault compares its side with the attribute after it has noted the sequence of ' +
      'invalidations, or before, so that a conversion in between goes unseen.',
  },
  pageRelease: {
    kind: 'choice',
    values: ['absent', 'required'],
    description: 'TDX: whether the guest has to release a private page that it accepted before the host can block it.',
  },
  identityMap: {
    kind: 'choice',
    values: ['absent', 'nested', 'counted'],
    description:
      'pKVM: whether the stage 2 of the IOMMU is the identity map of the host, below the tables of the host; or the ' +
      'hypervisor writes these tables, and counts the mappings of each page.',
  },
  architecture: {
    kind: 'choice',
    values: ['tdx', 'sev-snp', 'riscv-cove', 'arm-cca', 'tdx-connect', 'pkvm'],
    description: 'Whose protection of guest memory the machine has: what holds of each is one value of the model.',
  },
} as const satisfies Readonly<Record<string, Field>>

type PlatformTable = typeof platformTable
/**
 * All fields of a platform, each with its value.
 *
 * @example
 * const platform: Platform = { ...presets['linux-7.2'], drain: 'none' }
 */
export type Platform = { readonly [Name in keyof PlatformTable]: ValueOf<PlatformTable[Name]> }
