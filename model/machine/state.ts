import { lastFailure } from './action.js'
import { Arena, type View } from './arena.js'
import type { Parts } from './parts.js'
import type { Platform } from './platform.js'
import { registerCount } from './registers.js'
import type { Scope } from './scope.js'
import { frameCount, maxDomains, queueDepth } from './sizes.js'

export { domainsFor, frameCount } from './sizes.js'
export { Attr, Dma, Owner, Phase, Sept, Table, Tag } from './values.js'

/** The locks of the host, in the order of `State.lock`. */
export const lockNames = ['vm', 'container', 'slots', 'mmu'] as const

/** One machine's complete state: named views of one flat vector. A view of a part that is off is empty. */
export class State {
  /** The whole vector: copying is one `set`, and it is its own key. */
  readonly bytes: Uint8Array

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
  /** 1 for a page that the VMM's own book has as shared, where a design keeps one. */
  noted!: View
  /** 1 where the shared backing has a host virtual address that user space can touch, by gfn. */
  hva!: View
  /** 1 where a memory slot has a hole, by gfn. */
  slotHole!: View
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
  /** 1 from page removal until TDH.PHYMEM.PAGE.WBINVD, by frame. */
  unflushed!: View

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
  /** Paging-structure cache: table + 1, by unit * entries + slot, descending; 0 is empty. */
  walkCache!: View

  /** Invalidation queue, by unit * depth + slot; slot 0 is the head, kind 0 is empty (`queue-state.ts`). */
  queueKind!: View
  queueDomain!: View
  queueFirst!: View
  queueCount!: View
  /** 1 if paging-structure caches may be kept. */
  queueHint!: View
  queueOwner!: View
  /** 0 waits, 1 entries dropped, drain under way. */
  queuePhase!: View
  /** 1 while cleared entries await a batched flush, by domain. */
  deferred!: View

  /** Fault records in use, by unit. */
  faults!: View
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
  /** 1 while the DMA under way goes by an address that the device's own TLB gave it, by device. */
  dmaByDevice!: View
  /** 1 once a device has answered one invalidation early, ahead of this write, by device. */
  dmaAnsweredEarly!: View
  /** Domain + 1 that a device is attached to, by device; 0 is blocked. */
  attached!: View
  /** The container's domain in use, one element. */
  domain!: View

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
  /** Another request met this one on a page, by vCPU. */
  raced!: View
  /** TD epoch that the vCPU runs in, by vCPU: 0 outside, 1 current, 2 previous. */
  epoch!: View
  /** vCPU TLB, by vCPU * entries + slot, descending: (gfn * 2 + private + 1) ; 0 is empty. */
  vcpuTlb!: View
  /** Frame + 1, parallel to `vcpuTlb`. */
  vcpuTlbFrame!: View
  /** Page + 1 of a fault that KVM resolved but has not installed, by vCPU. */
  faultGfn!: View
  /** 1 if that fault is one of the shared side. */
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
  pinnedPages!: View
  slotsUsed!: View
  failuresLeft!: View
  hostDead!: View
  tdDead!: View
  /** 1 teardown under way, 2 torn down. */
  closed!: View

  constructor(scope: Scope, platform: Platform, parts: Parts, domains: number, keepsBook: boolean, room = 0) {
    const arena = new Arena()
    this.layOut(arena, scope, platform, parts, domains, keepsBook)
    this.bytes = arena.allocate(room)
    this.layOut(arena, scope, platform, parts, domains, keepsBook)
  }

  private layOut(
    arena: Arena,
    scope: Scope,
    platform: Platform,
    parts: Parts,
    domains: number,
    keepsBook: boolean,
  ): void {
    this.layOutMemory(arena, scope, parts)
    this.noted = arena.take(keepsBook ? scope.pages : 0, 1)
    this.layOutTables(arena, scope, platform, parts, domains)
    this.layOutCaches(arena, scope, platform, parts, domains)
    this.layOutDma(arena, scope, platform, parts)
    this.layOutVcpus(arena, scope, parts)
  }

  private layOutMemory(arena: Arena, scope: Scope, parts: Parts): void {
    const { pages } = scope
    const frames = frameCount(scope)
    const guest = parts.secureEpt ? pages : 0
    this.attr = arena.take(pages, 1)
    this.guestView = arena.take(pages, 2)
    this.sharedFrame = arena.take(pages, frames)
    this.privateFrame = arena.take(pages, frames)
    this.orphans = arena.take(pages, 255)
    this.hva = arena.take(parts.hostAccess ? pages : 0, 1)
    this.slotHole = arena.take(pages, 1)
    this.sept = arena.take(guest, 4)
    this.blockedAge = arena.take(guest, 2)
    this.sharedEpt = arena.take(parts.content ? guest : 0, 1)
    this.blockedWindow = arena.take(parts.secureEpt ? 2 : 0, pages)
    this.mapOf = arena.take(pages, pages)
    this.mapLength = arena.take(pages, pages)
    this.pinnedFrame = arena.take(pages, frames)
    this.owner = arena.take(frames, 3)
    this.pins = arena.take(frames, 255)
    this.tag = arena.take(parts.content ? frames : 0, 3)
    this.poison = arena.take(parts.content ? frames : 0, 1)
    this.unflushed = arena.take(parts.secureEpt ? frames : 0, 1)
  }

