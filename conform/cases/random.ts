import { Prng } from '../../base/prng.js'
import { leafAt } from '../../model/actions/vtd/page-table.js'
import type { CandidateState } from '../oracle/candidate-state.js'
import type { Oracle } from '../oracle/oracle.js'
import type { Call, FlawName, LimitName, RmmCall, SeptCall } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { defaultSuperpage, hasDomains, type TestSetup, type TestTarget, testSetupOf } from '../protocol/setting.js'
import { type CallSource, drawSequence, WeightedKinds } from './random-sequence.js'

/** Limits that a few calls reach, one time in eight each. */
const tight: Readonly<Record<LimitName, number>> = { entries: 3, memlock: 6 }

const mapFlaws: readonly FlawName[] = ['misaligned', 'wraps', 'unbacked', 'outside', 'empty']
const fileFlaws: readonly FlawName[] = [...mapFlaws, 'guest-memfd']

/** A call of a container's interface, or of KVM, that random sequences make. */
type ContainerCall = Exclude<Call, SeptCall | RmmCall | { call: 'unmap-under-dma' }>

/** How often each kind of call is made, out of their sum. */
const weights: readonly (readonly [ContainerCall['call'], number])[] = [
  ['map', 26],
  ['unmap', 18],
  ['unmap-all', 1],
  ['dma-write', 20],
  ['dma-read', 16],
  ['host-read', 8],
  ['host-write', 5],
  ['punch-hole', 3],
  ['observe', 3],
]
const kvmWeights: readonly (readonly [ContainerCall['call'], number])[] = [
  ['convert', 12],
  ['set-attributes', 4],
  ['guest-read', 8],
  ['guest-write', 8],
  ['punch-private', 3],
]

const domainWeights: readonly (readonly [ContainerCall['call'], number])[] = [
  ['replace', 8],
  ['attach', 5],
  ['detach', 4],
]

/** Draws sequences that look at the state: calls that meet what is mapped, and DMA where something just changed. */
export class RandomSequences implements CallSource {
  private readonly prng = new Prng(0)
  private readonly kinds: WeightedKinds<ContainerCall['call']>
  /** The range of the last call that may have changed something. */
  private last = { first: 0, count: 1 }

  constructor(private readonly testTarget: TestTarget) {
    const isTable = testTarget.interface === 'page-table'
    const isBlind = !testTarget.hello.observes.includes('data')
    const left = [
      ...(isTable ? ['unmap-all', 'punch-hole'] : []),
      ...(isTable && isBlind ? ['host-read', 'host-write'] : []),
    ]
    const own = weights.filter(([kind]) => !left.includes(kind))
    const more = testTarget.kvm ? kvmWeights : hasDomains(testTarget) ? domainWeights : []
    this.kinds = new WeightedKinds([...own, ...more])
  }

  /** The limits of a sequence, by its seed. */
  setting(seed: number): TestSetup {
    this.prng.reseed(seed)
    const limits: Partial<Record<LimitName, number>> = {}
    for (const limit of this.testTarget.hello.limits) if (this.prng.nextBelow(8) === 0) limits[limit] = tight[limit]
    return testSetupOf(this.testTarget, limits)
  }

  /** @param oracle for the setup that the same seed gives; its candidates change */
  sequence(oracle: Oracle, seed: number, length: number): Sequence {
    const setting = this.setting(seed)
    this.last = { first: 0, count: 1 }
    return drawSequence(oracle, { from: `random ${seed}`, setting }, length, (candidate) => this.call(candidate))
  }

  private call(candidate: CandidateState): Call {
    const kind = this.kinds.draw(this.prng)
    switch (kind) {
      case 'map':
        return this.map(candidate)
      case 'unmap':
        return this.unmap(candidate)
      case 'dma-read':
        return { call: kind, device: this.device(candidate), iovfn: this.page(candidate) }
      case 'dma-write':
        return { call: kind, device: this.device(candidate), iovfn: this.page(candidate), value: this.value() }
      case 'host-read':
      case 'guest-read':
        return { call: kind, page: this.page(candidate) }
      case 'host-write':
      case 'guest-write':
        return { call: kind, page: this.page(candidate), value: this.value() }
      case 'punch-hole':
      case 'punch-private':
        return { call: kind, ...this.pages(candidate) }
      case 'convert':
      case 'set-attributes':
        return { call: kind, ...this.pages(candidate), to: this.prng.nextBelow(2) === 0 ? 'private' : 'shared' }
      case 'attach':
      case 'replace':
        return { call: kind, device: this.device(candidate), domain: this.below(candidate.machine.domains) }
      case 'detach':
        return { call: kind, device: this.device(candidate) }
      default:
        return { call: kind }
    }
  }

