/** A value from outside, or one message that says where, what was found and what was expected. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** For values that our own code wrote: a refusal is our bug. */
export function must<T>(checked: Result<T>): T {
  if (checked.ok) return checked.value
  throw new Error(checked.message)
}
