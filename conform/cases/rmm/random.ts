import { Prng } from '../../../base/prng.js'
import { Granule } from '../../../model/machine/state.js'
import type { CandidateState } from '../../oracle/candidate-state.js'
import type { Oracle } from '../../oracle/oracle.js'
import { modelFrame } from '../../oracle/sept/predict.js'
import type { Half, Hello, RmmCall, RmmName } from '../../protocol/messages.js'
import type { Sequence } from '../../protocol/sequence.js'
import { rmmSetup, type TestSetup } from '../../protocol/setting.js'
import { hasCall } from '../../protocol/validate-call.js'
import { type CallSource, drawSequence, WeightedKinds } from '../random-sequence.js'

/** How often each call is made, and in which state it finds a granule that it is for. */
const weights: Readonly<Record<RmmCall['call'], readonly [weight: number, granule?: number]>> = {
  'rmi.granule.delegate': [12, Granule.NonSecure],
  'rmi.granule.undelegate': [12, Granule.Delegated],
  'rmi.rtt.data-map': [16, Granule.Delegated],
  'rmi.rtt.data-unmap': [14],
  'rmi.op.continue': [8],
  'rmi.rtt.set-ripas': [14],
  'rmi.rtt.unprot-map': [12, Granule.NonSecure],
  'rmi.rtt.unprot-unmap': [10],
  'rmi.rtt.create': [12, Granule.Delegated],
  'rmi.rtt.destroy': [5],
  'rmi.rtt.fold': [6],
  'rmi.rtt.read-entry': [4],
  'realm-write': [10],
  'realm-read': [12],
  'granule-write': [5, Granule.NonSecure],
  'granule-read': [5, Granule.NonSecure],
}
/** An RMM that is tested. */
export interface RmmTarget {
  readonly hello: Hello
  readonly interface: RmmName
}

/** Draws sequences that look at the state: most calls find a granule that they are for, and few pages are used. */
export class RmmSequences implements CallSource {
  private readonly prng = new Prng(0)
  private readonly kinds: WeightedKinds<RmmCall['call']>
  private last = 0

  constructor(private readonly testTarget: RmmTarget) {
    const setting = this.setting(0)
    const asked = (Object.keys(weights) as RmmCall['call'][]).filter((call) => hasCall(setting, call))
    this.kinds = new WeightedKinds(asked.map((kind) => [kind, weights[kind][0]]))
  }

  setting(_seed: number): TestSetup {
    return rmmSetup(this.testTarget.hello, this.testTarget.interface)
  }

  sequence(oracle: Oracle, seed: number, length: number): Sequence {
    this.prng.reseed(seed)
    this.last = 0
    return drawSequence(oracle, { from: `random ${seed}`, setting: this.setting(seed) }, length, (candidate) =>
      this.call(candidate),
    )
  }

  private call(candidate: CandidateState): RmmCall {
    const { pages, scope } = candidate.machine
    const call = this.kinds.draw(this.prng)
    const page = this.page(pages)
    switch (call) {
      case 'rmi.granule.delegate':
      case 'rmi.granule.undelegate':
      case 'granule-read':
        return { call, frame: this.frame(call, candidate) }
      case 'granule-write':
        return { call, frame: this.frame(call, candidate), value: this.value() }
      case 'rmi.rtt.data-map':
      case 'rmi.rtt.unprot-map':
        return { call, page, frame: this.frame(call, candidate) }
      case 'rmi.rtt.create':
        return { call, page, frame: this.frame(call, candidate), half: this.half() }
      case 'rmi.rtt.destroy':
      case 'rmi.rtt.fold':
      case 'rmi.op.continue':
      case 'rmi.rtt.read-entry':
        return { call, page, half: this.half() }
      case 'rmi.rtt.set-ripas':
        return { call, page, ripas: this.prng.nextBelow(3) === 0 ? 'empty' : 'ram', destroyed: this.coin() }
      case 'realm-read':
        return { call, vcpu: this.prng.nextBelow(scope.vcpus), page, half: this.half() }
      case 'realm-write':
        return { call, vcpu: this.prng.nextBelow(scope.vcpus), page, half: this.half(), value: this.value() }
      default:
        return { call, page }
    }
  }

  private readonly value = (): number => 1 + this.prng.nextBelow(255)
  private readonly half = (): Half => (this.prng.nextBelow(3) === 0 ? 'unprotected' : 'protected')
  private readonly coin = (): 0 | 1 => (this.prng.nextBelow(2) === 0 ? 0 : 1)

  /** Two times in three the page of the call before. */
  private page(pages: number): number {
    const anywhere = this.prng.nextBelow(pages)
    if (this.prng.nextBelow(3) === 0) this.last = anywhere
    return this.last
  }

  /** One time in four any granule; else the first from there on that the call is for, if there is one. */
  private frame(call: RmmCall['call'], candidate: CandidateState): number {
    const { pages } = candidate.machine
    const first = this.prng.nextBelow(pages)
    const [, wanted] = weights[call]
    if (wanted === undefined || this.prng.nextBelow(4) === 0) return first
    for (let step = 0; step < pages; step += 1) {
      const frame = (first + step) % pages
      if (candidate.state.granule[modelFrame(candidate, frame)] === wanted) return frame
    }
    return first
  }
}
