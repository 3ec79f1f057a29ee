import type { View } from '../../base/arena.js'

/** The named views of a state's vector, by what they are of. A view of a part that is off is empty. */
export class StateViews {
  /** KVM memory attribute, by gfn (`Attr`). */
  attr!: View
  /** What the guest was told (`GuestView`), by gfn: shared from the end of its request until it asks for private. */
  guestView!: View
  /** Frame + 1 of the shared backing, by gfn; 0 is a hole. In place, a private page has none. */
  sharedFrame!: View
  /** Frame + 1 of the private backing, by gfn; 0 is a hole. */
  privateFrame!: View
  /** Frames that left the shared backing while pinned and still are, by gfn. */
  orphans!: View
  /** 1 for a page that the VMM's own bitmap has as shared, by gfn, where a design keeps one. */
  noted!: View
  /** 1 once the file behind shared memory is sealed against shrinking, one element. */
  sealed!: View
  /** Truncations left. */
  truncationsLeft!: View
  /** 1 where the shared backing has a host virtual address that user space can touch, by gfn. */
  hva!: View
  /** How a memory slot covers a page, by gfn (`Cover`). */
  slotHole!: View
  /** Memory slots, by region (`Slot`). */
  slotState!: View
  /** Secure EPT entry, by gfn (`Sept`). */
  sept!: View
  /** TRACKs since the entry was blocked, by gfn; 2 stands for more. */
  blockedAge!: View
  /** 1 where KVM's own EPT, that of the shared side, maps the page's shared frame, by gfn. */
  sharedEpt!: View
  /** The gfns that may be blocked: first, end; 0, 0 when none is. */
  blockedWindow!: View

  /** Start + 1 of the DMA mapping that covers a page, by iovfn; 0 is unmapped. */
  mapOf!: View
  /** Pages of the mapping that starts here, by iovfn; 0 where none starts. */
  mapLength!: View
  /** Frame + 1 that the mapping pinned for this page, by iovfn; 0 is no pin. */
  pinnedFrame!: View

  /** `Owner`, by frame. */
  owner!: View
  /** DMA pins, by frame. */
  pins!: View
  /** Who wrote last (`Tag`), by frame. */
  tag!: View
  /** 1 if the frame's lines are poisoned, by frame. */
  poison!: View
  /** 1 while others of the host hold a short reference, by frame. */
  references!: View
  /** 1 from page removal until TDH.PHYMEM.PAGE.WBINVD; on RISC-V until the frame is reclaimed. By frame. */
  unflushed!: View

  /** 1 for a page that the guest has accepted once and released, by gfn, where it has to. */
  released!: View

  /** SEV-SNP: 1 where one RMP entry has all pages of a region, by region. */
  rmpLarge!: View
  /** SEV-SNP, Arm CCA: 1 for a frame that the host takes for free though it is still a guest's, by frame. */
  freedAssigned!: View
  /** Arm CCA: `Granule`, by frame. */
  granule!: View
  /** Arm CCA: `Ripas`, by page. */
  ripas!: View
  /** Arm CCA: 1 where one entry of the RTT has all pages of a region, by region. */
  rttBlock!: View

  /** pKVM: what the hypervisor says of the frame for the host (`HostPage`), by frame. */
  hostPage!: View
  /** pKVM: the entry of the identity map for the frame (`IdentityEntry`), by frame. */
  idmap!: View
  /** pKVM: 1 for a page that the hypervisor took from the guest for the host, by page. */
  poisoned!: View

  /** RISC-V: 1 while an I/O MPT checker may use an entry from before the frame became confidential, by frame. */
  mptKept!: View

  /** Directory entries, by domain * regions + region: 0 none, 1 or 2 that table, else a superpage leaf (`makeLeaf`). */
  pde!: View
  /** Leaf entries, by table * pagesPerSuperpage + offset; 0 is not present, else (frame + 1) * 4 + permissions. */
  pte!: View
  /** `Table`, by (domain * regions + region) * 2 + which. */
  table!: View
  /** `pde` as the IOMMU sees it, where it does not snoop. */
  visiblePde!: View
  /** `pte` as the IOMMU sees it, where it does not snoop. */
  visiblePte!: View

  /** IOTLB keys, by unit * entries + slot, descending; 0 is empty (`tlb.ts`). */
  iotlbKey!: View
  /** IOTLB leaf, parallel to the keys; 0 caches "not present". */
  iotlbLeaf!: View
  /** Device TLB keys, by device * entries + slot, descending. */
  devtlbKey!: View
  devtlbLeaf!: View
  /** Where it is turned on late, ATS by device: bit 0 it is on, bit 1 flushes go to the device (`Ats`). */
  ats!: View
  /** Paging-structure cache: table + 1, by unit * entries + slot, descending; 0 is empty. */
  walkCache!: View

  /** Invalidation queue, by unit * depth + slot; slot 0 is the head, kind 0 is empty (`queue-state.ts`). */
  queueKind!: View
  queueDomain!: View
  queueFirst!: View
  queueCount!: View
  /** 1 if paging-structure caches may be kept. */
  queueHint!: View
  /** A vCPU, or their number for a descriptor that no vCPU waits for any more. */
  queueOwner!: View
  /** 0 waits, 1 entries dropped, drain under way. */
  queuePhase!: View
  /** 1 when a wait that was given up has written the status word, by unit. */
  statusWord!: View
  /** Queue errors and time-outs that may still happen; one element each. */
  queueErrorsLeft!: View
  timeOutsLeft!: View
  /** 1 while cleared entries await a batched flush, by domain. */
  deferred!: View

