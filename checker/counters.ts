const counts = ['states', 'expanded', 'transitions', 'milliseconds'] as const
type Count = (typeof counts)[number]

/** Words of a violation: from which state, which of its steps, how deep. */
const foundWords = 3
export const maxProperties = 31
const foundAt = counts.length * 2
const seenAt = foundAt + maxProperties * foundWords
/** How many segments were left unfinished when the memory was full, then which; at most one a thread. */
const unfinishedAt = seenAt + maxProperties
export const maxThreads = 64
export const counterBytes = (unfinishedAt + 1 + maxThreads + 1) * 4

/** A step that fails a property: from which state, and which of its steps. */
export interface Found {
  readonly property: number
  /** Id of the state from which the step was taken; -1 for the initial state itself. */
  readonly from: number
  /** Which of the state's steps, counted from 0. */
  readonly ordinal: number
  /** Levels begun when it was taken: the steps of the run that ends with it. */
  readonly depth: number
}

/** What all threads of a search have counted and found, and how long they took. */
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

  /** Says how long the search has taken so far, those before a checkpoint included. */
  setMilliseconds(milliseconds: number): void {
    Atomics.store(this.counts, counts.indexOf('milliseconds'), BigInt(Math.round(milliseconds)))
  }

  get = (count: Count): number => Number(Atomics.load(this.counts, counts.indexOf(count)))

  /** Keeps how a property failed; only the thread that was first to say so calls this. */
  keep({ property, from, ordinal, depth }: Found): void {
    this.words.set([from, ordinal, depth], foundAt + property * foundWords)
  }

  /** @param violated properties that failed, as bits */
  found(violated: number): Found[] {
    const list: Found[] = []
    for (let property = 0; property < maxProperties; property += 1) {
      if (((violated >>> property) & 1) === 0) continue
      const at = foundAt + property * foundWords
      list.push({ property, from: this.words[at], ordinal: this.words[at + 1], depth: this.words[at + 2] })
    }
    return list
  }

  /** Says that a segment's states were not all expanded. */
  deferSegment(segment: number): void {
    this.words[unfinishedAt + 1 + Atomics.add(this.words, unfinishedAt, 1)] = segment
  }

  /** Takes the list of segments that were left, the last of the level first. */
  takeDeferred(): number[] {
    const count = Atomics.exchange(this.words, unfinishedAt, 0)
    return [...this.words.subarray(unfinishedAt + 1, unfinishedAt + 1 + count)].sort((a, b) => b - a)
  }

  /** Adds what a thread has seen of each property's witness. */
  addSeen(seen: Int32Array): void {
    for (let index = 0; index < seen.length; index += 1) Atomics.or(this.words, seenAt + index, seen[index])
  }

  seen = (property: number): number => Atomics.load(this.words, seenAt + property)
}
