import { ok, type Result, refuse, within } from '../../base/result.js'
import { checkDesign, checkDriver } from '../../designs/check/index.js'
import { type Design, type Driver, fullName } from '../../designs/index.js'
import { parsePlatform } from '../../model/machine/platform.js'
import type { Property } from '../../properties/index.js'
import { wrongProperty } from './shapes.js'

/** Something that a module exports for dmaproof. */
export type Exported = {
  readonly name: string
  readonly file: string
  /** The export that it is, or is in. */
  readonly at: string
} & (
  | { readonly kind: 'design'; readonly value: Design }
  | { readonly kind: 'driver'; readonly value: Driver }
  | { readonly kind: 'property'; readonly value: Property }
  /** An object a platform, so that one that is exported twice is known to be one. */
  | { readonly kind: 'platform'; readonly value: { readonly text: string } }
)

type Kind = Exclude<Exported['kind'], 'platform'>

/** Exports that hold lists of one kind. */
const lists: Readonly<Record<string, Kind>> = { designs: 'design', drivers: 'driver', properties: 'property' }

const example = 'as in: export const mine: Design = { name: … }'

/** Everything in a module that is a design, a driver, a property, or the record `platforms`. */
export function exportsOf(module: Readonly<Record<string, unknown>>, file: string): Result<readonly Exported[]> {
  const found: Exported[] = []
  for (const [at, value] of Object.entries(compiled(module) ?? module)) {
    const read = at === 'platforms' ? readPlatforms(value, file) : readExport(at, value, file)
    if (!read.ok) return within(`export ${at}`, read.problem)
    found.push(...read.value)
  }
  if (found.length > 0) return ok(found)
  const names = Object.keys(module)
  const seen = names.length === 0 ? 'it exports nothing' : `found the exports ${names.join(', ')}`
  return refuse(`${seen}; expected a design, a driver, a property or platforms, ${example}`)
}

/** The exports of a module that a compiler has made CommonJS of: Node shows them as one default export. */
function compiled({ default: whole }: Readonly<Record<string, unknown>>): object | undefined {
  return typeof whole === 'object' && whole !== null && '__esModule' in whole ? whole : undefined
}

function readExport(at: string, value: unknown, file: string): Result<readonly Exported[]> {
  const kind = lists[at]
  if (at !== 'default' && kind === undefined && !Array.isArray(value)) return readOne(at, value, file, kindOf(value))
  const isList = Array.isArray(value)
  if (kind !== undefined && !isList) return refuse(`found ${said(value)}, expected a list of ${at}`)
  const found: Exported[] = []
  for (const [index, one] of (isList ? value : [value]).entries()) {
    const place = isList ? `${at}[${index}]` : at
    const isMeant = at === 'default' || kind !== undefined
    const read = readOne(place, one, file, kind ?? kindOf(one) ?? (isMeant ? 'design' : undefined))
    if (!read.ok) return isList ? within(`[${index}]`, read.problem) : read
    found.push(...read.value)
  }
  return ok(found)
}

/** @param kind what it must be; undefined for what is none of dmaproof's business */
function readOne(at: string, value: unknown, file: string, kind: Kind | undefined): Result<readonly Exported[]> {
  if (kind === undefined) return ok([])
  if (typeof value !== 'object' || value === null) {
    return refuse(`found ${said(value)}, expected a ${kind}, which is an object`)
  }
  switch (kind) {
    case 'design': {
      const design = checkDesign(value)
      return design.ok ? ok([{ kind, name: fullName(design.value), value: design.value, file, at }]) : design
    }
    case 'driver': {
      const driver = checkDriver(value)
      return driver.ok ? ok([{ kind, name: driver.value.name, value: driver.value, file, at }]) : driver
    }
    case 'property': {
      const wrong = wrongProperty(value)
      if (wrong !== undefined) return refuse(wrong)
      return ok([{ kind, name: (value as Property).name, value: value as Property, file, at }])
    }
  }
}

/** What an object is meant to be, by the fields that nothing else has. */
function kindOf(value: unknown): Kind | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if ('toPrivate' in value || 'toShared' in value) return 'design'
  if ('clauses' in value) return 'property'
  return 'map' in value && 'unmap' in value && 'pins' in value ? 'driver' : undefined
}

function readPlatforms(value: unknown, file: string): Result<readonly Exported[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(`found ${said(value)}, expected an object, as in { mine: 'linux-7.2 drain=none' }`)
  }
  const found: Exported[] = []
  for (const [name, text] of Object.entries(value)) {
    const wrong = wrongPlatform(text)
    if (wrong !== undefined) return refuse(`${name}: ${wrong}`)
    found.push({ kind: 'platform', name, value: { text: String(text) }, file, at: 'platforms' })
  }
  return ok(found)
}

/** Why a value is not the text of a platform; undefined if it is. */
export function wrongPlatform(text: unknown): string | undefined {
  if (typeof text !== 'string') return `found ${said(text)}, expected a text, as in 'linux-7.2 drain=none'`
  const parsed = parsePlatform(text)
  return parsed.ok ? undefined : parsed.problem.message
}

function said(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the text "${value}"`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`
}
