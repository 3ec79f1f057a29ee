const counts = ['states', 'expanded', 'transitions', 'milliseconds'] as const
type Count = (typeof counts)[number]

/** The layout in words: the counts (64 bits each), failures by property, witnesses by property, deferred segments. */
const failureWords = 3
export const maxProperties = 31
const failuresAt = counts.length * 2
const witnessedAt = failuresAt + maxProperties * failureWords
/** How many segments are deferred, then which; at most one per thread. */
const deferredAt = witnessedAt + maxProperties
export const maxThreads = 64
export const counterBytes = (deferredAt + 1 + maxThreads + 1) * 4

/** A step that fails a property: from which state, and which of its steps. */
export interface FailedStep {
  /** Index among the system's properties. */
  readonly property: number
  /** Id of the state from which the step was taken; -1 for the initial state itself. */
  readonly from: number
  /** Which of the state's steps, counted from 0. */
  readonly ordinal: number
  /** Levels begun when it was taken: the steps of the path that ends with it. */
  readonly depth: number
}

/** What all threads of a search have counted and found, in memory that they share. */
export class Counters {
  private readonly counts: BigInt64Array
  private readonly words: Int32Array

  constructor(memory: ArrayBuffer | SharedArrayBuffer) {
    this.counts = new BigInt64Array(memory, 0, counts.length)
    this.words = new Int32Array(memory)
  }

  add(count: Count, by: number): void {
    Atomics.add(this.counts, counts.indexOf(count), BigInt(by))
  }

  /** Sets how long the search has taken so far, the time before a checkpoint included. */
  setMilliseconds(milliseconds: number): void {
    Atomics.store(this.counts, counts.indexOf('milliseconds'), BigInt(Math.round(milliseconds)))
  }

  get = (count: Count): number => Number(Atomics.load(this.counts, counts.indexOf(count)))

  /** Records how a property failed; only the thread that found it first calls this. */
  recordFailure({ property, from, ordinal, depth }: FailedStep): void {
    this.words.set([from, ordinal, depth], failuresAt + property * failureWords)
  }

  /** @param violated properties that failed, as bits */
  failures(violated: number): FailedStep[] {
    const list: FailedStep[] = []
    for (let property = 0; property < maxProperties; property += 1) {
      if (((violated >>> property) & 1) === 0) continue
      const at = failuresAt + property * failureWords
      list.push({ property, from: this.words[at], ordinal: this.words[at + 1], depth: this.words[at + 2] })
    }
    return list
  }

  /** Lists a segment of which not all states were expanded. */
  deferSegment(segment: number): void {
    this.words[deferredAt + 1 + Atomics.add(this.words, deferredAt, 1)] = segment
  }

  /** Takes the list of deferred segments, the last of the level first. */
  takeDeferred(): number[] {
    const count = Atomics.exchange(this.words, deferredAt, 0)
    return [...this.words.subarray(deferredAt + 1, deferredAt + 1 + count)].sort((a, b) => b - a)
  }

  /** Adds what a thread has seen of each property's witness. */
  addWitnessed(bits: Int32Array): void {
    for (let index = 0; index < bits.length; index += 1) Atomics.or(this.words, witnessedAt + index, bits[index])
  }

  witnessed = (property: number): number => Atomics.load(this.words, witnessedAt + property)
}
