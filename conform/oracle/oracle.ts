import type { Result } from '../../base/result.js'
import { failureCoverage, rowCoverage } from '../../model/actions/coverage.js'
import { type Coverage, relation } from '../../model/actions/relation.js'
import type { Machine } from '../../model/machine/machine.js'
import type { Rule } from '../../spec/index.js'
import type { Answer, Call, Observation } from '../protocol/messages.js'
import { CandidateState } from './candidate-state.js'
import { buildTestMachine, type TestSetup } from './machine.js'
import { type Prediction, predict } from './predict.js'
import type { EvidenceSets } from './rule-evidence.js'

/** Worlds that may be alive at once; more is a choice that the protocol cannot show, and a bug of ours. */
const maxCandidateStates = 1000

/**
 * The set of worlds in which everything that an implementation has said so far is right: one or more a platform, as
 * what was said leaves open. A reply that is right in none of them is a divergence.
 */
export class Oracle {
  private worlds: CandidateState[] = []
  /** Rules that kept predictions name beside what the model's steps cite. */
  private readonly named = new Set<Rule>()
  private readonly unused = new Map<Machine, CandidateState[]>()

  private constructor(
    private readonly fresh: readonly CandidateState[],
    private readonly rested: EvidenceSets | undefined,
  ) {
    this.reset()
  }

  /**
   * @param platforms any of which the implementation may be
   * @param rested collects the rules on which right replies rested
   */
  static open(setting: TestSetup, platforms: readonly string[], rested?: EvidenceSets): Result<Oracle> {
    const fresh: CandidateState[] = []
    for (const platform of platforms) {
      const machine = buildTestMachine(setting, platform)
      if (!machine.ok) return machine
      fresh.push(CandidateState.fresh(machine.value, platform, rested !== undefined))
    }
    return { ok: true, value: new Oracle(fresh, rested) }
  }

  /** Whether it has to be asked about each reply, even where it has told the only right one before. */
  get isCurious(): boolean {
    return this.rested !== undefined
  }

  /** Any of which the implementation may be. */
  get platforms(): readonly string[] {
    return this.fresh.map(({ platform }) => platform)
  }

  reset(): void {
    this.named.clear()
    for (const world of this.worlds) this.spare.drop(world)
    this.worlds = this.fresh.map((world) => this.spare.copy(world))
  }

  /** One of the worlds, for whoever chooses the next call by what is there. */
  get first(): CandidateState | undefined {
    return this.worlds[0]
  }

  /** Every reply that the model allows to the call. One of them has to be heard next. */
  predict(call: Call): Prediction[] {
    const found = this.worlds.flatMap((world) => predict(world, call, this.spare))
    this.worlds = []
    return found.length === 1 ? found : this.different(found)
  }

  /** Goes on with the worlds of some predictions; the rest is ruled out. */
  commit(all: readonly Prediction[], kept: readonly Prediction[]): void {
    this.worlds = kept.map(({ world }) => world)
    if (kept.length === 1) for (const rule of kept[0]?.rules ?? []) this.named.add(rule)
    if (kept.length === all.length) return
    for (const { world } of all) if (!this.worlds.includes(world)) this.spare.drop(world)
  }

  /** All replies were right: notes the rules behind them, as far as every world that is left agrees. */
  finish(): void {
    const { rested, named } = this
    const [first, ...others] = this.worlds
    if (rested === undefined || first?.coverage === undefined) return
    for (const other of others) first.intersectCoverage(other)
    for (const { id } of [...named, ...decidedBy(first.coverage)]) rested.decisive.add(id)
    for (const { id } of takenBy(first.coverage)) rested.exercised.add(id)
  }

  private readonly spare = {
    copy: (world: CandidateState): CandidateState => {
      const known = this.unused.get(world.machine)?.pop()
      if (known === undefined) return world.copy()
      known.copyFrom(world)
      return known
    },
    drop: (world: CandidateState): void => {
      const list = this.unused.get(world.machine)
      if (list === undefined) this.unused.set(world.machine, [world])
      else list.push(world)
    },
  }

  private different(found: readonly Prediction[]): Prediction[] {
    const kept: Prediction[] = []
    for (const one of found) {
      const same = kept.find((known) => isSame(known.answer, one.answer) && known.world.equals(one.world))
      if (same === undefined) kept.push(one)
      else {
        same.world.intersectCoverage(one.world)
        this.spare.drop(one.world)
      }
    }
    if (kept.length > maxCandidateStates) throw new Error(`${kept.length} worlds are alive after one call`)
    return kept
  }
}

const decidedBy = (trail: Coverage): Rule[] =>
  failureCoverage(trail).flatMap(({ rule, met }) => (met > 0 ? [rule] : []))

const takenBy = (trail: Coverage): Rule[] =>
  rowCoverage(trail).flatMap(({ kind, taken }) => (taken > 0 ? relation[kind].rules : []))

const fields = ['outcome', 'result', 'data', 'fault', 'unmapped', 'mappings', 'entries', 'pinned', 'locked'] as const
const moreFields = ['faults', 'memory', 'entry', 'type'] as const
/** What a reply can say, in the order in which a difference is reported. */
export const answerFields = [...fields, ...moreFields] as const
export type AnswerField = (typeof answerFields)[number]

export function isSame(a: Answer, b: Answer): boolean {
  return a === b || answerFields.every((field) => a[field] === b[field])
}

/** The first field in which what was seen is not what was predicted; undefined if the prediction holds. */
export function difference(predicted: Answer, seen: Answer): AnswerField | undefined {
  for (const field of answerFields) if (seen[field] !== undefined && seen[field] !== predicted[field]) return field
  return undefined
}

/** A read by the host or the guest: it says what it found, whatever was promised. */
export const isRead = ({ call }: Call): boolean =>
  call === 'host-read' || call === 'guest-read' || call === 'private-read'

/** An observation that was promised and is not in a reply which this prediction says should have it. */
export function missing(
  call: Call,
  predicted: Answer,
  seen: Answer,
  promised: readonly Observation[],
): string | undefined {
  if (isRead(call) && predicted.data !== undefined && seen.data === undefined) return 'data'
  return promised.find((field) => predicted[field] !== undefined && seen[field] === undefined)
}
