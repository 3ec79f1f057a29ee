import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { invalid, type Result } from '../../base/result.js'
import * as spec from '../../spec/index.js'

const ids = z.array(z.string())
const runSchema = z.strictObject({
  interface: z.string(),
  seed: z.number(),
  sequences: z.number(),
  calls: z.number(),
  /** Ids of rules by which a right reply was what it was: an errno, or what the judge names. Sorted. */
  decided: ids,
  /** Ids of rules that a step cites which was taken on the way to right replies. Sorted. */
  taken: ids,
})

/** On which rules the right replies of some runs rested, as a file keeps it: a run an interface. */
export const ruleEvidenceSchema = z.strictObject({
  /** What the target calls itself, and what it was held against. */
  target: z.string(),
  platform: z.string(),
  runs: z.array(runSchema),
})
export type RuleEvidence = z.infer<typeof ruleEvidenceSchema>
export type EvidenceRun = z.infer<typeof runSchema>

/** What a judge collects. */
export interface EvidenceSets {
  readonly decisive: Set<string>
  readonly exercised: Set<string>
}

export const noEvidence = (): EvidenceSets => ({ decisive: new Set(), exercised: new Set() })

/** Every rule, by id. */
export const allRules: ReadonlyMap<string, spec.Rule> = new Map(
  Object.values(spec).flatMap((one) => (isRule(one) ? [[one.id, one] as const] : [])),
)

function isRule(one: unknown): one is spec.Rule {
  return typeof one === 'object' && one !== null && 'id' in one && 'statement' in one && 'force' in one
}

/** Reads what runs rested on; a rule that there is not is a message. */
export function readRuleEvidence(path: string): Result<RuleEvidence> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return { ok: false, message: `${path}: ${error instanceof Error ? error.message : String(error)}` }
  }
  const parsed = ruleEvidenceSchema.safeParse(value)
  if (!parsed.success) return invalid(path, parsed.error)
  const { runs } = parsed.data
  const unknown = runs.flatMap(({ decided, taken }) => [...decided, ...taken]).find((id) => !allRules.has(id))
  if (unknown === undefined) return { ok: true, value: parsed.data }
  return { ok: false, message: `${path}: there is no rule "${unknown}"; delete the file, and record its runs again` }
}

/** Puts a run in the place of the last one of its interface. Another target, or another platform, is a message. */
export function addRun(
  before: RuleEvidence | undefined,
  about: Omit<RuleEvidence, 'runs'>,
  run: EvidenceRun,
): Result<RuleEvidence> {
  const other = (['target', 'platform'] as const).find((name) => before !== undefined && before[name] !== about[name])
  if (before !== undefined && other !== undefined) {
    return { ok: false, message: `its ${other} is ${before[other]}, this run's is ${about[other]}; name another file` }
  }
  const others = (before?.runs ?? []).filter((one) => one.interface !== run.interface)
  return { ok: true, value: { ...about, runs: [...others, run] } }
}
