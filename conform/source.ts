import { boundaryCases } from './boundary.js'
import type { Judges, Sequence } from './check.js'
import { type Question, SequenceDraw } from './draw.js'
import type { SequenceSource } from './draw-sequence.js'
import { type LitmusCases, litmusCases } from './litmus/index.js'
import { SeptDraw } from './sept/draw.js'

export interface SourceOptions {
  /** What was found before: tried first. */
  readonly saved: readonly Sequence[]
  readonly seed: number
  /** Random sequences at the most. */
  readonly runs: number
  /** Calls of a random sequence. */
  readonly length: number
}

/**
 * The sequences of a run, each drawn when its turn comes: saved ones, the fixed list, litmus tests, random ones.
 */
export class Source {
  /** How many there are beside the random ones. */
  readonly fixed: number
  readonly litmus: LitmusCases
  private readonly known: readonly Sequence[]
  private readonly draw: SequenceSource
  private next = 0

  constructor(
    question: Question,
    private readonly judges: Judges,
    private readonly options: SourceOptions,
  ) {
    this.litmus = litmusCases(question)
    this.known = [...options.saved, ...boundaryCases(question), ...this.litmus.sequences]
    this.fixed = this.known.length
    this.draw = question.interface === 'sept' ? new SeptDraw(question) : new SequenceDraw(question)
  }

  get total(): number {
    return this.fixed + this.options.runs
  }

  /** @returns at most `count` sequences; none if there are no more */
  take(count: number): Sequence[] {
    const taken: Sequence[] = []
    while (taken.length < count && this.next < this.total) {
      taken.push(this.known[this.next] ?? this.random(this.next - this.fixed))
      this.next += 1
    }
    return taken
  }

  private random(index: number): Sequence {
    const seed = this.options.seed + index
    const judge = this.judges.open(this.draw.setting(seed))
    if (!judge.ok) throw new Error(judge.message)
    return this.draw.sequence(judge.value, seed, this.options.length)
  }
}
