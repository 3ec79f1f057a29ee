import { ok, type Result } from '../../base/result.js'
import { failureCoverage, rowCoverage } from '../../model/actions/coverage.js'
import { type Coverage, relation } from '../../model/actions/relation.js'
import type { Machine } from '../../model/machine/machine.js'
import type { Rule } from '../../spec/index.js'
import type { Answer, Call, Observation } from '../protocol/messages.js'
import type { TestSetup } from '../protocol/setting.js'
import { CandidateState } from './candidate-state.js'
import { buildTestMachine } from './machine.js'
import { predict } from './predict.js'
import type { Prediction } from './prediction.js'
import type { EvidenceSets } from './rule-evidence.js'

/** Candidates that may exist at once; more would mean a choice that no reply resolves, which is a bug of the model. */
const maxCandidateStates = 1000

/**
 * The test oracle: the set of model states in which every reply so far is right, one or more per platform. A reply that
 * is right in none of them is a divergence.
 */
export class Oracle {
  private candidates: CandidateState[] = []
  /** Rules that predictions name, beside those that the steps of the model cite. */
  private readonly named = new Set<Rule>()
  private readonly unused = new Map<Machine, CandidateState[]>()

  private constructor(
    private readonly fresh: readonly CandidateState[],
    private readonly evidence: EvidenceSets | undefined,
  ) {
    this.reset()
  }

  /**
   * @param platforms that the implementation may be
   * @param evidence collects the rules behind right replies
   */
  static open(setting: TestSetup, platforms: readonly string[], evidence?: EvidenceSets): Result<Oracle> {
    const fresh: CandidateState[] = []
    for (const platform of platforms) {
      const machine = buildTestMachine(setting, platform)
      if (!machine.ok) return machine
      fresh.push(CandidateState.fresh(machine.value, platform, setting.interface, evidence !== undefined))
    }
    return ok(new Oracle(fresh, evidence))
  }

  /** Whether a reply is predicted also where the only right one is known: to collect evidence. */
  get needsEveryReply(): boolean {
    return this.evidence !== undefined
  }

  /** Platforms that the implementation may be. */
  get platforms(): readonly string[] {
    return this.fresh.map(({ platform }) => platform)
  }

  reset(): void {
    this.named.clear()
    for (const candidate of this.candidates) this.pool.drop(candidate)
    this.candidates = this.fresh.map((candidate) => this.pool.copy(candidate))
  }

  /** One of the candidates, from which a generator chooses the next call. */
  get first(): CandidateState | undefined {
    return this.candidates[0]
  }

  /** Every reply that the model allows to the call. `commit` has to follow. */
  predict(call: Call): Prediction[] {
    const found = this.predictAll(call)
    this.candidates = []
    return found.length === 1 ? found : this.different(found)
  }

  /** Most calls leave one candidate. */
  private predictAll(call: Call): Prediction[] {
    const [only, ...others] = this.candidates
    if (only === undefined) return []
    const found = predict(only, call, this.pool)
    return others.length === 0 ? found : found.concat(...others.map((one) => predict(one, call, this.pool)))
  }

  /** Keeps the candidates of some predictions and drops the others. */
  commit(all: readonly Prediction[], kept: readonly Prediction[]): void {
    this.candidates = kept.map(({ candidate }) => candidate)
    if (kept.length === 1) for (const rule of kept[0]?.rules ?? []) this.named.add(rule)
    if (kept.length === all.length) return
    for (const { candidate } of all) if (!this.candidates.includes(candidate)) this.pool.drop(candidate)
  }

  /** Notes the rules behind a sequence of right replies, as far as all remaining candidates agree. */
  finish(): void {
    const { evidence, named } = this
    const [first, ...others] = this.candidates
    if (evidence === undefined || first?.coverage === undefined) return
    for (const other of others) first.intersectCoverage(other)
    for (const { id } of [...named, ...decidedBy(first.coverage)]) evidence.decisive.add(id)
    for (const { id } of takenBy(first.coverage)) evidence.exercised.add(id)
  }

