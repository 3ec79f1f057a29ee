import type { ErrnoCode } from './units.js'

/** How a DMA ended in the last step. */
export const DmaEnd = {
  /** No DMA ended in the step. */
  None: 0,
  /** The data of the DMA was moved. */
  Done: 1,
  /** The DMA moved no data (rule vtd.faults/blocked-never-completes); `Effects.reason` says why. */
  Blocked: 2,
} as const
/** How a conversion ended in the last step; a RETRY is not an end. */
export const ConversionEnd = {
  /** None ended. */
  None: 0,
  /** The guest was told that the pages are as it asked. */
  Done: 1,
  /** The guest was told of an error. */
  Refused: 2,
  /** The guest was told to ask again for the rest. */
  Retry: 3,
  /** Not of a request: a stray load has had its page converted. */
  Stray: 4,
  /** The VM is stopped instead of an answer. */
  Stopped: 5,
} as const

/** Whether a `ConversionEnd` is an error: the guest was told so, or the VM is stopped. */
export const isError = (conversion: number): boolean =>
  conversion === ConversionEnd.Refused || conversion === ConversionEnd.Stopped

/**
 * Why a DMA was blocked, in the order of `reasonNames`. Those of `MptCheck` and `GranuleProtection` are never recorded
 * by a unit (`blockedIsRecorded` of their architectures): three bits of a fault record hold the eight before them.
 */
export const FaultReason = {
  /** No entry maps the page (rule vtd.permissions/not-present-reason). */
  NotPresent: 0,
  /** A write through an entry without W (rule vtd.permissions/write-needs-w). */
  NoWrite: 1,
  /** A read through an entry without R (rule vtd.permissions/read-needs-r). */
  NoRead: 2,
  /** TDX: the entry leads to a frame of the TD, whose key ID is private (rule tdx.dma/private-key-id). */
  PrivateKey: 3,
  /** TDX: the address of the DMA has SHARED clear, and the platform aborts such (rule tdx.dma/private-gpa). */
  PrivateGpa: 4,
  /** The device is attached to no domain (rule vtd.domains/detach-blocks). */
  NoContext: 5,
  /** SEV-SNP: the RMP does not let the host reach a frame that the entry covers (rule snp.dma/rmp-checked). */
  RmpCheck: 6,
  /** pKVM: the hypervisor's identity map, stage 2 of the SMMU, has no entry for the frame (rule pkvm.iommu/stage-2). */
  Stage2: 7,
  /** RISC-V: the memory protection table disallows the access (rule riscv.iompt/denied-aborts). */
  MptCheck: 8,
  /** Arm CCA: the granule is not Non-secure (rule cca.dma/gpt-checked). */
  GranuleProtection: 9,
} as const
/** What traces and litmus tests call each `FaultReason`, by its value. */
export const reasonNames = [
  'not present',
  'write without W',
  'read without R',
  'private key ID',
  'private GPA',
  'no context entry',
  'RMP check',
  'stage 2',
  'MPT check',
  'granule protection',
] as const

/** The calls of a driver and of KVM. `attach` and `detach` are of a device that is plugged in, or unplugged. */
export const CallKind = {
  map: 1,
  unmap: 2,
  attach: 3,
  detach: 4,
  'set-private': 5,
  'set-shared': 6,
  'discard-shared': 7,
  'discard-private': 8,
  'delete-slot': 9,
  'create-slot': 10,
} as const

/** What each call does, in a sentence. */
export const callSays: Readonly<Record<keyof typeof CallKind, string>> = {
  map: 'The driver maps a range for DMA, and pins it where it holds pins.',
  unmap: 'The driver unmaps a range for DMA; when it returns, no device reaches the pages any more.',
  attach: 'The driver attaches a device that is plugged in to the tables in use.',
  detach:
    'The driver detaches a device that is unplugged; what becomes of mappings with the last one is up to the driver.',
  'set-private': 'KVM_SET_MEMORY_ATTRIBUTES: KVM drops the shared side of a range and makes its pages private.',
  'set-shared': 'KVM_SET_MEMORY_ATTRIBUTES: KVM takes the pages of a range from the guest and makes them shared.',
  'discard-shared': 'Punches the shared backing of a range: frames that nothing pins are freed.',
  'discard-private': 'Punches guest_memfd over a range: the frames of its private side are freed.',
  'delete-slot': 'KVM_SET_USER_MEMORY_REGION: KVM drops the translations of a memory slot, and the slot.',
  'create-slot': 'KVM_SET_USER_MEMORY_REGION: KVM gets a memory slot for the memory again.',
}

