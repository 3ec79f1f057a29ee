import { failing, type Kind, relation } from '../../model/actions/relation.js'
import type { Row } from '../../model/actions/row.js'
import { FaultReason } from '../../model/machine/effects.js'
import { errnoNames } from '../../model/machine/errno.js'
import type { Plan } from '../../model/plan/plan.js'
import {
  privateGpaMayAbort,
  privateKeyIdAborts,
  type Rule,
  vtdBlockedNeverCompletes,
  vtdDetachBlocks,
  vtdNotPresent,
  vtdReadNeedsR,
  vtdWriteNeedsW,
} from '../../spec/index.js'
import {
  type Answer,
  type Call,
  type InterfaceName,
  isModule,
  isRmmInterface,
  type Observation,
} from '../protocol/messages.js'
import { attachmentRules, type FieldContext, fieldRules, tableRules } from './field-rules.js'
import { drivers } from './machine.js'
import { type AnswerField, difference, isRead, missing } from './oracle.js'
import type { Prediction } from './prediction.js'
import { rmmOutcomeRules } from './rmm/outcomes.js'
import { septOutcomeRules } from './sept/outcomes.js'

/**
 * A reply that the model allows, and why the reply that was seen is not allowed.
 *
 * @example
 * const allowed: readonly Allowed[] = found.divergence.allowed
 */
export interface Allowed {
  readonly platform: string
  readonly answer: Answer
  /** In which field the two differ; undefined if there was no reply. */
  readonly field?: AnswerField
  /** Why that field could only be what it is here. */
  readonly why: string
  readonly rules: readonly Rule[]
}

const byReason: Readonly<Record<number, Rule>> = {
  [FaultReason.NotPresent]: vtdNotPresent,
  [FaultReason.NoContext]: vtdDetachBlocks,
  [FaultReason.NoWrite]: vtdWriteNeedsW,
  [FaultReason.NoRead]: vtdReadNeedsR,
  [FaultReason.PrivateKey]: privateKeyIdAborts,
  [FaultReason.PrivateGpa]: privateGpaMayAbort,
}

/** What was asked: a call, behind others, and what its reply has to show. */
interface Asked extends Pick<FieldContext, 'call' | 'before' | 'on'> {
  readonly promised: readonly Observation[]
}

/** Explains one prediction against what was seen; `seen` is undefined if nothing was. */
export function explain(
  { candidate, answer, cause, reason, rules }: Prediction,
  seen: Answer | undefined,
  { call, before, on, promised }: Asked,
): Allowed {
  const base = { platform: candidate.platform, answer: visible(answer, call, promised) }
  if (seen === undefined) return { ...base, why: 'it has to be answered', rules: [] }
  const field = difference(answer, seen)
  if (field === undefined) {
    return { ...base, why: `the reply lacks "${missing(call, answer, seen, promised)}"`, rules: [] }
  }
  if (rules !== undefined && (field !== 'outcome' || answer.outcome !== 'ok'))
    return { ...base, field, ...because(rules) }
  if (field !== 'outcome')
    return { ...base, field, ...whyField(field, { call, before, on, reason, candidate, outcome: answer.outcome }) }
  if (cause > 0) {
    const rule = failing[cause]?.rule
    return { ...base, field, ...because(rule === undefined ? [] : [rule]) }
  }
  return { ...base, field, ...whyNot(seen.outcome, call, on) }
}

const because = (rules: readonly Rule[]): Pick<Allowed, 'why' | 'rules'> => {
  return { why: rules.map(({ statement }) => statement).join(' '), rules }
}

/** The fields of a reply that the target promised to observe. */
function visible(answer: Answer, call: Call, promised: readonly Observation[]): Answer {
  const always = ['outcome', ...(isRead(call) ? ['data'] : [])]
  const kept = Object.entries(answer).filter(
    ([field]) => always.includes(field) || promised.some((one) => one === field),
  )
  return Object.fromEntries(kept) as Answer
}

/** Why a call that the model lets succeed cannot fail with an errno: the rules that would give it do not apply. */
function whyNot(outcome: string, call: Call, on: InterfaceName): Pick<Allowed, 'why' | 'rules'> {
  const ways = outcomeRules(call, on).filter(({ errno }) => errno === outcome)
  const rules = [...new Set(ways.map(({ rule }) => rule))]
  if (rules.length === 0) return { why: `no rule lets ${call.call} fail with ${outcome}`, rules: [] }
  return {
    why: `${outcome} is for what does not hold here: ${rules.map(({ statement }) => statement).join(' ')}`,
    rules,
  }
}

/** Every way in which a call of an interface can fail, in the order of its steps and of their checks. */
export function outcomeRules(call: Pick<Call, 'call'>, on: InterfaceName): { errno: string; rule: Rule }[] {
  if (isModule(on)) return septOutcomeRules(call)
  if (isRmmInterface(on)) return rmmOutcomeRules(call)
  const driver = drivers[on]
  const { accounting = 'type1' } = driver
  const plans: Readonly<Record<string, Plan>> = {
    map: driver.map.body,
    unmap: driver.unmap.body,
    'unmap-all': driver.unmap.body,
    'unmap-under-dma': driver.unmap.body,
  }
  return stepsOf(plans[call.call] ?? []).flatMap((kind) => {
    const row: Row = relation[kind]
    const fails = (row.fails ?? []).filter(({ only = accounting }) => only === accounting)
    return fails.map(({ rule, errno }) => ({ errno: errnoNames[errno] ?? '?', rule }))
  })
}

function stepsOf(plan: Plan): Kind[] {
  return plan.flatMap((node): Kind[] => {
    if ('row' in node) return [node.row as Kind]
    return 'body' in node ? stepsOf(node.body) : []
  })
}

function whyField(
  field: Exclude<AnswerField, 'outcome'>,
  about: FieldContext & { readonly reason: number },
): Pick<Allowed, 'why' | 'rules'> {
  const isDma = about.call.call === 'dma-read' || about.call.call === 'dma-write'
  const rule = byReason[about.reason]
  const isBlocked = isDma && rule !== undefined
  if (!isBlocked) return because(fieldRules(field, about))
  return because([...tableRules('result', about), ...attachmentRules(about), rule, vtdBlockedNeverCompletes])
}
