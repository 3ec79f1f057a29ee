import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type Checked, invalid } from '../model/checked.js'
import * as spec from '../spec/index.js'

/** On which rules the right replies of some runs rested, as a file keeps it. */
export const restedSchema = z.strictObject({
  /** What the target calls itself, and what it was held against. */
  target: z.string(),
  platform: z.string(),
  runs: z.array(z.strictObject({ interface: z.string(), seed: z.number(), sequences: z.number(), calls: z.number() })),
  /** Ids, sorted. */
  rules: z.array(z.string()),
})
export type Rested = z.infer<typeof restedSchema>

/** Every rule, by id. */
export const allRules: ReadonlyMap<string, spec.Rule> = new Map(
  Object.values(spec).flatMap((one) => (isRule(one) ? [[one.id, one] as const] : [])),
)

function isRule(one: unknown): one is spec.Rule {
  return typeof one === 'object' && one !== null && 'id' in one && 'says' in one && 'force' in one
}

/** Reads what runs rested on; a rule that there is not is a message. */
export function readRested(path: string): Checked<Rested> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return { ok: false, message: `${path}: ${error instanceof Error ? error.message : String(error)}` }
  }
  const parsed = restedSchema.safeParse(value)
  if (!parsed.success) return invalid(path, parsed.error)
  const unknown = parsed.data.rules.find((id) => !allRules.has(id))
  if (unknown === undefined) return { ok: true, value: parsed.data }
  return { ok: false, message: `${path}: there is no rule "${unknown}"; record the runs again` }
}

/** Adds a run to those before it; a run of the same interface replaces the one that was there. */
export function addRun(before: Rested | undefined, { rules, runs, ...about }: Rested): Rested {
  const names = runs.map((run) => run.interface)
  const others = (before?.runs ?? []).filter((run) => !names.includes(run.interface))
  return { ...about, runs: [...others, ...runs], rules: [...new Set([...(before?.rules ?? []), ...rules])].sort() }
}
