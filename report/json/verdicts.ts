import { z } from 'zod'
import { partNames } from '../../model/machine/parts.js'
import { unseenSchema } from '../../search/random/unseen.js'
import { scopeSchema } from '../../search/schemas.js'
import { verdictNames } from '../../search/verdict.js'
import { type Judged, pathOf } from '../text/judged.js'

/** What `check`, `compare` and `explore` say of one property. */
export const judgement = {
  property: z.string().describe('the property that is judged'),
  verdict: z.enum(verdictNames).describe('the verdict: `dmaproof explain WORD` says what each of them means'),
  steps: z.number().int().nullable().describe('actions of the counterexample'),
  trace: z.string().nullable().describe('path of the saved counterexample'),
  why: z.string().describe('the reason of the verdict, in a sentence'),
}

/** What a verdict of any command says. */
const row = {
  design: z.string().describe('the design'),
  variant: z.string().describe('its variant; empty for a design without variants'),
  driver: z.string().describe('the driver'),
  backing: z.enum(['separate', 'in-place']).describe('whether a page has two frames, or one that changes its state'),
  guest: z.enum(['cooperative', 'arbitrary']).describe('what the guest may do'),
  lock: z.enum(['vm', 'none']).describe('none: without the lock that the design takes around a conversion'),
  platform: z.string().describe('a preset, with fields changed'),
  parts: z.array(z.enum(partNames)).describe('the parts of the machine that were on'),
  scope: scopeSchema.describe('the sizes and limits'),
  sizes: z.string().describe('the same in words'),
  ...judgement,
}

const unseen = unseenSchema
  .nullable()
  .describe('of drawn runs that found none: how sure that is (docs/how-sure.md); null after few runs')

/** What `compare --json` prints. */
export const compareSchema = z.array(
  z.strictObject({
    ...row,
    states: z.number().int().nullable().describe('distinct states that a search of states saw; null for drawn runs'),
    depth: z.number().int().nullable().describe('its levels; the initial state is at 1'),
    unseen,
  }),
)
/** What `check --json` prints. */
export const checkSchema = z.array(
  z.strictObject({
    ...row,
    configuration: z.string().describe('the configuration whose verdict this is'),
    configurations: z.number().int().describe('how many configurations were searched for the property'),
    runs: z.number().int().describe('random runs that were made'),
    seed: z.number().int().describe('the seed of the run that is shown, or of the first one'),
    unseen,
  }),
)

type CompareRow = z.infer<typeof compareSchema>[number]
type CheckRow = z.infer<typeof checkSchema>[number]

function machineOf(judged: Judged) {
  const { design, variant, driver, backing, guest, lock, platform, parts, sizes } = judged.verdict
  const scope = scopeSchema.parse(sizes)
  return {
    design,
    variant,
    driver,
    backing,
    guest,
    lock,
    platform,
    parts: [...parts],
    scope,
    sizes: sizesOf(judged),
  }
}

function answerOf(judged: Judged) {
  const { property, verdict, steps, why } = judged.verdict
  return { property, verdict, steps, trace: pathOf(judged), why }
}

/** The sizes in words, and the parts that are on beside the usual ones. */
const sizesOf = ({ verdict: { scope, parts } }: Judged): string =>
  [scope, ...(parts.length === 0 ? [] : [`with ${parts.join(' and ')}`])].join(', ')

function compareRow(judged: Judged): CompareRow {
  const { states = null, depth = null, unseen: how = null } = judged.verdict
  return { ...machineOf(judged), ...answerOf(judged), states, depth, unseen: how }
}

function checkRow(judged: Judged): CheckRow {
  const { runs, seed, found, unseen: how = null } = judged.verdict
  const { configuration = 'plain', configurations = 1 } = found ?? {}
  return {
    ...machineOf(judged),
    ...answerOf(judged),
    configuration,
    configurations,
    runs,
    seed,
    unseen: how,
  }
}

/** One row per line, so that two outputs can be compared with diff. */
const lines = (rows: readonly object[]): string => `[\n${rows.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`

/** What `compare --json` prints. */
export const compareJson = (judged: readonly Judged[]): string => lines(judged.map(compareRow))
/** What `check --json` prints. */
export const checkJson = (judged: readonly Judged[]): string => lines(judged.map(checkRow))
