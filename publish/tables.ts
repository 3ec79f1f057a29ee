import type { JsonSchema } from './json-schema.js'

/** One field of a shape, with its place: `machines[].verdicts[].why`. */
interface Field {
  readonly place: string
  readonly type: string
  readonly isOptional: boolean
  readonly meaning: string
}

const isNull = (one: JsonSchema): boolean => one.type === 'null'

/** A type in words. What it is made of has rows of its own. */
function typeOf(schema: JsonSchema): string {
  const { $ref, type, items, prefixItems, additionalProperties, properties } = schema
  if ($ref !== undefined) return linkTo($ref)
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' or ')
  if (typeof type === 'object') return type.join(' or ')
  if (prefixItems !== undefined) return `[${prefixItems.map(typeOf).join(', ')}]`
  if (items !== undefined) return `list of ${typeOf(items)}`
  if (properties === undefined && typeof additionalProperties === 'object')
    return `${typeOf(additionalProperties)} by name`
  return type ?? 'any'
}

const linkTo = (ref: string): string => {
  const name = ref.slice(ref.lastIndexOf('/') + 1)
  return `[${name}](#${name})`
}

/** The objects that a value may be, with what leads to their fields. */
function objectsIn(schema: JsonSchema, place: string): { readonly place: string; readonly object: JsonSchema }[] {
  const { items, anyOf, oneOf, properties, additionalProperties } = schema
  const choices = anyOf ?? oneOf
  if (choices !== undefined) return choices.filter((one) => !isNull(one)).flatMap((one) => objectsIn(one, place))
  if (items !== undefined) return objectsIn(items, place === '' ? '' : `${place}[]`)
  if (properties !== undefined) return [{ place, object: schema }]
  return typeof additionalProperties === 'object' ? objectsIn(additionalProperties, `${place}.NAME`) : []
}

function fieldsOf(object: JsonSchema, place: string): Field[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, schema]): Field[] => {
    const here = place === '' ? name : `${place}.${name}`
    const isOptional = object.required?.includes(name) !== true
    const field = { place: here, type: typeOf(schema), isOptional, meaning: schema.description ?? '' }
    return [field, ...objectsIn(schema, here).flatMap((one) => fieldsOf(one.object, one.place))]
  })
}

/** Tables of the fields of a value, as Markdown; more than one where it may be one of several objects. */
export function fieldTables(schema: JsonSchema): string[] {
  return objectsIn(schema, '').flatMap(({ object }, index) => [
    ...(index === 0 ? [] : ['or', '']),
    '| field | type | meaning |',
    '| --- | --- | --- |',
    ...fieldsOf(object, '').map(rowOf),
    '',
  ])
}

const rowOf = ({ place, type, isOptional, meaning }: Field): string =>
  `| \`${place}\` | ${type}${isOptional ? ', optional' : ''} | ${meaning} |`
