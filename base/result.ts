import type { z } from 'zod'

/** A value from outside, or one message that says where, what was found and what was expected. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** The first complaint of a schema, as our own message. */
export function invalid(where: string, error: z.ZodError): Result<never> {
  const issue = error.issues[0]
  const path = [where, ...(issue?.path ?? [])].join('.')
  return { ok: false, message: `${path}: ${issue?.message ?? 'not understood'}` }
}

/** For values that our own code wrote: a refusal is our bug. */
export function must<T>(checked: Result<T>): T {
  if (checked.ok) return checked.value
  throw new Error(checked.message)
}
