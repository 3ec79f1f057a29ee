import type { Problem } from '../../base/result.js'
import { suggestions } from '../../base/suggest.js'

// What comes from a user's own module may be anything: JavaScript has no types, and test runners strip them. Every
// check here takes any value.

/** What is wrong with a value, one problem after the other. */
export type Problems = Generator<Problem, void>

export type NodeFields = Readonly<Record<string, unknown>>

/** Whether a value is an object with fields: no list and not null. */
export const isFields = (value: unknown): value is NodeFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param remedy what to do, in a sentence */
export const problem = (at: string, message: string, remedy: string): Problem => ({
  message: `${at}: ${message}`,
  remedy,
})

/** A value as messages show it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (!isFields(value)) return String(value)
  const names = Object.keys(value)
  return names.length === 0 ? 'an empty object' : `an object with ${names.join(', ')}`
}

/** More names than these are not all printed. */
const fewNames = 12

/**
 * @param what the sort of name, as in `call`
 * @param list what `dmaproof list` calls them, for names that are too many to print
 */
export function* oneOf(value: unknown, at: string, what: string, names: readonly string[], list?: string): Problems {
  if (typeof value === 'string' && names.includes(value)) return
  const near = typeof value === 'string' ? suggestions(value, names) : []
  const meant = near.length > 0 ? [`Did you mean ${near.join(' or ')}?`] : []
  const all = list !== undefined && names.length > fewNames ? `All are in: dmaproof list ${list}.` : undefined
  const remedy = [...meant, all ?? `There are ${names.join(', ')}.`].join(' ')
  const isName = typeof value === 'string'
  const message = isName ? `unknown ${what} ${JSON.stringify(value)}` : `found ${shown(value)}, expected a ${what}`
  yield problem(at, message, remedy)
}

/** @param names of all fields that there are */
export function* onlyFields(value: NodeFields, at: string, names: readonly string[]): Problems {
  for (const name of Object.keys(value)) if (!names.includes(name)) yield* oneOf(name, at, 'field', names)
}

/** A problem if the value is not a text with something in it. @param at its place @param example for the remedy */
export function* text(value: unknown, at: string, example: string): Problems {
  if (typeof value === 'string' && value.trim() !== '') return
  yield problem(at, `found ${shown(value)}, expected a text`, `Write one, as in ${at}: ${JSON.stringify(example)}.`)
}

/** A problem if the value is not a boolean. @param at its place */
export function* flag(value: unknown, at: string): Problems {
  if (typeof value === 'boolean') return
  yield problem(at, `found ${shown(value)}, expected true or false`, 'Write true or false.')
}

/** A list with something in it. */
export function* fullList(value: unknown, at: string, example: string): Problems {
  if (Array.isArray(value) && value.length > 0) return
  yield problem(at, `found ${shown(value)}, expected a list of at least one`, `Write one, as in ${at}: [${example}].`)
}
