/** KVM's memory attribute of a page. */
export const Attr = {
  /** The host and devices may use the page. */
  Shared: 0,
  /** Only the TD may use the page (KVM_MEMORY_ATTRIBUTE_PRIVATE). */
  Private: 1,
} as const

/** Whose a host frame is. */
export const Owner = {
  /** Not allocated. */
  Free: 0,
  /** Allocated by the host as shared memory. */
  Host: 1,
  /** The TD's: its lines carry a private key ID. */
  Td: 2,
  /** Taken from the TD (TDH.MEM.PAGE.REMOVE), and not yet freed by the host. */
  Removed: 3,
} as const

/** Who wrote to a frame last. */
export const Tag = {
  /** Cleared when it was allocated or accepted, and not written since. */
  Zero: 0,
  /** A vCPU of the guest. */
  Guest: 1,
  /** A DMA. */
  Device: 2,
  /** User space of the host. */
  Host: 3,
  /** The IOMMU driver, which took the frame for a table of its own. */
  Table: 4,
} as const

/**
 * Secure EPT entry of a page. On SEV-SNP: free, if no frame of it is assigned in the RMP; pending, until it is
 * validated; blocked, while the nested page table does not map it. On RISC-V, of the TSM's table: free, mapped or
 * blocked. On Arm CCA, the RTT entry: pending, if it is assigned with another RIPAS than RAM; blocked, if it is
 * unmapped and owes an invalidation; pending-blocked, if that is done, and the mark is still there. On pKVM, of the
 * guest's stage 2: free, or mapped as a page that the guest owns and does not share.
 */
export const Sept = {
  /** No page is there. */
  Free: 0,
  /** A page was added (TDH.MEM.PAGE.AUG), and the guest has not accepted it. */
  Pending: 1,
  /** The guest has accepted the page. */
  Mapped: 2,
  /** Pending, and blocked by TDH.MEM.RANGE.BLOCK. */
  PendingBlocked: 3,
  /** Mapped, and blocked by TDH.MEM.RANGE.BLOCK. */
  Blocked: 4,
} as const

/** Arm CCA: the RMM's record of a granule. Data and delegated ones are out of reach for the host and its devices. */
export const Granule = {
  /** The host's. */
  NonSecure: 0,
  /** In the Realm physical address space, without a use. */
  Delegated: 1,
  /** An entry of a realm's RTT leads to it, or did until work that is not done yet. */
  Data: 2,
} as const

/** Arm CCA: what the realm has agreed that a protected page is. */
export const Ripas = {
  /** Nothing: the realm uses the page by its unprotected address. */
  Empty: 0,
  /** Memory that the realm uses as its own. */
  Ram: 1,
  /** The host took its content, and the realm has not agreed to that yet. */
  Destroyed: 2,
} as const

/** pKVM: what the hypervisor says of a frame for the host. Pages that the host owns and shares are not modelled. */
export const HostPage = {
  /** The host owns it, and no one else may use it. */
  Owned: 0,
  /** The guest owns it, and shares it with the host. */
  Borrowed: 1,
  /** Another owns it: it is not in the stage 2 of the host. */
  NoPage: 2,
} as const

/** pKVM: a frame in the identity map by which the SMMU translates at last. */
export const IdentityEntry = {
  /** Devices may reach the frame. */
  Mapped: 0,
  /** The entry is cleared, and an SMMU may have it still. */
  Stale: 1,
  /** No SMMU translates to it any more. */
  Absent: 2,
} as const

/** RISC-V: what a checker of devices has of a frame beside what its table says. */
export const MptEntry = {
  /** Nothing that differs from the table. */
  Current: 0,
  /** An entry from before the frame became confidential, which lets an access through. */
  Open: 1,
  /** An entry from before the frame was reclaimed, which denies one. */
  Closed: 2,
} as const

/** A page of the IOMMU's tables. */
export const Table = {
  /** Not allocated. */
  Free: 0,
  /** A directory entry points to the table. */
  Linked: 1,
  /** No entry points to the table any more; it waits for its flush before it is freed. */
  Unlinked: 2,
  /** The driver writes its entries before it links the table. */
  Filling: 3,
} as const

/** A device's DMA. */
export const Dma = {
  /** None is in flight. */
  Idle: 0,
  /** Issued, and not yet translated. */
  Issued: 1,
  /** Translated to a frame, and not yet done. */
  Translated: 2,
  /** Issued by a device that the guest trusts. */
  TrustedIssued: 3,
  /** Translated for a device that the guest trusts. */
  TrustedTranslated: 4,
} as const

