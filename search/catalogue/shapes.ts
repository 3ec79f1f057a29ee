import { z } from 'zod'
import type { Problem } from '../../base/result.js'

/** Enough of a property that nothing else fails with a TypeError. */
const propertySchema = z.looseObject({
  name: z.string().min(1),
  statement: z.string(),
  clauses: z.array(z.looseObject({ rule: z.looseObject({ id: z.string() }) })).min(1),
  parts: z.array(z.string()),
  rules: z.array(z.unknown()),
  witness: z.string(),
  witnessBits: z.custom<unknown>((value) => typeof value === 'function', 'expected a function'),
  fullWitness: z.number().int(),
})

/** What is wrong with an object that is to be a property; undefined if nothing is. */
export function wrongProperty(value: object): Problem | undefined {
  const parsed = propertySchema.safeParse(value)
  if (parsed.success) return undefined
  const issue = parsed.error.issues[0]
  return { message: `${issue?.path.join('.')}: ${issue?.message}` }
}
