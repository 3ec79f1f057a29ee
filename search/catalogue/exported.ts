import { types } from 'node:util'
import { ok, type Problem, type Refused, type Result, refuse, refused, within } from '../../base/result.js'
import { checkDesign, checkDriver } from '../../designs/check/index.js'
import { unreadable } from '../../designs/check/readable.js'
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
  const all = compiled(module) ?? module
  // one that is rejected would end the process before it is refused here
  for (const value of Object.values(all)) if (isPromise(value)) value.catch(() => undefined)
  for (const [at, value] of Object.entries(all)) {
    const read = at === 'platforms' ? readPlatforms(value, file) : readExport(at, value, file)
    if (!read.ok) return within(`export ${at}`, read.problem)
    found.push(...read.value)
  }
  if (found.length > 0) return ok(found)
  return nothingIn(all)
}

function nothingIn(module: Readonly<Record<string, unknown>>): Refused {
  const all = Object.entries(module)
  const found = all.map(([at, one]) => `${at}, ${said(one)}`).join('; ')
  const seen = all.length === 0 ? 'it exports nothing' : `found ${found}`
  const remedies = all.map(([at, one]) => remedyFor(one, at))
  const remedy = remedies.find((one) => one.remedy !== undefined) ?? {}
  return refuse(`${seen}; expected a design, a driver, a property or platforms, ${example}`, remedy)
}

/** How the value that is meant is come by, where that is known. */
function remedyFor(value: unknown, at: string): { readonly remedy?: string } {
  const to = at === 'default' ? 'export default' : `export const ${at.replace(/\[\d+\]$/, '')} =`
  if (isPromise(value)) return { remedy: `Export what it resolves to: ${to} await …` }
  if (isClass(value)) return { remedy: `Export an object of the class: ${to} new …` }
  if (typeof value === 'function') return { remedy: `Export what the function returns: ${to} …()` }
  const broken = unreadable(value, at)
  return broken?.remedy === undefined ? {} : { remedy: broken.remedy }
}

const { isPromise } = types
const isClass = (value: unknown): boolean => typeof value === 'function' && /^class\b/.test(String(value))

/** The exports of a module that a compiler has made CommonJS of: Node shows them as one default export. */
function compiled({
  default: whole,
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  return hasFields(whole, '__esModule') && unreadable(whole, 'default') === undefined ? whole : undefined
}

/** An object with a field of that name; one that throws when it is asked has none. */
function hasFields(value: unknown, ...names: readonly string[]): value is Readonly<Record<string, unknown>> {
  try {
    return typeof value === 'object' && value !== null && names.every((name) => name in value)
  } catch {
    return false
  }
}

function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false // a proxy that was revoked
  }
}

function readExport(at: string, value: unknown, file: string): Result<readonly Exported[]> {
  const kind = lists[at]
  const isMany = isList(value)
  if (at !== 'default' && kind === undefined && !isMany) return readOne(at, value, file, kindOf(value))
  if (kind !== undefined && !isMany)
    return refuse(`found ${said(value)}, expected a list of ${at}`, remedyFor(value, at))
  const found: Exported[] = []
  for (const [index, one] of (isMany ? value : [value]).entries()) {
    const place = isMany ? `${at}[${index}]` : at
    const isMeant = at === 'default' || kind !== undefined
    const read = readOne(place, one, file, kind ?? kindOf(one) ?? (isMeant ? 'design' : undefined))
    if (!read.ok) return isMany ? within(`[${index}]`, read.problem) : read
    found.push(...read.value)
  }
  return ok(found)
}

/** @param kind what it must be; undefined for what is none of dmaproof's business */
function readOne(at: string, value: unknown, file: string, kind: Kind | undefined): Result<readonly Exported[]> {
  if (kind === undefined) return ok([])
  if (typeof value !== 'object' || value === null || isPromise(value)) {
    return refuse(`found ${said(value)}, expected a ${kind}, which is an object`, remedyFor(value, at))
  }
  const broken = unreadable(value, kind)
  if (broken !== undefined) return refused(broken)
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
      if (wrong !== undefined) return refused(wrong)
      return ok([{ kind, name: (value as Property).name, value: value as Property, file, at }])
    }
  }
}

/** What an object is meant to be, by the fields that nothing else has. */
function kindOf(value: unknown): Kind | undefined {
  if (hasFields(value, 'toPrivate') || hasFields(value, 'toShared')) return 'design'
  if (hasFields(value, 'clauses')) return 'property'
  return hasFields(value, 'map', 'unmap', 'pins') ? 'driver' : undefined
}

function readPlatforms(value: unknown, file: string): Result<readonly Exported[]> {
  if (typeof value !== 'object' || value === null || isList(value) || isPromise(value)) {
    const message = `found ${said(value)}, expected an object, as in { mine: 'linux-7.2 drain=none' }`
    return refuse(message, remedyFor(value, 'platforms'))
  }
  const broken = unreadable(value, 'platforms')
  if (broken !== undefined) return refused(broken)
  const found: Exported[] = []
  for (const [name, text] of Object.entries(value)) {
    const wrong = wrongPlatform(text)
    if (wrong !== undefined) return within(name, wrong)
    found.push({ kind: 'platform', name, value: { text: String(text) }, file, at: 'platforms' })
  }
  return ok(found)
}

/** Why a value is not the text of a platform; undefined if it is. */
export function wrongPlatform(text: unknown): Problem | undefined {
  if (typeof text !== 'string') {
    return { message: `found ${said(text)}, expected a text, as in 'linux-7.2 drain=none'` }
  }
  const parsed = parsePlatform(text)
  return parsed.ok ? undefined : parsed.problem
}

function said(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the text "${value}"`
  if (isList(value)) return 'a list'
  if (isPromise(value)) return 'a promise'
  if (isClass(value)) return 'a class'
  if (typeof value === 'object') {
    const broken = unreadable(value, 'it')
    return broken === undefined ? 'an object' : `an object that cannot be read (${broken.message})`
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`
}
