import { finalise32, mix32 } from '../../checker/hash.js'
import type { OracleCache } from '../oracle/check.js'
import type { Sequence } from '../protocol/sequence.js'
import type { TestTarget } from '../protocol/setting.js'
import { whyNotAsked } from './capabilities.js'
import { type BoundaryCases, containerCases } from './container.js'
import { type LitmusCases, litmusCases } from './litmus/index.js'
import { RandomSequences } from './random.js'
import type { CallSource } from './random-sequence.js'
import { SeptDraw } from './sept/random.js'

export interface CaseQueueOptions {
  /** What was found before: tried first. */
  readonly saved: readonly Sequence[]
  readonly seed: number
  /** Random sequences at the most. */
  readonly runs: number
  /** Calls of a random sequence. */
  readonly length: number
}

/** What was found before and cannot be asked now, and why. */
export interface Refused {
  readonly file: string
  readonly why: string
}

/**
 * The sequences of a run, each drawn when its turn comes: saved ones, the fixed list, litmus tests, random ones.
 */
export class CaseQueue {
  /** How many there are beside the random ones. */
  readonly fixed: number
  readonly litmus: LitmusCases
  readonly boundary: BoundaryCases
  readonly refused: readonly Refused[]
  private readonly known: readonly Sequence[]
  private readonly draw: CallSource
  private next = 0

  constructor(
    private readonly question: TestTarget,
    private readonly judges: OracleCache,
    private readonly options: CaseQueueOptions,
  ) {
    this.litmus = litmusCases(question)
    this.boundary = containerCases(question)
    const kept = options.saved.filter(({ setting }) => isAbout(question, setting))
    const refused = kept.map((sequence) => this.whyRefused(sequence))
    this.refused = kept.flatMap(({ from }, at) => (refused[at] === undefined ? [] : { file: from, why: refused[at] }))
    const asked = kept.filter((_, at) => refused[at] === undefined)
    this.known = [...asked, ...this.boundary.sequences, ...this.litmus.sequences]
    this.fixed = this.known.length
    this.draw = question.interface === 'sept' ? new SeptDraw(question) : new RandomSequences(question)
  }

  private whyRefused(sequence: Sequence): string | undefined {
    const judge = this.judges.open(sequence.setting)
    return whyNotAsked(this.question.hello, sequence) ?? (judge.ok ? undefined : judge.message)
  }

  get total(): number {
    return this.fixed + this.options.runs
  }

  /** The sequence whose turn it is; undefined if there are no more. */
  take(): Sequence | undefined {
    const index = this.next
    if (index >= this.total) return undefined
    this.next += 1
    return this.known[index] ?? this.random(index - this.fixed)
  }

  private random(index: number): Sequence {
    const seed = seedOf(this.options.seed, index)
    const judge = this.judges.open(this.draw.setting(seed))
    if (!judge.ok) throw new Error(judge.message)
    return this.draw.sequence(judge.value, seed, this.options.length)
  }
}

/**
 * The seed of one random sequence, by which it is called: as the seed of a run, it draws that sequence first. Seeds of
 * runs that lie side by side have nothing in common; two hashes, since with one alone number 2 of seed 1 would be
 * number 1 of seed 2.
 */
const seedOf = (seed: number, index: number): number => (index === 0 ? seed : mix32(mix32(seed) ^ finalise32(index)))

/** What was found beside a virtual machine is asked beside one again. */
const isAbout = (question: TestTarget, { interface: on, kvm }: Sequence['setting']): boolean =>
  on === question.interface && (kvm === 1) === question.kvm
