import { type FieldValue, fieldsOf } from '../../base/key-values.js'
import {
  ok,
  type PlacedProblem,
  type Problem,
  type Result,
  refuse,
  refused,
  type WordIndex,
} from '../../base/result.js'
import { architectures, type ProtectionField } from './architectures/index.js'
import { expectedInstead } from './fields.js'
import { type PresetName, presets } from './platform/presets.js'
import { type Platform, platformTable } from './platform/table.js'

export { type PresetName, presets } from './platform/presets.js'
export { type Platform, platformTable } from './platform/table.js'

/** The fields by their names, in the order of the table. */
export const platformFieldNames = Object.keys(platformTable) as (keyof Platform)[]

/**
 * A preset with some fields changed, written `linux-7.2` or `linux-7.2 drain=none ats=true`. With another architecture,
 * a field of protection that the preset has otherwise is as the architecture has it.
 *
 * @example
 * parsePlatform('linux-7.2 drain=none ats=true')
 */
export function parsePlatform(text: string): Result<Platform, PlacedProblem<WordIndex>> {
  const [name = '', ...changes] = text.trim().split(/\s+/)
  const place = (index: number) => ({ place: { kind: 'word', index } }) as const
  if (!isPreset(name)) {
    return refuse(`platform: found "${name}", expected one of ${Object.keys(presets).join(', ')}`, place(0))
  }
  const changed = fieldsOf('platform', changes, platformFieldNames)
  if (!changed.ok) return refused({ ...changed.problem, ...place(changed.problem.place.index + 1) })
  const platform: Record<string, unknown> = { ...presets[name] }
  for (const [index, [field, given]] of Object.entries(changed.value).entries()) {
    const wrong = wrongValue(field as keyof Platform, given)
    if (wrong !== undefined) return refuse(`platform.${field}: ${wrong.message}`, place(index + 1))
    platform[field] = typed(field, given)
  }
  return fitted(platform as unknown as Platform, (field) => Object.keys(changed.value).indexOf(field) + 1)
}

/** @param wordOf which word of the text says a field; 0 if none does */
function fitted(platform: Platform, wordOf: (field: string) => number): Result<Platform, PlacedProblem<WordIndex>> {
  const { allows } = architectures[platform.architecture]
  const fits: Record<string, unknown> = { ...platform }
  for (const [field, values] of Object.entries<readonly unknown[]>(allows)) {
    const found = platform[field as ProtectionField]
    if (values.includes(found)) continue
    const index = wordOf(field)
    const only = values.join(' or ')
    const place = { place: { kind: 'word', index } } as const
    if (index > 0) return refuse(`platform.${field}: found "${found}"; ${platform.architecture} has ${only}`, place)
    fits[field] = values[0]
  }
  return ok(fits as unknown as Platform)
}

/** What is wrong with a value behind `field=`, if something is. */
export function wrongValue(field: keyof Platform, given: FieldValue): Problem | undefined {
  const expected = expectedInstead(platformTable[field], typed(field, given))
  return expected === undefined ? undefined : { message: `found "${given}", expected ${expected}` }
}

const typed = (field: string, value: FieldValue): FieldValue | string[] =>
  field === 'backings' ? String(value).split(',') : value

/** A platform, and the fields of it that were asked for since. */
export interface WatchedPlatform {
  readonly platform: Platform
  readonly asked: () => readonly (keyof Platform)[]
}

/** Watches what a machine asks its platform for: on another that answers all of it alike, it does the same. */
export function watched(platform: Platform): WatchedPlatform {
  const names = Object.keys(platform) as (keyof Platform)[]
  const isAsked = new Uint8Array(names.length)
  const getters = names.map((name, index) => {
    const value = platform[name]
    const get = () => {
      isAsked[index] = 1
      return value
    }
    return [name, { get, enumerable: true }] as const
  })
  return {
    platform: Object.defineProperties({}, Object.fromEntries(getters)) as Platform,
    asked: () => names.filter((_, index) => isAsked[index] === 1),
  }
}

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name)
}