  private layOutTables(arena: Arena, scope: Scope, platform: Platform, parts: Parts, domains: number): void {
    const regions = scope.pages / scope.pagesPerSuperpage
    const leaf = (frameCount(scope) + 1) * 4 + 3
    const visible = parts.coherency && !platform.coherentPageWalk ? 1 : 0
    this.pde = arena.take(domains * regions, leaf)
    this.pte = arena.take(domains * scope.pages * 2, leaf)
    this.table = arena.take(domains * regions * 2, 3)
    this.visiblePde = arena.take(visible * domains * regions, leaf)
    this.visiblePte = arena.take(visible * domains * scope.pages * 2, leaf)
    this.deferred = arena.take(domains, 1)
  }

  private layOutCaches(arena: Arena, scope: Scope, platform: Platform, parts: Parts, domains: number): void {
    const { units, iotlbEntries, faultRecords } = scope
    const key = domains * scope.pages * 2 + 1
    const leaf = (frameCount(scope) + 1) * 4 + 3
    const devices = parts.deviceTlb && platform.ats ? scope.devices : 0
    this.iotlbKey = arena.take(units * iotlbEntries, key)
    this.iotlbLeaf = arena.take(units * iotlbEntries, leaf)
    this.devtlbKey = arena.take(devices * iotlbEntries, key)
    this.devtlbLeaf = arena.take(devices * iotlbEntries, leaf)
    this.walkCache = arena.take(parts.walkCache ? units * scope.walkCacheEntries : 0, key)
    const slots = units * queueDepth(scope, platform)
    this.queueKind = arena.take(slots, 4)
    this.queueDomain = arena.take(slots, domains)
    this.queueFirst = arena.take(slots, scope.pages)
    this.queueCount = arena.take(slots, scope.pages)
    this.queueHint = arena.take(slots, 1)
    this.queueOwner = arena.take(slots, scope.vcpus)
    this.queuePhase = arena.take(slots, 1)
    this.faults = arena.take(parts.faultCount ? units : 0, faultRecords)
    this.overflow = arena.take(parts.faultCount ? units : 0, 1)
    this.faultRecord = arena.take(parts.faultRing ? units * faultRecords : 0, scope.pages * 16 + 15)
  }

  private layOutDma(arena: Arena, scope: Scope, platform: Platform, parts: Parts): void {
    const hasOwnTlb = parts.deviceTlb && platform.ats
    const { devices, pages } = scope
    this.dma = arena.take(devices, 2)
    this.dmaGfn = arena.take(devices, pages)
    this.dmaWrite = arena.take(devices, 1)
    this.dmaOther = arena.take(devices, 1)
    this.dmaFrame = arena.take(devices, frameCount(scope))
    this.dmaDomain = arena.take(devices, maxDomains)
    this.dmaShared = arena.take(devices, 1)
    this.dmaDrain = arena.take(devices, 255)
    this.dmaByDevice = arena.take(hasOwnTlb ? devices : 0, 1)
    this.dmaAnsweredEarly = arena.take(hasOwnTlb && platform.deviceInvalidation === 'early' ? devices : 0, 1)
    this.attached = arena.take(devices, maxDomains)
    this.domain = arena.take(1, 1)
  }

  private layOutVcpus(arena: Arena, scope: Scope, parts: Parts): void {
    const { vcpus, pages } = scope
    const guest = parts.secureEpt ? vcpus : 0
    this.lock = arena.take(lockNames.length, vcpus)
    this.phase = arena.take(vcpus, 3)
    this.pc = arena.take(vcpus, 0xffff)
    this.reg = arena.take(vcpus * registerCount, Math.max(pages, 200))
    this.armed = arena.take(scope.failures > 0 ? vcpus : 0, lastFailure)
    this.raced = arena.take(vcpus, 1)
    this.epoch = arena.take(guest, 2)
    this.vcpuTlb = arena.take(guest * scope.vcpuTlbEntries, pages * 2)
    this.vcpuTlbFrame = arena.take(guest * scope.vcpuTlbEntries, frameCount(scope))
    this.faultGfn = arena.take(guest, pages)
    this.faultShared = arena.take(guest, 1)
    this.faultStale = arena.take(guest, 1)
    this.invalidating = arena.take(guest * 2, pages)
    this.nextFrame = arena.take(scope.frames === 'pool' ? 1 : 0, frameCount(scope))
    this.entriesUsed = arena.take(1, pages)
    this.mappings = arena.take(1, pages)
    this.lockedPages = arena.take(1, pages)
    this.pinnedPages = arena.take(1, pages)
    this.slotsUsed = arena.take(1, pages + 1)
    this.failuresLeft = arena.take(scope.failures > 0 ? 1 : 0, 255)
    this.hostDead = arena.take(1, 1)
    this.tdDead = arena.take(1, 1)
    this.closed = arena.take(1, 2)
  }
}
