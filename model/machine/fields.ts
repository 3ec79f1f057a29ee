/** A whole number from `min` to `max`. */
interface NumberField {
  readonly kind: 'number'
  readonly min: number
  readonly max: number
}

/** True or false. */
interface FlagField {
  readonly kind: 'flag'
}

/** One of some values. */
interface ChoiceField {
  readonly kind: 'choice'
  readonly values: readonly (string | number)[]
}

/** At least one of some words. */
interface ListField {
  readonly kind: 'list'
  readonly values: readonly string[]
}

/** A field of the scope or of the platform: what it may hold, and what it means, in a sentence. */
export type Field = (NumberField | FlagField | ChoiceField | ListField) & { readonly description: string }

/** What a field of a table holds. */
export type ValueOf<F> = F extends { kind: 'number' }
  ? number
  : F extends { kind: 'flag' }
    ? boolean
    : F extends { kind: 'choice'; values: readonly (infer V)[] }
      ? V
      : F extends { kind: 'list'; values: readonly (infer V)[] }
        ? readonly V[]
        : never

/** @returns what the field may hold, for a message, or undefined if it may hold the value */
export function expectedInstead(field: Field, value: unknown): string | undefined {
  switch (field.kind) {
    case 'number':
      return Number.isInteger(value) && Number(value) >= field.min && Number(value) <= field.max
        ? undefined
        : `a whole number from ${field.min} to ${field.max}`
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'choice':
      return field.values.some((known) => known === value) ? undefined : `one of ${field.values.join(', ')}`
    case 'list':
      return isListOf(field.values, value) ? undefined : `some of ${field.values.join(', ')}, with commas`
  }
}

const isListOf = (known: readonly string[], value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((word) => known.includes(word))

/** A sentence for each value of each field that has words or numbers to choose from. */
export type ValueSentences<Table> = {
  readonly [Name in keyof Table as Table[Name] extends { readonly kind: 'choice' | 'list' }
    ? Name
    : never]: Table[Name] extends { readonly values: readonly (infer Value extends string | number)[] }
    ? Readonly<Record<Value, string>>
    : never
}
