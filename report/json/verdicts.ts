import { z } from 'zod'
import { partNames } from '../../model/machine/parts.js'
import { scopeSchema } from '../../search/schemas.js'
import { type Judged, pathOf } from '../text/judged.js'

/** What a verdict of any command says. */
const row = {
  design: z.string(),
  /** Empty for a design without variants. */
  variant: z.string(),
  driver: z.string(),
  backing: z.enum(['separate', 'in-place']),
  guest: z.enum(['cooperative', 'arbitrary']),
  lock: z.enum(['vm', 'none']),
  platform: z.string(),
  parts: z.array(z.enum(partNames)),
  property: z.string(),
  verdict: z.enum(['violated', 'held', 'none-found', 'inconclusive', 'vacuous', 'not-applicable']),
  /** Actions of the counterexample. */
  steps: z.number().int().nullable(),
  /** Path of the saved counterexample. */
  trace: z.string().nullable(),
  why: z.string(),
}

/** What `compare --json` prints. */
export const compareSchema = z.array(
  z.strictObject({
    ...row,
    scope: scopeSchema,
    /** The sizes, in a few words. */
    sizes: z.string(),
    /** Distinct states that a search of states saw, and its levels; null for drawn runs. */
    states: z.number().int().nullable(),
    depth: z.number().int().nullable(),
  }),
)
/** What `check --json` prints. */
export const checkSchema = z.array(
  z.strictObject({
    ...row,
    scope: z.string(),
    /** The configuration whose verdict this is, and how many were searched for the property. */
    configuration: z.string(),
    configurations: z.number().int(),
    runs: z.number().int(),
    seed: z.number().int(),
  }),
)

type CompareRow = z.infer<typeof compareSchema>[number]
type CheckRow = z.infer<typeof checkSchema>[number]

function machineOf({ verdict }: Judged) {
  const { design, variant, driver, backing, guest, lock, platform, parts } = verdict
  return { design, variant, driver, backing, guest, lock, platform, parts: [...parts] }
}

function answerOf(judged: Judged) {
  const { property, verdict, steps, why } = judged.verdict
  return { property, verdict, steps, trace: pathOf(judged), why }
}

/** The sizes in words, and the parts that are on beside the usual ones. */
const sizesOf = ({ verdict: { scope, parts } }: Judged): string =>
  [scope, ...(parts.length === 0 ? [] : [`with ${parts.join(' and ')}`])].join(', ')

function compareRow(judged: Judged): CompareRow {
  const { sizes, states = null, depth = null } = judged.verdict
  const scope = scopeSchema.parse(sizes)
  return { ...machineOf(judged), scope, sizes: sizesOf(judged), ...answerOf(judged), states, depth }
}

function checkRow(judged: Judged): CheckRow {
  const { runs, seed, found } = judged.verdict
  const { configuration = 'plain', configurations = 1 } = found ?? {}
  return {
    ...machineOf(judged),
    scope: sizesOf(judged),
    ...answerOf(judged),
    configuration,
    configurations,
    runs,
    seed,
  }
}

/** One row a line, so that two outputs can be compared with diff. */
const lines = (rows: readonly object[]): string => `[\n${rows.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`

export const compareJson = (judged: readonly Judged[]): string => lines(judged.map(compareRow))
export const checkJson = (judged: readonly Judged[]): string => lines(judged.map(checkRow))
