import { z } from 'zod'

const whole = z.strictObject({ '#bigint': z.string().regex(/^-?\d+$/) })

/** An expression as ADR-015 of Apalache defines it. */
const expression: z.ZodType = z.lazy(() =>
  z.union([
    z.boolean(),
    z.string(),
    whole,
    z.array(expression),
    z.strictObject({ '#tup': z.array(expression) }),
    z.strictObject({ '#set': z.array(expression) }),
    z.strictObject({ '#map': z.array(z.tuple([expression, expression])) }),
    z.strictObject({ '#unserializable': z.string() }),
    z.record(z.string().regex(/^[^#]/), expression),
  ]),
)

/**
 * For tests: the Informal Trace Format as its description defines it, section "The ITF Format" of ADR-015 (Apalache
 * 4943c45f, docs/src/adr/015adr-trace.md, revision of 2025-11-11), with what Apalache demands of what it reads.
 */
export const itfForm = z
  .strictObject({
    '#meta': z.looseObject({ varTypes: z.record(z.string(), z.string()) }),
    params: z.array(z.string()).optional(),
    vars: z.array(z.string()),
    states: z.array(z.looseObject({ '#meta': z.looseObject({}).optional() })),
    loop: z.number().int().min(0).optional(),
  })
  .refine(({ vars, '#meta': meta }) => vars.join() === Object.keys(meta.varTypes).join(), 'each variable has a type')
  .refine(({ states, vars }) => states.every((state) => namesOf(state).join() === vars.join()), 'each state has all')
  .refine(({ states }) =>
    states.every((state) => valuesOf(state).every((value) => expression.safeParse(value).success)),
  )
  .refine(({ states, loop = 0 }) => loop < states.length, 'the loop begins at a state')

type ItfState = Readonly<Record<string, unknown>>

const namesOf = (state: ItfState): string[] => Object.keys(state).filter((name) => name !== '#meta')
const valuesOf = (state: ItfState): unknown[] => namesOf(state).map((name) => state[name])
