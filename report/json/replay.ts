import { z } from 'zod'
import type { Divergence } from '../../conform/oracle/check.js'
import type { Transcript } from '../../conform/protocol/transcript.js'
import { print } from '../../model/machine/action.js'
import { errnoNames } from '../../model/machine/errno.js'
import { broken } from '../../properties/failure.js'
import { machineConfigSchema } from '../../search/machine-config.js'
import type { Replayed } from '../../search/simulator.js'
import type { Trace } from '../../search/trace.js'
import { divergenceFields, divergenceJson } from './conform.js'

const count = z.number().int().min(0)
const file = z.string().describe('path of the file')

const stepSchema = z.strictObject({
  action: z.string().describe('the action, as `dmaproof explain` names it, with its parameters'),
  outcome: z.enum(errnoNames).describe('ok, or the errno or TDX status'),
  rule: z.string().nullable().describe('id of the rule behind an outcome other than ok'),
})

const traceReplaySchema = z.strictObject({
  kind: z.literal('trace').describe('a run of the model'),
  file,
  setup: machineConfigSchema.describe('what names the machine'),
  property: z.string().describe('the property that is judged'),
  violated: z.boolean().describe('whether the run violates it in this model'),
  why: z.string().nullable().describe('how; null if it does not'),
  rule: z.string().nullable().describe('id of the rule that is broken'),
  page: count.nullable().describe('the guest page at which it is broken, if it is of one'),
  steps: z.array(stepSchema).describe('the actions up to the violation, or all of them'),
  left: count.describe('actions of the file behind the violation'),
})

const transcriptReplaySchema = z.strictObject({
  kind: z.literal('transcript').describe('what an implementation was asked, and its replies'),
  file,
  target: z.string().describe('the implementation that it is of'),
  asked: z.string().nullable().describe('the target that was asked again; null if the recorded replies were checked'),
  interface: z.string().describe('the interface that was asked'),
  platforms: z.array(z.string()).describe('the platforms that it may be'),
  calls: count.describe('calls that were checked'),
  divergence: z
    .strictObject(divergenceFields)
    .nullable()
    .describe('the reply that the model does not allow; null if it allows all'),
})

/** What `replay --json` prints. */
export const replaySchema = z.union([traceReplaySchema, transcriptReplaySchema])

/** How an object is printed: over several lines, or on one, where others follow. */
export type Layout = 'whole' | 'line'

const textOf = (whole: z.input<typeof replaySchema>, layout: Layout): string =>
  `${JSON.stringify(whole, null, layout === 'whole' ? 1 : 0)}\n`

/**
 * @param trace the actions that were taken now
 * @param recorded how many the file has
 */
export function traceReplayJson(
  path: string,
  trace: Trace,
  recorded: number,
  { failure }: Replayed,
  layout: Layout,
): string {
  const found = failure === undefined ? undefined : broken(failure)
  const whole: z.input<typeof traceReplaySchema> = {
    kind: 'trace',
    file: path,
    setup: trace.header.setup,
    property: trace.header.property,
    violated: found !== undefined,
    why: found?.why ?? null,
    rule: found?.broken ?? null,
    page: found?.page ?? null,
    steps: trace.steps.map(({ action, outcome, rule }) => ({ action: print(action), outcome, rule: rule ?? null })),
    left: recorded - trace.steps.length,
  }
  return textOf(whole, layout)
}

/** @param asked the target that gave the replies; undefined if they are those of the file */
export function transcriptReplayJson(
  path: string,
  { header, sequence }: Transcript,
  found: Divergence | undefined,
  asked: string | undefined,
  layout: Layout,
): string {
  const whole: z.infer<typeof transcriptReplaySchema> = {
    kind: 'transcript',
    file: path,
    target: header.target,
    asked: asked ?? null,
    interface: header.interface,
    platforms: [...header.platforms],
    calls: sequence.calls.length,
    divergence: found === undefined ? null : divergenceJson(found),
  }
  return textOf(whole, layout)
}
