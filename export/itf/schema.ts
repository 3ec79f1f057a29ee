import { z } from 'zod'
import { traceHeaderSchema } from '../../search/trace.js'

/** The variable with the action that is taken from a state; every other one is a view of the state. */
export const actionVariable = 'action'

/** Where the form is described: Apalache's ADR-015, revision of 2025-11-11. */
export const itfDescription = 'https://apalache-mc.org/docs/adr/015adr-trace.html'

export const itfSchema = z.looseObject({
  '#meta': z
    .looseObject({
      varTypes: z.record(z.string(), z.string()).optional().describe('types of the variables, which Apalache reads'),
      dmaproof: traceHeaderSchema
        .omit({ initial: true })
        .optional()
        .describe('the header of the trace; absent if another program wrote the states'),
    })
    .optional()
    .describe('notes of the writer'),
  vars: z.array(z.string()).describe('the variables: views of the state (`model/machine/state.ts`), and `action`'),
  states: z
    .array(z.record(z.string(), z.unknown()))
    .min(1)
    .describe('a view is a `#map` from index to `#bigint`, or a list; `action` is the action taken from the state'),
  loop: z.number().int().min(0).optional().describe('of a lasso: index of the state that follows the last one'),
})
export type Itf = z.infer<typeof itfSchema>
