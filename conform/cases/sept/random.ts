import { Prng } from '../../../base/prng.js'
import { Sept, type State } from '../../../model/machine/state.js'
import type { CandidateState } from '../../oracle/candidate-state.js'
import type { Oracle } from '../../oracle/oracle.js'
import type { Hello, ModuleName, SeptCall } from '../../protocol/messages.js'
import type { Sequence } from '../../protocol/sequence.js'
import { septSetup, type TestSetup } from '../../protocol/setting.js'
import { type CallSource, drawSequence, WeightedKinds } from '../random-sequence.js'

type AnyModuleCall = Exclude<SeptCall['call'], keyof typeof connectWeights>

/** How often each call of a module 2.0 is made that 1.5 does not have. */
const connectWeights = {
  'tdh.iq.inv.request': [12],
  'tdh.iq.inv.process': [12],
  'tdh.dmar.add-entry': [3],
  'tdg.dmar.accept-entry': [5],
  'tdh.dmar.block-entry': [2],
  'tdh.iq.inv.request-entry': [3],
  'tdh.dmar.remove-entry': [3],
  'trusted-write': [8, Sept.Mapped, Sept.Blocked],
  'trusted-read': [10, Sept.Mapped, Sept.Blocked],
} as const

/** How often each call is made, and in which states it finds a page that it is for. */
const weights: Readonly<Record<AnyModuleCall, readonly [weight: number, ...entries: number[]]>> = {
  'tdh.mem.page.aug': [14, Sept.Free],
  'tdh.mem.range.block': [12, Sept.Mapped, Sept.Pending],
  'tdh.mem.track': [12],
  'tdh.mem.page.remove': [12, Sept.Blocked, Sept.PendingBlocked],
  'tdh.phymem.page.wbinvd': [4],
  'tdh.mem.sept.rd': [4],
  'tdh.phymem.page.rdmd': [4],
  'vcpu-enter': [5],
  'vcpu-exit': [9],
  'tdg.mem.page.accept': [12, Sept.Pending],
  'private-write': [10, Sept.Mapped, Sept.Blocked],
  'private-read': [12, Sept.Mapped, Sept.Blocked],
}
const allWeights: Readonly<Record<SeptCall['call'], readonly [weight: number, ...entries: number[]]>> = {
  ...weights,
  ...connectWeights,
}
const kindsOf = (on: ModuleName): SeptCall['call'][] =>
  Object.keys(on === 'sept' ? weights : allWeights) as SeptCall['call'][]

/** Whether a target can be asked a call: it reads only entries and types that it observes. */
export function canAsk({ observes }: Pick<Hello, 'observes'>, { call }: { readonly call: string }): boolean {
  if (call === 'unmap-under-dma') return observes.includes('when')
  if (call === 'close') return observes.includes('tables')
  if (call === 'tdh.mem.sept.rd') return observes.includes('entry')
  return call !== 'tdh.phymem.page.rdmd' || observes.includes('type')
}

/** A module that is tested. */
export interface ModuleTarget {
  readonly hello: Hello
  readonly interface: ModuleName
}

/** Draws sequences that look at the state: most calls find a page that they are for, often the one before's. */
export class SeptSequences implements CallSource {
  private readonly prng = new Prng(0)
  private readonly kinds: WeightedKinds<SeptCall['call']>
  private last = 0

  constructor(private readonly testTarget: ModuleTarget) {
    const asked = kindsOf(testTarget.interface).filter((call) => canAsk(testTarget.hello, { call }))
    this.kinds = new WeightedKinds(asked.map((kind) => [kind, allWeights[kind][0]]))
  }

  setting(_seed: number): TestSetup {
    return septSetup(this.testTarget.hello, this.testTarget.interface)
  }

  sequence(oracle: Oracle, seed: number, length: number): Sequence {
    this.prng.reseed(seed)
    this.last = 0
    return drawSequence(oracle, { from: `random ${seed}`, setting: this.setting(seed) }, length, (candidate) =>
      this.call(candidate),
    )
  }

  private call(candidate: CandidateState): SeptCall {
    const call = this.kinds.draw(this.prng)
    const vcpu = this.prng.nextBelow(candidate.machine.scope.vcpus)
    switch (call) {
      case 'tdh.mem.track':
      case 'tdh.iq.inv.request':
      case 'tdh.iq.inv.process':
        return { call }
      case 'tdh.dmar.add-entry':
      case 'tdh.dmar.block-entry':
      case 'tdh.iq.inv.request-entry':
      case 'tdh.dmar.remove-entry':
        return { call, device: 0 }
      case 'tdg.dmar.accept-entry':
        return { call, vcpu, device: 0 }
      case 'trusted-read':
        return { call, device: 0, page: this.page(call, candidate) }
      case 'trusted-write':
        return { call, device: 0, page: this.page(call, candidate), value: 1 + this.prng.nextBelow(255) }
      case 'vcpu-enter':
      case 'vcpu-exit':
        return { call, vcpu }
      case 'tdh.phymem.page.wbinvd':
      case 'tdh.phymem.page.rdmd':
        return { call, frame: this.frame(candidate) }
      case 'tdh.mem.page.aug':
        return { call, page: this.page(call, candidate), frame: this.frame(candidate) }
      case 'tdg.mem.page.accept':
      case 'private-read':
        return { call, vcpu, page: this.page(call, candidate) }
      case 'private-write':
        return { call, vcpu, page: this.page(call, candidate), value: 1 + this.prng.nextBelow(255) }
      default:
        return { call, page: this.page(call, candidate) }
    }
  }

  /** One time in four anywhere; else a page that the call is for, the last one first. */
  private page(call: SeptCall['call'], { machine, state }: CandidateState): number {
    const anywhere = this.prng.nextBelow(machine.pages)
    const [, ...entries] = allWeights[call]
    const first = this.prng.nextBelow(2) === 0 ? this.last : anywhere
    this.last = this.prng.nextBelow(4) === 0 ? anywhere : nearest(state, entries, first, machine.pages)
    return this.last
  }

  private frame({ machine }: CandidateState): number {
    return this.prng.nextBelow(machine.pages)
  }
}

/** The first page from here on whose entry is in one of the states; this page itself, if none is. */
function nearest(state: State, entries: readonly number[], first: number, pages: number): number {
  for (let step = 0; step < pages; step += 1) {
    const page = (first + step) % pages
    if (entries.length === 0 || entries.includes(state.sept[page] ?? 0)) return page
  }
  return first
}