/** The calls of a driver, which hold the container's lock, and so what it keeps account of. */
export const isOfContainer = (kind: number): boolean => kind <= CallKind.detach

/** What one step did beyond its state: numbers only, so that a step allocates nothing. -1 is "none". */
export class Effects {
  /** Errno of the step, 0 if it did not fail, and the index of the rule behind it (`failing`). */
  errno: ErrnoCode = 0
  cause = -1

  dma = 0
  device = -1
  gfn = -1
  write = 0
  reason = 0
  /** Whether the blocked DMA was to a page that had been shared since it was issued. */
  wasShared = 0
  /** Whether a record was written or the overflow set; -1 if a cited rule suppresses the record. */
  recorded = 0
  /** The DMA met an entry of the IOTLB or of a device TLB. */
  cached = 0

  /** Tag or poison that a guest found in an accepted private page; -1 for none. */
  readTag = -1
  readPoison = 0

  /** The page that the guest used, and whose content was cleared; -1 for none. */
  clearedInUse = -1

  /** The page at which KVM installed a frame that had left it since the fault found it; -1 for none. */
  installedLost = -1

  /** 1 if a host CPU touched memory by HVA. */
  hostAccess = 0

  conversion = 0
  vcpu = -1
  toPrivate = 0
  endCause = -1
  /** The pages of the conversion that ended. */
  endFirst = 0
  endEnd = 0
  /** 1 if every page of it has the attribute that was asked for, as far as the guest was told that it has. */
  asAsked = 1
  /** 1 if every other page of it has the attribute that the guest was told. */
  asTold = 1
  /** 1 if it asked for what was so already, and 1 if that took a mapping, a pin or a frame away. */
  wasNoop = 0
  tookAway = 0

  /**
   * Which call ended (`CallKind`); 0 if none did. Of calls that succeed, only those of the container: each ends with a
   * step of its own, and others may have none.
   */
  callKind = 0
  /** Errno (`Errno`) with which it ended and that its caller was told; 0 if it succeeded. */
  callFailed = 0
  callCause = -1
  /** Permissions that it asked for (1 read, 2 write), if it was a raw map; 0 are both. */
  callRights = 0
  /** What was wrong with it (`Flaw`), if it was a raw call. */
  callFlaw = 0
  /** The page that a step pinned though its mapping had a pin of it; -1 for none. */
  pinnedAgain = -1
  /** The page that stayed mapped while its entry got other permissions; -1 for none. */
  rightsChanged = -1
  /** The range of that call, and the mappings that are gone since it began. */
  callFirst = 0
  callEnd = 0
  lostMappings = 0
  /** If it failed, the mapping at which it stopped, and what else is gone. */
  callArea = 0
  lostEntries = 0
  lostLocked = 0
  lostPinned = 0
  lostShared = 0
  /** The mapping that went in this step (an end of 0 is none), and the range of the call that took it. */
  goneFirst = 0
  goneEnd = 0
  takenFirst = 0
  takenEnd = 0
  /** 1 if the TDX module gave a page of the TD back. */
  removed = 0
  /** 1 if the teardown ended. */
  tornDown = 0

  /**
   * Whether a DMA, a conversion, a call, a mapping or the teardown ended, something failed, a host CPU touched memory,
   * the guest read what it accepted, what it uses was cleared, or the TDX module gave a page back.
   */
  get tells(): boolean {
    return (
      this.dma !== 0 ||
      this.conversion !== 0 ||
      this.cause >= 0 ||
      this.callKind !== 0 ||
      this.pinnedAgain >= 0 ||
      this.rightsChanged >= 0 ||
      this.readTag >= 0 ||
      this.clearedInUse >= 0 ||
      this.installedLost >= 0 ||
      this.goneEnd !== 0 ||
      this.hostAccess !== 0 ||
      this.removed !== 0 ||
      this.tornDown !== 0
    )
  }

  clear(): void {
    this.errno = 0
    this.cause = -1
    this.dma = 0
    this.device = -1
    this.gfn = -1
    this.wasShared = 0
    this.recorded = 0
    this.cached = 0
    this.readTag = -1
    this.clearedInUse = -1
    this.installedLost = -1
    this.readPoison = 0
    this.hostAccess = 0
    this.conversion = 0
    this.vcpu = -1
    this.callKind = 0
    this.callFailed = 0
    this.callCause = -1
    this.pinnedAgain = -1
    this.rightsChanged = -1
    this.goneEnd = 0
    this.removed = 0
    this.tornDown = 0
  }
}
