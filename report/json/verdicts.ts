import { z } from 'zod'
import { partNames } from '../../model/machine/parts.js'
import { verdictNames } from '../../search/verdict.js'
import { type Judged, pathOf } from '../text/judged.js'

/** What `check`, `compare` and `explore` say of one property. */
export const judgement = {
  property: z.string().describe('the property that is judged'),
  verdict: z.enum(verdictNames).describe('the verdict: `dmaproof explain WORD` says what each of them means'),
  steps: z.number().int().nullable().describe('actions of the shrunk counterexample'),
  trace: z.string().nullable().describe('path of the saved counterexample'),
  why: z.string().describe('the reason of the verdict, in a sentence'),
}

const row = {
  design: z.string().describe('the design'),
  variant: z.string().describe('its variant; empty for a design without variants'),
  driver: z.string().describe('the driver'),
  backing: z.enum(['separate', 'in-place']).describe('whether a page has two frames, or one that changes its state'),
  guest: z.enum(['cooperative', 'arbitrary']).describe('what the guest may do'),
  scope: z.string().describe('the sizes and limits, in words'),
  platform: z.string().describe('a preset, with fields changed'),
  ...judgement,
}

/** What `compare --json` prints. */
export const compareSchema = z.array(z.strictObject(row))
/** What `check --json` prints. */
export const checkSchema = z.array(
  z.strictObject({
    ...row,
    lock: z.enum(['vm', 'none']).describe('none: without the lock that the design takes around a conversion'),
    parts: z.array(z.enum(partNames)).describe('the parts of the machine that were on'),
    configuration: z.string().describe('the configuration whose verdict this is'),
    configurations: z.number().int().describe('how many configurations were searched for the property'),
    runs: z.number().int().describe('random runs that were made'),
    seed: z.number().int().describe('the seed of the run that is shown, or of the first one'),
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
