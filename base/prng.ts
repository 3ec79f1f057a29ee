import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

/** A pseudo-random number generator: the same seed gives the same numbers on every Node. */
export class Prng {
  private generator: RandomGenerator

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed | 0)
  }

  reseed(seed: number): void {
    this.generator = xoroshiro128plus(seed | 0)
  }

  /** @returns a whole number from 0 up to, not including, `below`; below 2^32. Weights: their share. */
  nextBelow(below: number): number {
    return Math.floor(((this.generator.next() >>> 0) / 0x1_0000_0000) * below)
  }
}
