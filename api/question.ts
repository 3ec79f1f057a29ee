import { z } from 'zod'
import { ok, type Problem, type Result, refuse, refused } from '../base/result.js'
import { schemaError } from '../conform/protocol/schema-error.js'
import { checkDesign } from '../designs/check/index.js'
import { type Design, fullName } from '../designs/index.js'
import { type Part, partNames } from '../model/machine/parts.js'
import { parsePlatform } from '../model/machine/platform.js'
import { makeScope, type Scope, type ScopeInput } from '../model/machine/scope.js'
import { type Property, properties } from '../properties/index.js'
import { Catalogue } from '../search/catalogue/catalogue.js'
import type { DesignQuestion } from '../search/check/machines.js'
import { scopeSchema } from '../search/schemas.js'

/**
 * What is asked of a design: on which machine, and which properties.
 *
 * @example
 * const options: DesignOptions = { driver: 'iommufd', platform: 'linux-7.2', scope: { vcpus: 1 } }
 */
export interface DesignOptions {
  /** The design's first driver unless told. */
  readonly driver?: string
  /** The design's first backing unless told. */
  readonly backing?: Scope['backing']
  /** A preset, with fields changed; `tdx-2021-reading` unless told. */
  readonly platform?: string
  /** Without the lock that the design takes around a conversion. */
  readonly lock?: 'none'
  readonly scope?: ScopeInput
  /** Parts of the machine beyond those that a property needs. */
  readonly parts?: readonly Part[]
  /** All unless told; also properties of your own. */
  readonly properties?: readonly Property[]
}

const isProperty = (value: unknown): boolean => typeof value === 'object' && value !== null && 'clauses' in value

const shape = {
  driver: z.string().optional(),
  backing: z.enum(['separate', 'in-place']).optional(),
  platform: z.string().optional(),
  lock: z.literal('none').optional(),
  scope: z.looseObject({}).optional(),
  parts: z.array(z.enum(partNames)).optional(),
  properties: z
    .array(z.custom<Property>(isProperty, 'expected a property, as in: properties.filter(({ name }) => name === …)'))
    .min(1, 'expected one at least')
    .optional(),
} as const

/**
 * Checks options that may come from JavaScript, and what they ask for together. A refusal is one sentence: which
 * option, what was found, what was expected.
 *
 * @param more options that are allowed beside those of every question
 */
export function questionOf(design: Design, options: DesignOptions, more: z.ZodRawShape = {}): Result<DesignQuestion> {
  const checked = checkDesign(design)
  if (!checked.ok) return checked
  const parsed = z.strictObject({ ...shape, ...more }).safeParse(options)
  if (!parsed.success) return refuse(optionError(options, parsed.error, Object.keys({ ...shape, ...more })))
  const { backing = design.backings[0] ?? 'separate', platform = 'tdx-2021-reading', scope = {}, lock } = options
  const { driver = design.drivers[0]?.name ?? '', parts = [], properties: asked = properties } = options
  const mine = asked.filter((one) => !properties.includes(one))
  const clash = mine.find(({ name }) => properties.some((one) => one.name === name))
  if (clash !== undefined) return refuse(`properties: the name "${clash.name}" is taken; expected one of its own`)
  const catalogue = new Catalogue({ designs: [design], properties: mine })
  const wrong = wrongMachine(design, { driver, backing, platform, scope }, catalogue)
  if (wrong !== undefined) return refused(wrong)
  const named = { driver, backing, platform, scope, parts, properties: asked.map(({ name }) => name) }
  return ok({ catalogue, design, ...named, ...(lock === undefined ? {} : { lock }) })
}

function optionError(options: DesignOptions, error: z.ZodError, known: readonly string[]): string {
  const [issue] = error.issues
  if (issue?.code !== 'unrecognized_keys') return schemaError(options, error)
  return `${issue.keys.join(', ')}: found an option that there is not, expected ${known.join(', ')}`
}

type Asked = Required<Pick<DesignOptions, 'driver' | 'backing' | 'platform' | 'scope'>>

function wrongMachine(design: Design, asked: Asked, catalogue: Catalogue): Problem | undefined {
  const driver = catalogue.findDriver(design, asked.driver)
  if (!driver.ok) return driver.problem
  if (!design.backings.includes(asked.backing)) {
    const has = `${fullName(design)}: ${design.backings.join(', ')}`
    return { message: `backing: found ${asked.backing}, expected one of ${has}` }
  }
  const platform = parsePlatform(asked.platform)
  if (!platform.ok) return platform.problem
  const fields = scopeSchema.safeParse(asked.scope)
  if (!fields.success) return { message: schemaError({ scope: asked.scope }, within('scope', fields.error)) }
  const scope = makeScope({ ...design.scope, ...asked.scope, backing: asked.backing })
  return scope.ok ? undefined : scope.problem
}

const within = (field: string, error: z.ZodError): z.ZodError =>
  new z.ZodError(error.issues.map((issue) => ({ ...issue, path: [field, ...issue.path] })))
