/** What stands behind `name=`: a whole number, true or false, or a word. */
export type FieldValue = number | boolean | string

/** Fields by their names; or why there are none, and which word of the list is wrong. */
export type Fields =
  | { readonly ok: true; readonly value: Readonly<Record<string, FieldValue>> }
  | { readonly ok: false; readonly message: string; readonly at: number }

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
): Fields {
  const fields: Record<string, FieldValue> = {}
  for (const [at, word] of words.entries()) {
    const [name = '', value = '', ...more] = word.split('=').map((part) => part.trim())
    if (!known.includes(name)) return { ok: false, message: unknown(name), at }
    if (value === '' || more.length > 0) {
      return { ok: false, message: `${where}: found "${word.trim()}", expected ${name}=VALUE`, at }
    }
    if (Object.hasOwn(fields, name)) return { ok: false, message: `${where}: "${name}" stands here twice`, at }
    fields[name] = readValue(value)
  }
  return { ok: true, value: fields }
}

function readValue(text: string): FieldValue {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+$/.test(text) ? Number(text) : text
}
