import { InvalidArgumentError } from 'commander'
import { fieldsOf } from '../../base/key-values.js'
import { ok, type Result, refuse, within } from '../../base/result.js'
import { fullName } from '../../designs/index.js'
import { type Part, partNames } from '../../model/machine/parts.js'
import { type Platform, platformFieldNames, presets, wrongValue } from '../../model/machine/platform.js'
import { makeScope, type ScopeInput, scopeFieldNames } from '../../model/machine/scope.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type ConfigurationName, configurations } from '../../search/check/configurations.js'
import { scopeSchema } from '../../search/schemas.js'
import { maxSeconds } from '../config/bounds.js'
import { unknownName } from './suggest.js'

/** Actions of a run, at most: room for two conversions and the DMA around them. */
export const runLength = 80

/**
 * Makes a parser for commander: a whole number from min to max.
 *
 * @throws InvalidArgumentError on anything else
 */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`Found "${text}", expected a whole number from ${min} to ${max}.`)
  }
}

/** Parser for commander: seconds, above 0, as in 30 or 0.5. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const value = Number(text)
  if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= maxSeconds) return value
  throw new InvalidArgumentError(`Found "${text}", expected seconds above 0 and up to ${maxSeconds}, as in 30 or 0.5.`)
}

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** Parser for commander: a size in bytes, as in 512M or 8G (powers of 1024). @throws InvalidArgumentError */
export function bytes(text: string): number {
  const [, digits = '', unit = ''] = /^(\d*\.?\d+)([KMGT]?)(?:i?B)?$/.exec(text) ?? []
  const value = Math.floor(Number(digits) * (units[unit] ?? 0))
  if (digits !== '' && value >= 1) return value
  throw new InvalidArgumentError(`Found "${text}", expected a size, as in 512M or 8G.`)
}

/** For commander: an option that is given more than once, or with commas. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map((part) => part.trim()),
]

/** The same for names of which some have a comma: the longest name that stands at a place is the one meant. */
export function splitNames(text: string, before: readonly string[] = []): readonly string[] {
  const known = configurations.map(({ name }): string => name)
  const left = [...collect(text)]
  const names: string[] = []
  while (left.length > 0) {
    const most = left.findLastIndex((_, last) => known.includes(left.slice(0, last + 1).join(', ')))
    names.push(left.splice(0, Math.max(1, most + 1)).join(', '))
  }
  return [...before, ...names]
}

/** Every name of a list must be known. */
function allKnown<T extends string>(
  where: string,
  words: readonly string[],
  known: readonly T[],
  listing?: string,
): Result<readonly T[]> {
  const wrong = words.find((word) => !known.some((name) => name === word))
  if (wrong !== undefined) return refuse(unknownName(where, wrong, known, listing))
  return ok(known.filter((name) => words.includes(name)))
}

/** The full names of designs of the catalogue; refused at the first that is unknown. */
export const knownDesigns = (words: readonly string[], catalogue: Catalogue): Result<readonly string[]> =>
  allKnown('design', words, catalogue.allDesigns.map(fullName), 'dmaproof list designs')

/** No names ask for all properties. */
export const knownProperties = (
  words: readonly string[] | undefined,
  catalogue: Catalogue,
): Result<readonly string[]> => {
  const names = catalogue.properties.map(({ name }) => name)
  return words === undefined ? ok(names) : allKnown('--property', words, names, 'dmaproof list properties')
}

/** No names ask for all configurations. */
export function namedConfigurations(words: readonly string[] | undefined): Result<readonly ConfigurationName[]> {
  const names = configurations.map(({ name }) => name)
  if (words === undefined) return ok(names)
  return allKnown('--configuration', words, names, 'dmaproof list configurations')
}

/** The parts that the words name, in the order of `partNames`; refused at the first that is unknown. */
export const knownParts = (words: readonly string[]): Result<readonly Part[]> => allKnown('--parts', words, partNames)

/** `pages=8,vcpus=2`: fields of the scope. */
export function parseScope(text: string): Result<ScopeInput> {
  const unknown = (name: string) => unknownName('--scope', name, scopeFieldNames)
  const fields = fieldsOf('--scope', text.split(','), scopeFieldNames, unknown)
  if (!fields.ok) return fields
  const parsed = scopeSchema.safeParse(fields.value)
  if (parsed.success) {
    const made = makeScope(parsed.data)
    return made.ok ? ok(fields.value as ScopeInput) : within('--scope', made.problem)
  }
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0] ?? '')
  return refuse(`--scope ${name}: found ${String(fields.value[name])}; ${issue?.message ?? 'not understood'}`)
}

/** `linux-7.2 drain=none`: the text, once it is known to be a platform, with a name of the user's spelled out. */
export function knownPlatform(given: string, catalogue: Catalogue): Result<string> {
  const text = catalogue.platformText(given)
  const [preset = '', ...changes] = text.split(' ')
  if (!Object.hasOwn(presets, preset)) {
    const known = [...Object.keys(presets), ...Object.keys(catalogue.own.platforms)]
    return refuse(unknownName('--platform', preset, known))
  }
  const unknown = (name: string) => unknownName('--platform, its field', name, platformFieldNames)
  const fields = fieldsOf('--platform', changes, platformFieldNames, unknown)
  if (!fields.ok) return fields
  for (const [field, value] of Object.entries(fields.value)) {
    const wrong = wrongValue(field as keyof Platform, value)
    if (wrong !== undefined) return within(`--platform ${field}`, wrong)
  }
  return ok(text)
}
