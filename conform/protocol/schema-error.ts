import type { z } from 'zod'

/** Characters of a value that a message shows, at most. */
const maxShown = 60

/** The first error of a schema: the path, what was found, what was expected. */
export function schemaError(value: unknown, { issues: [issue] }: z.ZodError): string {
  const path = issue?.path ?? []
  const where = path.length === 0 ? '' : `${path.join('.')}: `
  const message = issue?.message ?? 'not understood'
  if (issue?.code === 'unrecognized_keys') {
    return `${where}found ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}, expected no such field`
  }
  const found = path.reduce<unknown>((inside, key) => (isObject(inside) ? inside[key] : undefined), value)
  const expected = message.replace(/^.*?(?=expected )/s, '').replace(/, received .*$/s, '')
  return `${where}found ${shown(found)}, ${expected}`
}

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === 'object' && value !== null

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  const clean = text.replace(/[^\x20-\x7e]/g, '?')
  return clean.length > maxShown ? `${clean.slice(0, maxShown)}…` : clean
}
