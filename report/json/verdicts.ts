import { z } from 'zod'
import { partNames } from '../../model/machine/parts.js'
import { type Judged, pathOf } from '../text/judged.js'

const row = {
  design: z.string(),
  /** Empty for a design without variants. */
  variant: z.string(),
  driver: z.string(),
  backing: z.enum(['separate', 'in-place']),
  guest: z.enum(['cooperative', 'arbitrary']),
  scope: z.string(),
  platform: z.string(),
  property: z.string(),
  verdict: z.enum(['violated', 'held', 'none-found', 'inconclusive', 'vacuous', 'not-applicable']),
  /** Actions of the shrunk counterexample. */
  steps: z.number().int().nullable(),
  /** Path of the saved counterexample. */
  trace: z.string().nullable(),
  why: z.string(),
}

/** What `compare --json` prints. */
export const compareSchema = z.array(z.strictObject(row))
/** What `check --json` prints. */
export const checkSchema = z.array(
  z.strictObject({
    ...row,
    lock: z.enum(['vm', 'none']),
    parts: z.array(z.enum(partNames)),
    /** The configuration whose verdict this is, and how many were searched for the property. */
    configuration: z.string(),
    configurations: z.number().int(),
    runs: z.number().int(),
    seed: z.number().int(),
  }),
)

type CompareRow = z.infer<typeof compareSchema>[number]
type CheckRow = z.infer<typeof checkSchema>[number]

function compareRow(judged: Judged): CompareRow {
  const { design, variant, driver, backing, guest, platform, property, verdict, steps, why, parts } = judged.verdict
  const scope = [judged.verdict.scope, ...(parts.length === 0 ? [] : [`with ${parts.join(' and ')}`])].join(', ')
  const trace = pathOf(judged)
  return { design, variant, driver, backing, guest, scope, platform, property, verdict, steps, trace, why }
}

function checkRow(judged: Judged): CheckRow {
  const { lock, parts, runs, seed, found } = judged.verdict
  const { configuration = 'plain', configurations = 1 } = found ?? {}
  return { ...compareRow(judged), lock, parts: [...parts], configuration, configurations, runs, seed }
}

/** One row a line, so that two outputs can be compared with diff. */
const lines = (rows: readonly object[]): string => `[\n${rows.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`

export const compareJson = (judged: readonly Judged[]): string => lines(judged.map(compareRow))
export const checkJson = (judged: readonly Judged[]): string => lines(judged.map(checkRow))
