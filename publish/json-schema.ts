import { z } from 'zod'
import type { JsonShape } from './shapes.js'

/** A JSON Schema, as far as the schemas of this package use it. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** The JSON Schema (draft 2020-12) of a shape as it is written: what has a default may be absent. */
export function jsonSchemaOf({ title, schema }: Pick<JsonShape, 'title' | 'schema'>): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' })
  return { $schema, title, ...rest } as JsonSchema
}
