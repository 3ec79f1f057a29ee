import type { Packing } from './packing/packing.js'
import { packingOf } from './packing/packing-of.js'
import type { SuccessorVisitor, System } from './system.js'

/** The sizes of B1: pages, converters, devices. */
export interface B1Scope {
  readonly N: number
  readonly V: number
  readonly D: number
}

/** The steps of a converter. */
const At = { Idle: 0, Unmap: 1, Invalidate: 2, Commit: 3, Share: 4, Map: 5 } as const

/**
 * The benchmark model B1: the same small system is written for TLC and for Spin. A converter turns a page private in
 * three steps (unmap, invalidate, commit) or shared in two (share, map); a device translates, which fills its IOTLB,
 * and completes; the IOTLB may drop any entry at any time. Sets of pages are bit masks: a page is `1 << index`.
 */
export class B1 implements System {
  readonly words: Int32Array
  readonly packing: Packing
  readonly properties = ['safe']
  readonly witnessed = new Int32Array([1])
  /** Sets of pages: private, mapped, in the IOTLB. */
  private readonly sets: Uint8Array | Uint16Array
  /** `At`, by converter. */
  private readonly at: Uint8Array
  /** The page of a conversion, by converter, and of a DMA, by device; 0 is none. */
  private readonly converting: Uint8Array | Uint16Array
  private readonly dma: Uint8Array | Uint16Array

  constructor(private readonly scope: B1Scope) {
    const { N, V, D } = scope
    const Sets = N <= 8 ? Uint8Array : Uint16Array
    const size = Sets.BYTES_PER_ELEMENT
    const buffer = new ArrayBuffer(Math.ceil(((3 + V + D) * size + V) / 4) * 4)
    this.words = new Int32Array(buffer)
    this.sets = new Sets(buffer, 0, 3)
    this.converting = new Sets(buffer, 3 * size, V)
    this.dma = new Sets(buffer, (3 + V) * size, D)
    this.at = new Uint8Array(buffer, (3 + V + D) * size, V)
    this.packing = packingOf(this.limits())
  }

  /** Bits by byte: those of a state that has each page in each set, and each converter at the last step. */
  private limits(): Uint8Array {
    const allPages = (1 << this.scope.N) - 1
    for (const pages of [this.sets, this.converting, this.dma]) pages.fill(allPages)
    this.at.fill(At.Map)
    const limits = new Uint8Array(this.words.buffer).map((largest) => 32 - Math.clz32(largest))
    this.words.fill(0)
    return limits
  }

  writeInitialState(): number {
    this.words.fill(0)
    this.sets[Mapped] = (1 << this.scope.N) - 1
    return this.judge()
  }

  forEachSuccessor(visitor: SuccessorVisitor): void {
    for (let v = 0; v < this.scope.V; v += 1) {
      if (this.at[v] === At.Idle) this.begin(visitor, v)
      else this.proceed(visitor, v)
    }
    for (let d = 0; d < this.scope.D; d += 1) {
      if (this.dma[d] === 0) this.translate(visitor, d)
      else {
        this.dma[d] = 0
        visitor.successor(0, 0, 0)
      }
    }
    this.evict(visitor)
  }

  private begin(visitor: SuccessorVisitor, v: number): void {
    let busy = 0
    for (let w = 0; w < this.scope.V; w += 1) busy |= this.converting[w]
    for (let page = 1; page < 1 << this.scope.N; page <<= 1) {
      if ((busy & page) !== 0) continue
      this.at[v] = (this.sets[Private] & page) === 0 ? At.Unmap : At.Share
      this.converting[v] = page
      visitor.successor(0, 0, 0)
    }
  }

  private proceed(visitor: SuccessorVisitor, v: number): void {
    const { sets, at } = this
    const page = this.converting[v]
    if (at[v] === At.Invalidate && this.isTranslated(page)) return
    if (at[v] === At.Unmap) sets[Mapped] &= ~page
    else if (at[v] === At.Invalidate) sets[Cached] &= ~page
    else if (at[v] === At.Commit) sets[Private] |= page
    else if (at[v] === At.Share) sets[Private] &= ~page
    else sets[Mapped] |= page
    const last = at[v] === At.Commit || at[v] === At.Map
    at[v] = last ? At.Idle : at[v] + 1
    if (last) this.converting[v] = 0
    visitor.successor(0, 0, 0)
  }

  private isTranslated(page: number): boolean {
    for (let d = 0; d < this.scope.D; d += 1) if (this.dma[d] === page) return true
    return false
  }

  private translate(visitor: SuccessorVisitor, d: number): void {
    const { sets } = this
    const reachable = sets[Mapped] | sets[Cached]
    for (let page = 1; page < 1 << this.scope.N; page <<= 1) {
      if ((reachable & page) === 0) continue
      this.dma[d] = page
      sets[Cached] |= page
      visitor.successor(0, 0, 0)
    }
  }

  private evict(visitor: SuccessorVisitor): void {
    const { sets } = this
    for (let page = 1; page < 1 << this.scope.N; page <<= 1) {
      if ((sets[Cached] & page) === 0) continue
      sets[Cached] &= ~page
      visitor.successor(0, 0, 0)
    }
  }

  /** A private page is mapped only while it is converted; none is in the IOTLB, and no DMA translates to one. */
  judge(): number {
    let converting = 0
    let reached = this.sets[Cached]
    for (let v = 0; v < this.scope.V; v += 1) converting |= this.converting[v]
    for (let d = 0; d < this.scope.D; d += 1) reached |= this.dma[d]
    return (this.sets[Private] & ((this.sets[Mapped] & ~converting) | reached)) === 0 ? 0 : 1
  }
}

const Private = 0
const Mapped = 1
const Cached = 2
