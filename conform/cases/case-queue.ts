import { must, type Problem, problemText } from '../../base/result.js'
import { finalise32, mix32 } from '../../checker/packing/hash.js'
import type { OracleCache } from '../oracle/check.js'
import { closedAnswer } from '../oracle/observe.js'
import { isFirmware, isModule, isRmmInterface } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { TestTarget } from '../protocol/setting.js'
import { whyNotAsked } from './capabilities.js'
import { type BoundaryCases, containerCases } from './container.js'
import { type LitmusCases, litmusCases } from './litmus/index.js'
import { RandomSequences } from './random.js'
import type { CallSource } from './random-sequence.js'
import { RmmSequences } from './rmm/random.js'
import { canAsk, SeptSequences } from './sept/random.js'

export interface CaseQueueOptions {
  /** Saved sequences: asked first. */
  readonly saved: readonly Sequence[]
  readonly seed: number
  /** Random sequences, at most. */
  readonly runs: number
  /** Calls of a random sequence. */
  readonly length: number
}

/** A saved sequence that cannot be asked now, and why. */
export interface RefusedCase {
  readonly file: string
  readonly why: string
}

/** Some sequences of a run, by their numbers in it: from the first one up to, and not including, the end. */
export interface Block {
  readonly from: number
  readonly end: number
}

/** Hands sequences out, one after the other. */
export class Turns {
  private next: number

  /** @param sequence gives the sequence of a number */
  constructor(
    private readonly sequence: (index: number) => Sequence,
    private readonly block: Block,
  ) {
    this.next = block.from
  }

  get total(): number {
    return this.block.end - this.block.from
  }

  /** The sequence whose turn it is; undefined if there are no more. */
  take(): Sequence | undefined {
    const index = this.next
    if (index >= this.block.end) return undefined
    this.next += 1
    return this.sequence(index)
  }
}

/**
 * The sequences of a run, each drawn when its turn comes: saved ones, the fixed list, litmus tests, random ones.
 */
export class CaseQueue {
  /** Sequences that are not random. */
  readonly fixed: number
  readonly litmus: LitmusCases
  readonly boundary: BoundaryCases
  readonly refused: readonly RefusedCase[]
  private readonly known: readonly Sequence[]
  private readonly draw: CallSource

  constructor(
    private readonly testTarget: TestTarget,
    private readonly oracles: OracleCache,
    private readonly options: CaseQueueOptions,
  ) {
    this.litmus = litmusCases(testTarget)
    this.boundary = containerCases(testTarget)
    const kept = options.saved.filter(({ setting }) => isAbout(testTarget, setting))
    const refused = kept.map((sequence) => this.whyRefused(sequence))
    this.refused = kept.flatMap(({ from: file }, at) => {
      const problem = refused[at]
      return problem === undefined ? [] : [{ file, why: problemText(problem) }]
    })
    const asked = kept.filter((_, at) => refused[at] === undefined)
    this.known = [...asked, ...[...this.boundary.sequences, ...this.litmus.sequences].map((one) => this.closed(one))]
    this.fixed = this.known.length
    this.draw = drawOn(testTarget)
  }

  private whyRefused(sequence: Sequence): Problem | undefined {
    const oracle = this.oracles.open(sequence.setting)
    return whyNotAsked(this.testTarget.hello, sequence) ?? (oracle.ok ? undefined : oracle.problem)
  }

  get total(): number {
    return this.fixed + this.options.runs
  }

  /** Hands out all sequences, or those of a block. */
  turns(block: Block = { from: 0, end: this.total }): Turns {
    return new Turns((index) => this.known[index] ?? this.random(index - this.fixed), block)
  }

  private random(index: number): Sequence {
    const seed = seedOf(this.options.seed, index)
    const oracle = must(this.oracles.open(this.draw.setting(seed)))
    return this.closed(this.draw.sequence(oracle, seed, this.options.length))
  }

  /** What is left behind belongs to the calls of this sequence, and to no later one. */
  private closed(sequence: Sequence): Sequence {
    const { hello, interface: on } = this.testTarget
    const { calls, only } = sequence
    if (isFirmware(on) || !canAsk(hello, { call: 'close' })) return sequence
    const answer = closedAnswer(on === 'page-table')
    return { ...sequence, calls: [...calls, { call: 'close' }], ...(only && { only: [...only, answer] }) }
  }
}

/** What draws the random sequences of an interface. */
export function drawOn(testTarget: TestTarget): CallSource {
  const { hello, interface: on } = testTarget
  if (isModule(on)) return new SeptSequences({ hello, interface: on })
  return isRmmInterface(on) ? new RmmSequences({ hello, interface: on }) : new RandomSequences(testTarget)
}

/**
 * The seed of one random sequence, by which it is called: as the seed of a run, it draws that sequence first. Seeds of
 * runs that lie side by side have nothing in common; two hashes, since with one alone number 2 of seed 1 would be
 * number 1 of seed 2.
 */
const seedOf = (seed: number, index: number): number => (index === 0 ? seed : mix32(mix32(seed) ^ finalise32(index)))

/** A sequence that was saved with a virtual machine is asked with one again. */
const isAbout = (testTarget: TestTarget, { interface: on, kvm }: Sequence['setting']): boolean =>
  on === testTarget.interface && (kvm === 1) === testTarget.kvm