/** The state of a device's interface by TDISP. */
export const Tdisp = {
  /** CONFIG_UNLOCKED: the host may configure the device. */
  Unlocked: 0,
  /** CONFIG_LOCKED: a change of the configuration is an error. */
  Locked: 1,
  /** RUN: the device may issue DMA for the guest. */
  Run: 2,
  /** ERROR: the device neither issues DMA nor is trusted, until the host unlocks it. */
  Error: 3,
} as const

/**
 * The entry of a trusted device: in the tables of the TDX module, or of an SNP guest's firmware, where it is free or
 * present.
 */
export const Dmar = {
  /** The device reaches nothing. */
  Free: 0,
  /** Added by the host, and not yet accepted by the guest. */
  Pending: 1,
  /** Accepted: it leads to the secure EPT. */
  Present: 2,
  /** Blocked after it was accepted. */
  Blocked: 3,
  /** Blocked before it was accepted. */
  PendingBlocked: 4,
} as const

/** How far an invalidation for the TDX module has come: of a blocked entry, or of all that a unit has of the TD. */
export const TdInvalidation = {
  /** Owed, of an entry; of a unit none is under way. */
  None: 0,
  /** In the queue, where the unit has not come to it. */
  Queued: 1,
  /** The unit has dropped what it had, and waits for DMA that used it. */
  Dropped: 2,
  /** The head of the queue has passed it. */
  Passed: 3,
  /** The module knows; of an entry alone. */
  Done: 4,
} as const

/** What stands behind an open request of a vCPU. */
export const ByFault = {
  /** A MapGPA, whose answer the guest waits for. */
  No: 0,
  /** An access by the side to which the guest wants to convert the page. */
  Own: 1,
  /** A load that strays into the page: the guest wants nothing of it. */
  Stray: 2,
} as const

/** Whether the guest has a device, where devices come and go. */
export const Plug = {
  /** Unplugged. */
  Absent: 0,
  /** Being attached; the guest does not have it yet. */
  Coming: 1,
  /** In use. */
  There: 2,
  /** Quiet, and being detached. */
  Going: 3,
} as const

/** Bits of a device's ATS, where it is turned on late. */
export const Ats = {
  /** The device may ask for translations, and keep them. */
  On: 1,
  /** The driver knows that flushes of the domain go to the device as well. */
  Tagged: 2,
} as const

/** Whether a memory slot is there, where slots go and come back. */
export const Slot = {
  /** KVM has the slot, and the guest its memory. */
  There: 0,
  /** KVM has the slot still; the VMM has begun to take it away. */
  Going: 1,
  /** KVM has deleted the slot; the VMM has more to do. */
  Deleted: 2,
  /** Neither has it. */
  Absent: 3,
  /** The VMM has begun to put the slot back; KVM does not have it yet. */
  Coming: 4,
  /** KVM has the slot again; the VMM has more to do before the guest may use it. */
  Created: 5,
  /** KVM has marked the slot invalid: faults there repeat until it is deleted. */
  Invalid: 6,
  /** The VMM takes the slot for deleted, and KVM has it still: a mistake. */
  Kept: 7,
} as const

/** How a memory slot of user space covers a page. The last two are there only where slots go and come back. */
export const Cover = {
  /** A slot has the page. */
  Whole: 0,
  /** The VMM has taken the page out of its slot. */
  Hole: 1,
  /** KVM has marked the slot invalid, which the VMM splits: faults there repeat. */
  Marked: 2,
  /** KVM has freed that slot, and the VMM has not made those beside the page yet. */
  Between: 3,
} as const

/** What a vCPU's plan does. */
export const Phase = {
  /** No plan runs, and no request is open. */
  Idle: 0,
  /** A plan runs. */
  Running: 1,
  /** A chunk is converted, and the request continues with the next one. */
  Boundary: 2,
  /** The guest was told RETRY, and its request stays open. */
  Retry: 3,
} as const

/** How the wait of a vCPU for its batch of invalidations has failed so far, where waits may fail. */
export const WaitError = {
  /** It has not failed. */
  None: 0,
  /**
   * A device TLB did not answer in time (ITE): EAGAIN, and Linux queues the batch again.
   * Rule vtd.invalidation/time-out-restarts.
   */
  Aborted: 1,
  /**
   * A queue error (IQE) at its wait descriptor: EINVAL, and the rest of the batch is done later.
   * Rule vtd.invalidation/queue-error-waits.
   */
  Refused: 2,
} as const
