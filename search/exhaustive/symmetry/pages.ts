import type { View } from '../../../base/arena.js'
import { Descriptor } from '../../../model/actions/vtd/queue/queue-state.js'
import type { Machine } from '../../../model/machine/machine.js'
import { Reg, registerCount } from '../../../model/machine/registers.js'
import { Dma, type State } from '../../../model/machine/state.js'
import { isSuperpage } from '../../../model/memory/page-table.js'
import { keyDomain, keyFirst, keyIsLarge } from '../../../model/memory/tlb.js'
import { isBlocked, vcpuKeyGfn } from '../../../model/memory/tlb-tracking.js'
import type { Permutation } from './permutation.js'
import { order } from './slot-order.js'

/** Ranges in the registers of a plan that are empty, and dead, or shifted as a whole. */
const pairs = [Reg.hullFirst, Reg.areaFirst, Reg.runFirst] as const

/** Writes images of a state into another one: the same state, were its pages exchanged. */
export class PageImages {
  private readonly byPage: readonly (readonly [View, View])[]
  private readonly frameByPage: readonly (readonly [View, View])[]
  private readonly byFrame: readonly (readonly [View, View])[]
  private readonly byRegion: readonly (readonly [View, View])[]
  private permutation!: Permutation

  /** @param single whether a request, and whatever its plan walks, is one page */
  constructor(
    private readonly m: Machine,
    private readonly s: State,
    private readonly image: State,
    private readonly single: boolean,
  ) {
    const both = (...names: readonly (keyof State)[]) =>
      names.map((name) => [s[name], image[name]] as const).filter(([view]) => view.length > 0) as [View, View][]
    const ofGuest = ['sept', 'blockedAge', 'sharedEpt', 'released', 'ripas', 'poisoned'] as const
    this.byPage = both('attr', 'guestView', 'orphans', 'noted', 'hva', 'slotHole', ...ofGuest)
    this.frameByPage = both('sharedFrame', 'privateFrame', 'pinnedFrame')
    this.byFrame = both(
      'owner',
      'pins',
      'references',
      'tag',
      'poison',
      'unflushed',
      'mptKept',
      'granule',
      'hostPage',
      'idmap',
      'freedAssigned',
    )
    this.byRegion = both('rttBlock')
  }

  /**
   * Gives registers that no plan will read before it writes them a value that follows from the request, so that where
   * a loop has ended does not tell requests apart. Empty ranges are alike.
   */
  normalise(): void {
    const { reg } = this.s
    for (let vcpu = 0; vcpu < this.m.scope.vcpus; vcpu += 1) {
      const base = vcpu * registerCount
      if (reg[base + Reg.requestEnd] === 0) continue
      const chunk = reg[base + Reg.chunkFirst]
      const first = chunk - (chunk % this.m.perSuper)
      for (const pair of pairs) {
        if (reg[base + pair] < reg[base + pair + 1]) continue
        reg[base + pair] = chunk
        reg[base + pair + 1] = chunk
      }
      this.settle(base + Reg.page, chunk, first)
      if (!this.isAtSuperpage(vcpu)) this.settle(base + Reg.cursor, chunk, first)
      this.settle(base + Reg.part, chunk, first)
    }
  }

  /** Whether the cursor of a vCPU's plan lives, and stands at a superpage. */
  private isAtSuperpage(vcpu: number): boolean {
    return this.m.program.code[this.s.pc[vcpu]].atSuperpage
  }

  /** A cursor that lives stands at the one page there is; among several, one that was never set is 0. */
  private settle(at: number, chunk: number, first: number): void {
    if (this.single) this.s.reg[at] = chunk
    else if (this.s.reg[at] === 0) this.s.reg[at] = first
  }