  /** Of a call that is about one of several domains. */
  private domain({ machine }: CandidateState): { domain?: number } {
    return hasDomains(this.testTarget) ? { domain: this.below(machine.domains) } : {}
  }

  private map(candidate: CandidateState): Call {
    const { machine, state } = candidate
    const { first, count } = this.range(machine.pages)
    const isFree = (from: number) => !isMapped(state.mapOf, from, Math.min(from + count, machine.pages))
    const iovfn = isFree(first) || this.prng.nextBelow(5) === 0 ? first : this.below(machine.pages - count + 1)
    const flaw = this.flaw(this.testTarget.interface === 'iommufd-file' ? fileFlaws : mapFlaws)
    const permissions = this.permissions()
    this.last = { first: iovfn, count }
    return { call: 'map', iovfn, page: iovfn, count, permissions, flaw, ...this.domain(candidate) }
  }

  /** Mostly both; none is nothing that a page table knows. */
  private permissions(): number {
    const permissions = [3, 3, 3, 3, 3, 1, 2, 1, 2, 0][this.below(10)] ?? 3
    return permissions === 0 && this.testTarget.interface === 'page-table' ? 3 : permissions
  }

  /** Mostly a mapping that is there, exactly or with something around it. */
  private unmap(candidate: CandidateState): Call {
    const { machine: m, state: s } = candidate
    const at = this.below(m.pages)
    const owner = s.mapOf[at] ?? 0
    let { first, count } = this.range(m.pages)
    if (owner !== 0 && this.prng.nextBelow(3) > 0) {
      first = owner - 1
      count = s.mapLength[first] ?? 1
    }
    // Over everything it would be `unmap-all` on iommufd, which is a call of its own.
    if (count === m.pages && count > 1) count -= 1
    this.last = { first, count }
    const flaw = this.flaw(['misaligned', 'wraps', 'empty'])
    return { call: 'unmap', iovfn: first, count, flaw, ...this.domain(candidate) }
  }

  private flaw(possible: readonly FlawName[]): FlawName | 'none' {
    if (this.testTarget.interface === 'page-table' || this.prng.nextBelow(8) !== 0) return 'none'
    const known = possible.filter((flaw) => this.testTarget.hello.flaws.includes(flaw))
    return known[this.below(known.length)] ?? 'none'
  }

  /** Lengths of a page, a superpage, and a bit of both. */
  private range(pages: number): { first: number; count: number } {
    const count = Math.min(
      pages,
      [1, 1, 1, 2, 3, defaultSuperpage, defaultSuperpage, defaultSuperpage + 1][this.below(8)] ?? 1,
    )
    const most = pages - count + 1
    const first = this.below(most)
    const isAligned = count >= defaultSuperpage && this.prng.nextBelow(2) === 0
    return { first: isAligned ? Math.floor(first / defaultSuperpage) * defaultSuperpage : first, count }
  }

  private pages({ machine }: CandidateState): { page: number; count: number } {
    const { first, count } = this.range(machine.pages)
    this.last = { first, count }
    return { page: first, count }
  }

  /** Half of the time where something just changed, else where something is mapped, else anywhere. */
  private page({ machine: m, state: s }: CandidateState): number {
    const anywhere = this.below(m.pages)
    const choice = this.prng.nextBelow(8)
    if (choice < 4) return Math.min(m.pages - 1, this.last.first + this.below(this.last.count))
    if (choice === 7) return anywhere
    for (let step = 0; step < m.pages; step += 1) {
      const page = (anywhere + step) % m.pages
      if (leafAt(m, s, s.domain[0] ?? 0, page) !== 0) return page
    }
    return anywhere
  }

  private device({ machine }: CandidateState): number {
    return this.below(machine.scope.devices)
  }

  private value(): number {
    return 1 + this.below(255)
  }

  private below(below: number): number {
    return this.prng.nextBelow(below)
  }
}

function isMapped(mapOf: ArrayLike<number>, first: number, end: number): boolean {
  for (let iovfn = first; iovfn < end; iovfn += 1) if (mapOf[iovfn] !== 0) return true
  return false
}
