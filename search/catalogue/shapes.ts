import { z } from 'zod'

// The outside of what users export: enough that nothing else fails with a TypeError. What plans say is checked apart.

const name = z.string().min(1)
const plan = z.array(z.unknown())
const driver = z.looseObject({
  name,
  map: z.looseObject({}),
  unmap: z.looseObject({}),
  teardown: plan,
  pins: z.boolean(),
})

const schemas = {
  design: z.looseObject({
    name,
    variant: name.optional(),
    summary: z.string(),
    source: z.string(),
    lock: z.string(),
    drivers: z.array(driver).min(1, 'found none, expected a driver at least, as in: drivers: [type1v2]'),
    backings: z.array(z.enum(['separate', 'in-place'])).min(1, "found none, expected 'separate', 'in-place' or both"),
    boot: plan,
    toPrivate: plan,
    toShared: plan,
    undoPrivate: plan.optional(),
    undoShared: plan.optional(),
  }),
  driver,
  property: z.looseObject({
    name,
    statement: z.string(),
    clauses: z.array(z.looseObject({ rule: z.looseObject({ id: z.string() }) })).min(1),
    parts: z.array(z.string()),
    rules: z.array(z.unknown()),
    witness: z.string(),
    witnessBits: z.custom<unknown>((value) => typeof value === 'function', 'expected a function'),
    fullWitness: z.number().int(),
  }),
} as const

/** What is wrong with an object that is to be a design, a driver or a property; undefined if nothing is. */
export function wrongShape(kind: keyof typeof schemas, value: object): string | undefined {
  const parsed = schemas[kind].safeParse(value)
  if (parsed.success) return undefined
  const issue = parsed.error.issues[0]
  return `${issue?.path.join('.')}: ${issue?.message}`
}
