import { makeScope } from '../../model/machine/scope.js'
import type { MatrixProof } from './exhaustive-matrix.js'

/**
 * How many times as many states as the plain machine of one superpage and one vCPU one has: what multiplies them, as
 * counted on on-demand-4k. Two vCPUs race without a lock or where the guest may race itself.
 */
const weights = { failures: 6, race: 10, vcpus: 2, superpage: 125, guestOfPages: 175 } as const
/** How many platforms of several are searched, in states of the largest search: the others answer as one of these. */
const searches = { separate: 1.1, 'in-place': 1.5 } as const

/** Estimates how long a proof takes, relative to others; no unit. */
export function weightOf({ setup, platforms }: Pick<MatrixProof, 'setup' | 'platforms'>): number {
  const made = makeScope(setup.scope)
  if (!made.ok) return 1
  const { pages, pagesPerSuperpage, vcpus, failures, guest, backing } = made.value
  const { parts = [], lock } = setup
  const races = lock === 'none' || guest === 'arbitrary'
  return (
    weights.superpage ** (pages / pagesPerSuperpage - 1) *
    (parts.includes('secureEpt') && pages > 1 ? weights.guestOfPages : 1) *
    (failures > 0 ? weights.failures : 1) *
    (vcpus > 1 ? (races ? weights.race : weights.vcpus) : 1) *
    (platforms.length > 1 ? searches[backing] : 1)
  )
}

/** An estimate may be so wrong, or a search take this part of the whole: what it does not use goes to the others. */
const slack = { times: 8, part: 0.1 }

/** Shares the time that is left among the proofs that are to come. */
export class ProofTimes {
  private readonly began = performance.now()
  private left: number

  /**
   * @param weights of all proofs
   * @param seconds for the whole
   */
  constructor(
    private readonly weights: readonly number[],
    private readonly seconds: number,
    private readonly threads: number,
  ) {
    this.left = weights.reduce((sum, weight) => sum + weight, 0)
  }

  /** @returns seconds for a proof whose turn has come, each has one turn */
  secondsFor(index: number): number {
    const left = Math.max(0, this.seconds - (performance.now() - this.began) / 1000)
    const weight = this.weights[index] ?? 1
    const share = (left * this.threads * weight) / Math.max(weight, this.left)
    this.left -= weight
    return Math.min(left, Math.max(share * slack.times, this.seconds * slack.part))
  }
}
