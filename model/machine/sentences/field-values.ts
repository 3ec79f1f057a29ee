import type { ValueSentences } from '../fields.js'
import type { platformTable } from '../platform.js'
import type { scopeTable } from '../scope.js'

/** What the values of the platform's fields say, in a sentence; `platformTable` says what the field is about. */
export const platformValueSays: ValueSentences<typeof platformTable> = {
  rmpEntries: {
    '4k': 'Each page has an entry of its own.',
    largest: 'One entry for a superpage of which no page is assigned and all are private.',
  },
  ioMpt: {
    synchronised: 'The TSM has the checkers drop what they have of the page (MPTINVAL), and waits for DMA (IOFENCE).',
    kept: 'The fences are of harts alone: a checker may let DMA through by an entry that it kept.',
  },
  rttEntries: {
    pages: 'Each page has an entry of its own.',
    blocks: 'One entry for a superpage of which no page is delegated and all are private.',
  },
  architecture: {
    tdx: 'Intel TDX: lines of private memory have a private key, and the TDX module keeps the secure EPT.',
    'tdx-connect': 'Intel TDX Connect: TDX with devices that the guest trusts, which translate by the secure EPT.',
    'sev-snp': 'AMD SEV-SNP: the RMP says which frames are assigned, and the IOMMU checks it at the size of its entry.',
    'riscv-cove':
      'RISC-V with CoVE: a memory protection table says which frames are confidential, and is checked at each.',
    pkvm: 'Protected KVM (pKVM): the hypervisor keeps the stage 2 of the host, of its devices and of the guest.',
    'arm-cca':
      'Arm CCA: the granule protection table says which granules are delegated, and the SMMU checks it at each access.',
  },
  identityMap: {
    absent: 'There is none.',
    nested: 'A DMA is translated by the tables of the host, and then by the identity map of the hypervisor.',
    counted: 'The hypervisor writes the tables for the host, and a page that one of them maps keeps its owner.',
  },
  pageRelease: {
    absent: 'The host blocks any page.',
    required: 'The host cannot block a page that the guest has accepted and not released.',
  },
  dmaToPrivate: {
    'contained-fault': 'The access faults, and nothing else happens.',
    'poison-then-host-fatal':
      'A write poisons the line; the machine check that ends the host comes when the poison is consumed.',
    'host-fatal': 'The access ends the host by a machine check.',
  },
  poisonConsumer: {
    td: 'The TD dies.',
    host: 'The host dies.',
  },
  privateGpaInput: {
    aborts: 'The IOMMU aborts the request.',
    passes: 'The request is translated like any other.',
  },
  iovaShared: {
    stripped: 'DMA addresses leave the SHARED bit out.',
    kept: 'DMA addresses have the SHARED bit.',
  },
  sharedBit: {
    47: 'Bit 47 of a guest physical address.',
    51: 'Bit 51 of a guest physical address.',
  },
  drain: {
    none: 'A wait waits for no DMA that is in flight.',
    writes: 'A wait waits for writes in flight, and not for reads.',
    both: 'A wait waits for writes and reads in flight.',
  },
  psiMatch: {
    containment: 'It drops a larger entry that contains the range.',
    within: 'It drops only entries that lie inside of the range: a superpage stays.',
  },
  inPlacePinCheck: {
    refuse: 'A conversion to private of a pinned page is refused with EAGAIN.',
    none: 'A pinned page becomes private.',
  },
  inPlacePinPrivate: {
    refuse: 'A private page cannot be pinned.',
    allow: 'A private page can be pinned.',
  },
  deviceInvalidation: {
    drains: 'The device answers after the DMA that used the entry.',
    early: 'The device may answer ahead of its writes.',
  },
  ownerCheck: {
    frame: 'The frame that the DMA reaches is checked.',
    leaf: 'All frames of the leaf are checked, those of a superpage at once.',
  },
  unitMessages: {
    'host-chosen': 'The host chooses the address, untranslated and unchecked.',
    denied: 'A message to a frame of the guest is denied.',
  },
  partialUnmap: {
    refuse: 'It stops before the superpage.',
    enlarge: 'It takes all of a superpage at which it begins.',
    'run-on': 'It takes all of a superpage at which it begins, and the memory of any other for a table (Linux 6.12).',
    split: 'It puts a table with the rest in the place of the superpage (Linux 6.12 on SMMUv3).',
    whole: 'It takes all of the superpage, wherever in it it begins (Linux 6.12 on AMD-Vi).',
  },
  mapOverLeaf: {
    refuse: 'A map over an entry that is present is refused.',
    'replace-large': 'It succeeds: a superpage replaces what is there, and a small entry does not (Linux 6.12).',
    'replace-table': 'A superpage replaces a table with all its leaves; over a leaf a map is refused (SMMUv3).',
    'replace-all': 'Each leaf takes the place of whatever is there (Linux 6.12 on AMD-Vi).',
  },
  emptyTable: {
    'flush-then-free': 'A table page is freed after caches have dropped what they know of it.',
    'free-then-flush': 'A table page is freed first (Linux 6.12).',
  },
  unmapAtHole: {
    stop: 'The unmap stops at a hole.',
    'skip-enlarged': 'It continues behind the hole, part by part (Linux 6.12).',
    'stop-by-size': 'It stops there; of all of a superpage it takes the table, holes and all (SMMUv3).',
    'count-empty': 'It counts an empty entry of a table, and stops where there is no table (Linux 6.12 on AMD-Vi).',
  },
  wrapErrno: {
    EINVAL: 'EINVAL.',
    EOVERFLOW: 'EOVERFLOW.',
  },
  topMapping: {
    found: 'It is found as any other.',
    missed: 'An unmap that meets it leaves its entries and its pins (Linux 6.12).',
  },
  faultAfterRead: {
    recorded: 'The access is recorded.',
    suppressed: 'The access is not recorded (QEMU).',
  },
  faultSide: {
    'after-sequence': 'A conversion since the comparison is seen, and the fault repeated (KVM on x86).',
    'before-sequence': 'A conversion between the two is not seen: the page is mapped (v12 of the series for Arm CCA).',
  },
  queueErrorLater: {
    'stands-still': 'The queue stands still, and no wait ends (Linux): the model asks no such error.',
    'ends-wait': 'The wait for the batch ends, as at an error of its first descriptor.',
  },
  faultWithoutDomain: {
    recorded: 'The access is recorded.',
    unrecorded: 'The access is aborted, and not recorded (SMMUv3).',
  },
  backings: {
    separate: 'The shared and the private side of a page have frames of their own.',
    'in-place': 'One frame is either side of a page.',
  },
}

/** The same of the scope's fields. */
export const scopeValueSays: ValueSentences<typeof scopeTable> = {
  frames: {
    page: 'Every page has frames of its own.',
    pool: 'Any page may get any free frame.',
  },
  backing: {
    separate: 'The shared and the private side of a page have frames of their own.',
    'in-place': 'One frame is either side of a page.',
  },
  start: {
    shared: 'Every page is shared before the host boots.',
    private: 'Every page is private before the host boots.',
  },
  requests: {
    pages: 'The guest asks for one page at once.',
    superpages: 'The guest asks for a superpage at once.',
    both: 'The guest asks for a page, a superpage, or two superpages in a row.',
  },
  guest: {
    cooperative: 'The guest neither asks again for a page under conversion nor uses it.',
    arbitrary: 'The guest races itself: it asks again for pages under conversion, and uses them.',
  },
  implicit: {
    none: 'No memory fault is answered by a conversion.',
    own: 'The guest touches a page by its other side in place of a request.',
    stray: 'A load meets a page under conversion by its shared side.',
    both: 'Both own and stray faults are answered.',
  },
}