  private readonly pool = {
    copy: (candidate: CandidateState): CandidateState => {
      const known = this.unused.get(candidate.machine)?.pop()
      if (known === undefined) return candidate.copy()
      known.copyFrom(candidate)
      return known
    },
    drop: (candidate: CandidateState): void => {
      const list = this.unused.get(candidate.machine)
      if (list === undefined) this.unused.set(candidate.machine, [candidate])
      else list.push(candidate)
    },
  }

  private different(found: readonly Prediction[]): Prediction[] {
    const kept: Prediction[] = []
    for (const prediction of found) {
      const same = kept.find(
        (known) => isSame(known.answer, prediction.answer) && known.candidate.equals(prediction.candidate),
      )
      if (same === undefined) kept.push(prediction)
      else {
        same.candidate.intersectCoverage(prediction.candidate)
        this.pool.drop(prediction.candidate)
      }
    }
    if (kept.length > maxCandidateStates) throw new Error(`${kept.length} candidates are alive after one call`)
    return kept
  }
}

const decidedBy = (coverage: Coverage): Rule[] =>
  failureCoverage(coverage).flatMap(({ rule, met }) => (met > 0 ? [rule] : []))

const takenBy = (coverage: Coverage): Rule[] =>
  rowCoverage(coverage).flatMap(({ kind, taken }) => (taken > 0 ? relation[kind].rules : []))

const fields = ['outcome', 'result', 'data', 'fault', 'unmapped', 'pins', 'mappings', 'entries'] as const
const moreFields = ['pinned', 'locked', 'tables', 'stray', 'faults', 'memory', 'entry', 'type', 'ripas'] as const
/** The fields of a reply, in the order in which a difference is reported. */
export const answerFields = [...fields, ...moreFields] as const
export type AnswerField = (typeof answerFields)[number]

/** Whether two replies agree in every field of `answerFields`. */
export const isSame = (a: Answer, b: Answer): boolean => a === b || (confirms(a, b) && confirms(b, a))

/** The first field in which what was seen is not what was predicted; undefined if the prediction holds. */
export function difference(predicted: Answer, seen: Answer): AnswerField | undefined {
  if (confirms(predicted, seen)) return undefined
  return answerFields.find((field) => seen[field] !== undefined && seen[field] !== predicted[field])
}

/** Whether what was seen is as predicted: each field by its name, since a loop over names takes a tenth of a run. */
const confirms = (predicted: Answer, seen: Answer): boolean =>
  (seen.outcome === undefined || seen.outcome === predicted.outcome) &&
  (seen.result === undefined || seen.result === predicted.result) &&
  (seen.data === undefined || seen.data === predicted.data) &&
  (seen.fault === undefined || seen.fault === predicted.fault) &&
  (seen.unmapped === undefined || seen.unmapped === predicted.unmapped) &&
  (seen.pins === undefined || seen.pins === predicted.pins) &&
  (seen.mappings === undefined || seen.mappings === predicted.mappings) &&
  (seen.entries === undefined || seen.entries === predicted.entries) &&
  (seen.pinned === undefined || seen.pinned === predicted.pinned) &&
  (seen.locked === undefined || seen.locked === predicted.locked) &&
  (seen.tables === undefined || seen.tables === predicted.tables) &&
  (seen.stray === undefined || seen.stray === predicted.stray) &&
  (seen.faults === undefined || seen.faults === predicted.faults) &&
  (seen.memory === undefined || seen.memory === predicted.memory) &&
  (seen.entry === undefined || seen.entry === predicted.entry) &&
  (seen.type === undefined || seen.type === predicted.type) &&
  (seen.ripas === undefined || seen.ripas === predicted.ripas)

/** A read by the host or the guest: its reply has `data`, whatever the target promised. */
export const isRead = ({ call }: Call): boolean => reads.has(call)

const reads: ReadonlySet<Call['call']> = new Set(
  (['host', 'guest', 'private', 'trusted', 'realm', 'granule'] as const).map((who) => `${who}-read` as const),
)

/** A promised observation that the prediction has and the reply lacks. */
export function missing(
  call: Call,
  predicted: Answer,
  seen: Answer,
  promised: readonly Observation[],
): string | undefined {
  if (isRead(call) && predicted.data !== undefined && seen.data === undefined) return 'data'
  for (const field of promised) if (predicted[field] !== undefined && seen[field] === undefined) return field
  return undefined
}
