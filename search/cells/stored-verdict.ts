import { z } from 'zod'
import { ok, type Result } from '../../base/result.js'
import { partNames } from '../../model/machine/parts.js'
import { unseenSchema } from '../random/unseen.js'
import { scopeSchema } from '../schemas.js'
import { readTrace, type Trace, writeTrace } from '../trace.js'
import { type Verdict, verdictNames } from '../verdict.js'

const count = z.number().int()
const lock = z.enum(['vm', 'none'])
const guest = z.enum(['cooperative', 'arbitrary'])

/** A verdict as a result has it: the counterexample is the text of its trace. */
export const storedVerdictSchema = z.strictObject({
  design: z.string().describe('the design'),
  variant: z.string().describe('its variant; empty for a design without variants'),
  driver: z.string().describe('the driver'),
  backing: z.enum(['separate', 'in-place']).describe('whether a page has two frames, or one'),
  guest: guest.describe('what the guest may do'),
  lock: lock.describe('none: without the lock that the design takes around a conversion'),
  scope: z.string().describe('the sizes in words'),
  sizes: scopeSchema.describe('the sizes and limits'),
  platform: z.string().describe('a preset, with fields changed'),
  parts: z.array(z.enum(partNames)).describe('the parts of the machine that were on'),
  property: z.string().describe('the property that is judged'),
  found: z
    .strictObject({
      configuration: z.string().describe('the configuration whose verdict this is'),
      configurations: count.describe('how many configurations were searched'),
      asked: z
        .strictObject({
          guest: guest.describe('what the guest may do'),
          lock: lock.describe('the lock'),
          scope: z.string().describe('the sizes in words'),
          platform: z.string().describe('the platform'),
        })
        .describe('the machine that was asked for'),
    })
    .optional()
    .describe('where check found it, if it looked in more than one configuration'),
  verdict: z.enum(verdictNames).describe('the verdict'),
  steps: count.nullable().describe('actions of the counterexample'),
  runs: count.describe('random runs that were made'),
  seed: count.describe('the seed'),
  why: z.string().describe('the reason of the verdict'),
  unseen: unseenSchema.optional().describe('how sure it is that drawn runs found none'),
  states: count.optional().describe('distinct states that a search of states saw'),
  transitions: count.optional().describe('steps between them'),
  depth: count.optional().describe('its levels'),
  trace: z.string().optional().describe('the counterexample: the text of a trace'),
})

type Stored = z.input<typeof storedVerdictSchema>

/** A verdict as a result of a cell has it; `readVerdict` reads it. */
export function storedVerdict({ trace, ...verdict }: Verdict): Stored {
  const { parts, ...rest } = verdict
  return { ...rest, parts: [...parts], ...(trace === undefined ? {} : { trace: writeTrace(trace) }) }
}

/** The verdict that was stored; refused if its trace cannot be read. */
export function readVerdict({
  trace: text,
  found,
  unseen,
  states,
  transitions,
  depth,
  ...rest
}: z.output<typeof storedVerdictSchema>): Result<Verdict> {
  const trace = text === undefined ? ok(undefined) : readAsWritten(text)
  if (!trace.ok) return trace
  return ok({
    ...rest,
    ...(found === undefined ? {} : { found }),
    ...(unseen === undefined ? {} : { unseen }),
    ...(states === undefined ? {} : { states }),
    ...(transitions === undefined ? {} : { transitions }),
    ...(depth === undefined ? {} : { depth }),
    ...(trace.value === undefined ? {} : { trace: trace.value }),
  })
}

/**
 * Reads a trace, and leaves the fields in the order in which they were written: `readTrace` gives them that of its
 * schema, and a trace is named by the digest of its text.
 */
function readAsWritten(text: string): Result<Trace> {
  const read = readTrace(text)
  if (!read.ok) return read
  const [header, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { steps, continuation } = read.value
  const written = { header, steps: lines.slice(0, steps.length) }
  return ok(continuation === undefined ? written : { ...written, continuation: lines.slice(steps.length) })
}