  /**
   * Writes one number per page, at the page's index, made of the state of that page alone: backing, secure EPT entry,
   * attribute, view of the guest, requests and DMA at it. When pages are exchanged, their numbers move with them.
   */
  sign(signature: Int32Array): void {
    const { s, m } = this
    for (let gfn = 0; gfn < m.pages; gfn += 1) {
      const backing = Math.ceil(s.sharedFrame[gfn] / m.pages) * 4 + Math.ceil(s.pinnedFrame[gfn] / m.pages)
      const entry = s.sept.length > 0 ? s.sept[gfn] : 0
      const private_ = s.privateFrame[gfn] === 0 ? 0 : 1
      signature[gfn] = (((backing * 8 + entry) * 2 + private_) * 4 + s.guestView[gfn]) * 2 + s.attr[gfn]
    }
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
      const base = vcpu * registerCount
      if (s.reg[base + Reg.requestEnd] !== 0) signature[s.reg[base + Reg.chunkFirst]] += (s.pc[vcpu] + 1) << 12
    }
    for (let device = 0; device < s.dma.length; device += 1) {
      if (s.dma[device] !== Dma.Idle && s.dmaOther[device] === 0) signature[s.dmaGfn[device]] += s.dma[device] << 10
    }
  }

  /** Writes the image of the state, which is normalised, under a permutation. */
  write(permutation: Permutation): void {
    this.permutation = permutation
    this.image.bytes.set(this.s.bytes)
    for (let gfn = 0; gfn < this.m.pages; gfn += 1) this.writePage(gfn, permutation.page[gfn])
    for (let frame = 0; frame < this.s.owner.length; frame += 1) {
      for (const [from, to] of this.byFrame) to[permutation.frame[frame + 1] - 1] = from[frame]
    }
    for (let region = 0; region < this.m.regions; region += 1) {
      for (const [from, to] of this.byRegion) to[permutation.region[region]] = from[region]
    }
    this.writeMappings()
    this.writeTables()
    this.writeCaches()
    this.writeQueues()
    this.writeDma()
    this.writeVcpus()
  }

  private writePage(gfn: number, to: number): void {
    for (const [from, into] of this.byPage) into[to] = from[gfn]
    for (const [from, into] of this.frameByPage) into[to] = this.permutation.frame[from[gfn]]
  }

  /** Where a range of pages begins that is one page, lies in one superpage, or is all there are. */
  private firstOf(first: number, count: number): number {
    const { perSuper, pages } = this.m
    if (count === 1) return this.permutation.page[first]
    return count === pages
      ? first
      : this.permutation.region[Math.floor(first / perSuper)] * perSuper + (first % perSuper)
  }

  private writeMappings(): void {
    const { s, image } = this
    image.mapLength.fill(0)
    image.mapOf.fill(0)
    for (let gfn = 0; gfn < this.m.pages; gfn += 1) {
      const length = s.mapLength[gfn]
      if (length === 0) continue
      const first = this.firstOf(gfn, length)
      image.mapLength[first] = length
      image.mapOf.fill(first + 1, first, first + length)
    }
  }

  private small(leaf: number): number {
    return this.permutation.frame[leaf >>> 2] * 4 + (leaf & 3)
  }

  /** A superpage leaf names its first frame, whichever page of it came first before. */
  private large(leaf: number): number {
    const frame = (leaf >>> 2) - 1
    const { pages, perSuper } = this.m
    const region = this.permutation.region[Math.floor((frame % pages) / perSuper)]
    return (frame - (frame % pages) + region * perSuper + 1) * 4 + (leaf & 3)
  }

  private writeTables(): void {
    const { s, image, m, permutation } = this
    for (let at = 0; at < s.pde.length; at += 1) {
      const region = at % m.regions
      const to = at - region + permutation.region[region]
      this.writeDirectory(s.pde, image.pde, at, to)
      this.writeDirectory(s.visiblePde, image.visiblePde, at, to)
      for (let which = 0; which < 2; which += 1) {
        image.table[to * 2 + which] = s.table[at * 2 + which]
        for (let offset = 0; offset < m.perSuper; offset += 1) {
          const entry = (at * 2 + which) * m.perSuper + offset
          const toEntry = (to * 2 + which) * m.perSuper + (permutation.page[region * m.perSuper + offset] % m.perSuper)
          image.pte[toEntry] = this.small(s.pte[entry])
          if (s.visiblePte.length > 0) image.visiblePte[toEntry] = this.small(s.visiblePte[entry])
        }
      }
    }
  }

  private writeDirectory(from: View, into: View, at: number, to: number): void {
    if (from.length > 0) into[to] = isSuperpage(from[at]) ? this.large(from[at]) : from[at]
  }

  private writeCaches(): void {
    const { s, image, m, permutation } = this
    const { iotlbEntries, walkCacheEntries, vcpuTlbEntries } = m.scope
    this.writeTlb(s.iotlbKey, s.iotlbLeaf, image.iotlbKey, image.iotlbLeaf, iotlbEntries)
    this.writeTlb(s.devtlbKey, s.devtlbLeaf, image.devtlbKey, image.devtlbLeaf, iotlbEntries)
    for (let slot = 0; slot < s.walkCache.length; slot += 1) {
      const table = s.walkCache[slot] - 1
      if (table < 0) continue
      const region = (table >>> 1) % m.regions
      image.walkCache[slot] = table + (permutation.region[region] - region) * 2 + 1
    }
    order(image.walkCache, image.walkCache, walkCacheEntries)
    for (let slot = 0; slot < s.vcpuTlb.length; slot += 1) {
      const key = s.vcpuTlb[slot]
      if (key === 0) continue
      image.vcpuTlb[slot] = key + (permutation.page[vcpuKeyGfn(key)] - vcpuKeyGfn(key)) * 2
      image.vcpuTlbFrame[slot] = permutation.frame[s.vcpuTlbFrame[slot]]
    }
    order(image.vcpuTlb, image.vcpuTlbFrame, vcpuTlbEntries)
  }

  private writeTlb(keys: View, leaves: View, toKeys: View, toLeaves: View, slots: number): void {
    const { m, permutation } = this
    for (let slot = 0; slot < keys.length; slot += 1) {
      const key = keys[slot]
      if (key === 0) continue
      const first = keyFirst(m, key)
      const isLarge = keyIsLarge(key)
      const to = isLarge ? permutation.region[first / m.perSuper] * m.perSuper : permutation.page[first]
      toKeys[slot] = 1 + (keyDomain(m, key) * m.pages + to) * 2 + (isLarge ? 1 : 0)
      toLeaves[slot] = isLarge ? this.large(leaves[slot]) : this.small(leaves[slot])
    }
    order(toKeys, toLeaves, slots)
  }

  private writeQueues(): void {
    const { s, image } = this
    for (let slot = 0; slot < s.queueKind.length; slot += 1) {
      const kind = s.queueKind[slot]
      if (kind === Descriptor.None || kind === Descriptor.Domain || kind === Descriptor.Wait) continue
      image.queueFirst[slot] = this.firstOf(s.queueFirst[slot], s.queueCount[slot])
    }
    for (let at = 0; at < s.invalidating.length; at += 2) {
      const count = s.invalidating[at + 1] - s.invalidating[at]
      if (count === 0) continue
      image.invalidating[at] = this.firstOf(s.invalidating[at], count)
      image.invalidating[at + 1] = image.invalidating[at] + count
    }
    if (s.blockedWindow.length > 0 && s.blockedWindow[1] > 0) this.writeBlockedWindow()
  }

  /** The window is the hull of the pages that are blocked, where pages age; elsewhere it stays empty. */
  private writeBlockedWindow(): void {
    const { sept, blockedWindow } = this.image
    blockedWindow.fill(0)
    for (let gfn = 0; gfn < sept.length; gfn += 1) {
      if (!isBlocked(sept[gfn])) continue
      if (blockedWindow[1] === 0) blockedWindow[0] = gfn
      blockedWindow[1] = gfn + 1
    }
  }

  private writeDma(): void {
    const { s, image, permutation } = this
    for (let device = 0; device < s.dma.length; device += 1) {
      const isThere = s.dma[device] !== Dma.Idle && s.dmaOther[device] === 0
      if (isThere) image.dmaGfn[device] = permutation.page[s.dmaGfn[device]]
      image.dmaFrame[device] = permutation.frame[s.dmaFrame[device]]
    }
  }

  /** How far the page at which a plan works moves: by itself, or with its superpage. */
  private shiftOf(chunk: number): number {
    return this.single ? this.permutation.page[chunk] - chunk : this.shiftOfSuperpage(chunk)
  }

  private shiftOfSuperpage(gfn: number): number {
    const region = Math.floor(gfn / this.m.perSuper)
    return (this.permutation.region[region] - region) * this.m.perSuper
  }

  /** How far what a plan holds moves that may be of a whole superpage: an area, and a cursor over superpages. */
  private shiftOfHeld(first: number, isSuperpage: boolean, shift: number): number {
    return this.single && isSuperpage ? this.shiftOfSuperpage(first) : shift
  }

  /** A plan stays within one page, or one superpage, so that all its registers move together. */
  private writeVcpus(): void {
    const { s, image, permutation, m } = this
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
      if (s.faultGfn.length > 0 && s.faultGfn[vcpu] !== 0)
        image.faultGfn[vcpu] = permutation.page[s.faultGfn[vcpu] - 1] + 1
      const base = vcpu * registerCount
      if (s.reg[base + Reg.requestEnd] === 0) continue
      const shift = this.shiftOf(s.reg[base + Reg.chunkFirst])
      const shiftAt = (at: number, by = shift) => {
        image.reg[base + at] = s.reg[base + at] + by
      }
      for (let at = Reg.requestFirst; at <= Reg.requestEnd; at += 1) shiftAt(at)
      for (let at = Reg.chunkFirst; at <= Reg.page; at += 1) shiftAt(at)
      const area = s.reg[base + Reg.areaFirst]
      const ofArea = this.shiftOfHeld(area, s.reg[base + Reg.areaEnd] - area > 1, shift)
      for (let at = Reg.areaFirst; at <= Reg.areaEnd; at += 1) shiftAt(at, ofArea)
      shiftAt(Reg.cursor, this.shiftOfHeld(s.reg[base + Reg.cursor], this.isAtSuperpage(vcpu), shift))
      for (let at = Reg.runFirst; at <= Reg.runEnd; at += 1) shiftAt(at)
      shiftAt(Reg.part)
      if (s.reg[base + Reg.callEnd] === 0) continue
      shiftAt(Reg.callFirst)
      shiftAt(Reg.callEnd)
    }
  }
}
