import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { whyUnreadable } from '../../base/folder.js'
import { ok, type Result, refuse } from '../../base/result.js'
import { Coverage, failing, kinds } from '../../model/actions/relation.js'
import { saveText } from '../archive/save.js'
import { modelVersion } from '../trace.js'

/** How often rows were taken and failures met, added up over runs of the tool. */
export const coverageSchema = z.strictObject({
  dmaproof: z.literal('coverage').describe('the kind of the file'),
  model: z.literal(modelVersion).describe('the version of the model'),
  taken: z.record(z.string(), z.number()).describe('how often each kind of action was taken'),
  failed: z
    .record(z.string(), z.number())
    .describe('how often each failed, by `KIND RULE`; with ` injected` where the environment made it fail'),
})

const failureName = ({ kind, rule, injected }: (typeof failing)[number]): string =>
  `${kinds.names[kind] ?? ''} ${rule.id}${injected ? ' injected' : ''}`

/** Reads a file of coverage; an empty one if there is no such file. */
export function readCoverage(path: string): Result<Coverage> {
  const coverage = new Coverage()
  if (!existsSync(path)) return ok(coverage)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return refuse(`${path}: ${error instanceof SyntaxError ? 'not JSON' : whyUnreadable(error)}`)
  }
  const parsed = coverageSchema.safeParse(value)
  if (!parsed.success) {
    const remedy = 'give a file that --stats-file has written with this version, or a new name'
    return refuse(`${path}: not a file of coverage of this model`, { remedy })
  }
  for (const [index, name] of kinds.names.entries()) coverage.taken[index] = parsed.data.taken[name] ?? 0
  for (const [index, one] of failing.entries()) coverage.failed[index] = parsed.data.failed[failureName(one)] ?? 0
  return ok(coverage)
}

/** Writes coverage to a file. @returns the path; refused if the file system refuses */
export function writeCoverage(path: string, coverage: Coverage): Result<string> {
  const taken = Object.fromEntries(kinds.names.map((name, index) => [name, coverage.taken[index]]))
  const failed = Object.fromEntries(failing.map((one, index) => [failureName(one), coverage.failed[index]]))
  const value = { dmaproof: 'coverage', model: modelVersion, taken, failed }
  return saveText(`${JSON.stringify(value, null, 1)}\n`, path, 'the coverage')
}
