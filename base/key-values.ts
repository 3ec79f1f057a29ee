import { ok, type PlacedProblem, type Result, refuse, type WordIndex } from './result.js'

/** What stands behind `name=`: a whole number, true or false, or a word. */
export type FieldValue = number | boolean | string

/** Fields by their names. */
export type Fields = Readonly<Record<string, FieldValue>>

/**
 * Reads words like `pages=4`. Each field stands there once: of two values one would be taken silently, and the answer
 * would be to a question that was not asked.
 *
 * @param unknown says what is wrong with a name that is not known
 */
export function fieldsOf(
  where: string,
  words: readonly string[],
  known: readonly string[],
  unknown = (name: string) => `${where}: no field "${name}"; there are ${known.join(', ')}`,
): Result<Fields, PlacedProblem<WordIndex>> {
  const fields: Record<string, FieldValue> = {}
  for (const [index, word] of words.entries()) {
    const place = { kind: 'word', index } as const
    const [name = '', value = '', ...more] = word.split('=').map((part) => part.trim())
    if (!known.includes(name)) return refuse(unknown(name), { place })
    if (value === '' || more.length > 0) {
      return refuse(`${where}: found "${word.trim()}", expected ${name}=VALUE`, { place })
    }
    if (Object.hasOwn(fields, name)) return refuse(`${where}: "${name}" stands here twice`, { place })
    fields[name] = readValue(value)
  }
  return ok(fields)
}

function readValue(text: string): FieldValue {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+$/.test(text) ? Number(text) : text
}
