import type { Proof } from './exhaustive-matrix.js'

/** How many times as many states as the plain machine one has on average: what multiplies them. */
const weights = { faultCount: 4, failures: 6, race: 10 } as const

/** An estimate of how much of the whole comparison a proof is. */
export function weightOf({ setup, platforms }: Proof): number {
  const { parts = [], scope } = setup
  const each =
    (parts.includes('faultCount') ? weights.faultCount : 1) *
    ((scope.failures ?? 0) > 0 ? weights.failures : 1) *
    ((scope.vcpus ?? 2) > 1 ? weights.race : 1)
  return each * Math.min(2, platforms.length) // others answer as one of two does, and are not searched again
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
