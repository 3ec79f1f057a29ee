import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ok, type Result, refuse } from '../../base/result.js'
import { invalid } from '../../search/schemas.js'
import * as spec from '../../spec/index.js'

const ids = z.array(z.string())
const runSchema = z.strictObject({
  interface: z.string().describe('the interface'),
  seed: z.number().describe('the seed'),
  sequences: z.number().describe('sequences that were asked'),
  calls: z.number().describe('calls in them'),
  decisive: ids.describe('ids of rules that decided a right reply: by an errno, or named by the oracle; sorted'),
  exercised: ids.describe('ids of rules cited by steps that ran before right replies; sorted'),
})

/** The rules behind the right replies of some runs, one run per interface, as a file holds them. */
export const ruleEvidenceSchema = z.strictObject({
  target: z.string().describe('the target, by its own name'),
  platform: z.string().describe('the platform that it was checked against'),
  runs: z.array(runSchema).describe('one entry an interface'),
})
export type RuleEvidence = z.infer<typeof ruleEvidenceSchema>
export type EvidenceRun = z.infer<typeof runSchema>

/** What an oracle collects. */
export interface EvidenceSets {
  readonly decisive: Set<string>
  readonly exercised: Set<string>
}

/** Two empty sets of rules. */
export const noEvidence = (): EvidenceSets => ({ decisive: new Set(), exercised: new Set() })

/** Every rule, by id. */
export const allRules: ReadonlyMap<string, spec.Rule> = new Map(
  Object.values(spec).flatMap((one) => (isRule(one) ? [[one.id, one] as const] : [])),
)

function isRule(one: unknown): one is spec.Rule {
  return typeof one === 'object' && one !== null && 'id' in one && 'statement' in one && 'force' in one
}

/** Reads the evidence of runs; an unknown rule is an error. */
export function readRuleEvidence(path: string): Result<RuleEvidence> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return refuse(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = ruleEvidenceSchema.safeParse(value)
  if (!parsed.success) return invalid(path, parsed.error)
  const { runs } = parsed.data
  const unknown = runs.flatMap(({ decisive, exercised }) => [...decisive, ...exercised]).find((id) => !allRules.has(id))
  if (unknown === undefined) return ok(parsed.data)
  return refuse(`${path}: there is no rule "${unknown}"; delete the file, and record its runs again`)
}

/** Replaces the last run of the same interface. Another target, or another platform, is an error. */
export function addRunEvidence(
  before: RuleEvidence | undefined,
  about: Omit<RuleEvidence, 'runs'>,
  run: EvidenceRun,
): Result<RuleEvidence> {
  const other = (['target', 'platform'] as const).find((name) => before !== undefined && before[name] !== about[name])
  if (before !== undefined && other !== undefined) {
    return refuse(`its ${other} is ${before[other]}, this run's is ${about[other]}; name another file`)
  }
  const others = (before?.runs ?? []).filter((one) => one.interface !== run.interface)
  return ok({ ...about, runs: [...others, run] })
}
