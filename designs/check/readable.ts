import type { Problem } from '../../base/result.js'
import { thrownText } from '../../base/thrown.js'
import { problem } from './values.js'

const remedy = 'Write its fields as plain values: a getter or a proxy is asked again and again.'
/** Values inside of each other: what is deeper is refused for its depth. */
const maxDepth = 200

/**
 * The first part of a value that throws when it is read, as a getter or a proxy may; undefined if there is none.
 *
 * @param at what the value is called
 */
export const unreadable = (value: unknown, at: string): Problem | undefined => throwing(value, at, new Set(), 0)

function throwing(value: unknown, at: string, seen: Set<unknown>, depth: number): Problem | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value) || depth > maxDepth) return undefined
  seen.add(value)
  const shape = attempt(() => ({ keys: Object.keys(value), isList: Array.isArray(value) }))
  if ('thrown' in shape) return problem(at, `reading it throws ${shape.thrown}`, remedy)
  for (const key of shape.done.keys) {
    const place = shape.done.isList ? `${at}[${key}]` : `${at}.${key}`
    const part = attempt(() => (value as Readonly<Record<string, unknown>>)[key])
    if ('thrown' in part) return problem(place, `reading it throws ${part.thrown}`, remedy)
    const found = throwing(part.done, place, seen, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function attempt<T>(action: () => T): { readonly done: T } | { readonly thrown: string } {
  try {
    return { done: action() }
  } catch (error) {
    return { thrown: thrownText(error) }
  }
}