  /** Fault records in use, by unit. */
  faults!: View
  /** Frame + 1 to which a unit writes its fault messages, by unit; 0 is none of the guest's. */
  messageFrame!: View
  /** 1 once a fault was lost, by unit. */
  overflow!: View
  /** Recorded fault, by unit * registers + slot: (gfn * 2 + write) * 8 + reason. */
  faultRecord!: View

  /** `Dma`, by device. */
  dma!: View
  dmaGfn!: View
  dmaWrite!: View
  /** 1 if the address lies in the half of the address space that the host does not map, by device. */
  dmaOther!: View
  /** Frame + 1 that the DMA was translated to, by device. */
  dmaFrame!: View
  /** Domain that the DMA was translated in, by device. */
  dmaDomain!: View
  /** 1 while the page has been shared ever since the DMA was issued, by device. */
  dmaShared!: View
  /** Queue owners whose drain waits for this DMA, a bit a vCPU, by device. */
  dmaDrain!: View
  /** 1 while the DMA goes by an address of the device's own TLB, 2 once the device answered before it, by device. */
  dmaByDevice!: View
  /** Domain + 1 that a device is attached to, by device; 0 is blocked. */
  attached!: View
  /** With contextCache, `attached` is the id in the cached context entry, and this its tables + 1; 0 is none. */
  cachedTables!: View
  /** The context entry in memory, by device: Present, domain id + 1, domain of its tables + 1. */
  contextPresent!: View
  contextId!: View
  contextTables!: View
  /** `Plug`, by device. */
  plugged!: View
  /** The container's domain in use, one element. */
  domain!: View

  /** The interface of a trusted device (`Tdisp`), by device, with the life of interfaces. */
  tdisp!: View
  /** 1 if the guest has verified the evidence of a trusted device's lock, by device, with the life of interfaces. */
  attested!: View
  /** Frame + 1 that the host's table has for trusted devices at a private address, by page, where that translates. */
  trustedPte!: View
  /** The entry of a trusted device in the tables of the TDX module or the firmware (`Dmar`), by device. */
  dmar!: View
  /** Of a blocked one, how far its invalidation has come (`TdInvalidation`), by device. */
  dmarInvalidation!: View
  /** 1 if a trusted device's DMA is by a private address, by device. */
  dmaPrivate!: View
  /** 1 while an invalidation waits for the DMA of a trusted device, by device. */
  trustedDrain!: View
  /** 1 while the unit owes the invalidation of the last TLB epoch, by unit. */
  iotlbOwed!: View
  /** How far an invalidation of all that the unit has of the TD has come (`TdInvalidation`), by unit. */
  iotlbInvalidation!: View
  /** What a unit has cached for trusted devices, by unit * entries + slot, descending: as `vcpuTlb`. */
  trustedKey!: View
  /** Frame + 1, parallel to `trustedKey`. */
  trustedFrame!: View
  /** 1 while the root of the secure EPT leads to KVM's EPT of the shared half, one element. */
  sharedRoot!: View

  /** vCPU + 1 that holds the lock, by lock (`lockNames`); 0 is free. */
  lock!: View
  /** `Phase`, by vCPU. */
  phase!: View
  /** Instruction of the running plan, by vCPU. */
  pc!: View
  /** Registers of the running plan, by `regOf`. */
  reg!: View
  /** What the environment made fail next, by vCPU (`Failure`). */
  armed!: View
  /** Why the wait for its batch of invalidations ended, by vCPU (`WaitError`). */
  waitError!: View
  /** Units, by bit, that are done with a descriptor of its batch, by vCPU. */
  batchBegun!: View
  /** Another request met this one on a page, by vCPU. */
  raced!: View
  /** The request is a memory fault (`ByFault`), by vCPU. */
  byFault!: View
  /**
   * What a request found that changes nothing, by vCPU * 4: pages mapped + 1, pages pinned, and frames of either side;
   * zeros for other requests.
   */
  noopFound!: View
  /** TD epoch that the vCPU runs in, by vCPU: 0 outside, 1 current, 2 previous. */
  epoch!: View
  /** 1 while the vCPU is asked to flush and has not left the guest since, by vCPU. */
  flushOwed!: View
  /** vCPU TLB, by vCPU * entries + slot, descending: (gfn * 2 + private + 1) ; 0 is empty. */
  vcpuTlb!: View
  /** Frame + 1, parallel to `vcpuTlb`. */
  vcpuTlbFrame!: View
  /** Page + 1 of a fault that KVM resolved but has not installed, by vCPU. */
  faultGfn!: View
  /**
   * Above 0 if that fault is one of the shared side: where shared memory is taken out of its file at any moment, the
   * frame that it found + 2, until it is stale; else 1.
   */
  faultShared!: View
  /** 1 if an invalidation met the page since. */
  faultStale!: View
  /** Range that KVM invalidates for a vCPU's call, by vCPU * 2: first, end; 0, 0 is none. It outlasts the call. */
  invalidating!: View

  /** Frame + 1 that the next allocation takes; 0 takes the lowest. Only with a common pool. */
  nextFrame!: View
  /** One element each. */
  entriesUsed!: View
  mappings!: View
  lockedPages!: View
  lockedElsewhere!: View
  /** Which process the VMM is, 0 or 1, one element. */
  process!: View
  /** Process + 1 that a pinned page is charged to, by gfn. */
  payer!: View
  /** Pages charged to each of the two processes. */
  lockedBy!: View
  /** Frame + 1 that the second container has pinned and mapped, by gfn. */
  secondPin!: View
  pinnedPages!: View
  slotsUsed!: View
  failuresLeft!: View
  referencesLeft!: View
  hostDead!: View
  tdDead!: View
  /** 1 teardown under way, 2 torn down. */
  closed!: View
}
