/** Thrown at every place from the limit on: a caller may catch it, as a library that shrinks a failing case does. */
export class EndlessMutant extends Error {
  constructor() {
    super('the mutant does not come to an end')
  }
}

/** The switch of all mutants in one process: which is awake, and what the code in between reaches. */
export class MutantSwitch {
  /** The mutant that is awake; -1 if all are asleep. */
  active = -1
  /** Places passed since the last `start`; a test that passes too many has lost its way. */
  passed = 0
  private limit = Number.POSITIVE_INFINITY
  private reached: Set<number> | undefined

  /** From here on, notes which mutants are reached. */
  watch(): Set<number> {
    this.reached = new Set()
    this.start(-1, Number.POSITIVE_INFINITY)
    return this.reached
  }

  /** Wakes a mutant, or puts all to sleep with -1. @param limit places that may be passed from here */
  start(mutant: number, limit: number): void {
    this.active = mutant
    this.passed = 0
    this.limit = limit
    if (mutant >= 0) this.reached = undefined
  }

  /** Called by the code where the awake mutant takes the place of the original. */
  hit(): true {
    this.pass()
    return true
  }

  /** Called by the code where the original is as it was. */
  reach(...mutants: readonly number[]): void {
    this.pass()
    if (this.reached !== undefined) for (const mutant of mutants) this.reached.add(mutant)
  }

  /** A function that does nothing while its mutant is awake. */
  wrap<T extends readonly unknown[], R>(mutant: number, inner: (...given: T) => R): (...given: T) => R | undefined {
    return (...given) => {
      this.pass()
      if (this.active === mutant) return undefined
      this.reached?.add(mutant)
      return inner(...given)
    }
  }

  /** Called by each block of the code. */
  pass(): void {
    this.passed += 1
    if (this.passed > this.limit) throw new EndlessMutant()
  }
}
