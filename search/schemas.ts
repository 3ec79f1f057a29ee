import { z } from 'zod'
import { type Result, refuse } from '../base/result.js'
import { type Scope, type ScopeInput, scopeTable } from '../model/machine/scope.js'

function schemaOf(field: (typeof scopeTable)[keyof Scope]): z.ZodType {
  switch (field.kind) {
    case 'number':
      return z.number().int().min(field.min).max(field.max)
    case 'flag':
      return z.boolean()
    case 'choice':
      return z.literal([...field.values])
  }
}

const shape = Object.entries(scopeTable).map(
  ([name, field]) => [name, schemaOf(field).default(field.default).describe(field.description)] as const,
)

/** Reads a scope from outside. Whether its numbers fit each other is for `makeScope` to say. */
export const scopeSchema = z.strictObject(Object.fromEntries(shape)).meta({ id: 'scope' }) as unknown as z.ZodType<
  Scope,
  ScopeInput
>

/** The first issue of a schema, as our own message. */
export function invalid(where: string, error: z.ZodError): Result<never> {
  const issue = error.issues[0]
  const path = [where, ...(issue?.path ?? [])].join('.')
  return refuse(`${path}: ${issue?.message ?? 'not understood'}`)
}
