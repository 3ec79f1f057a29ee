import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import type { MachineSettings } from '../machine/machine.js'
import { type Part, partNames, withParts } from '../machine/parts.js'
import { type Platform, parsePlatform, platformTable, presets } from '../machine/platform.js'
import { makeScope, scopeFieldNames } from '../machine/scope.js'
import * as all from './needs.js'
import { rows } from './relation.js'
import type { Needs } from './row.js'

/** What a sentence asks for: `KEY=VALUE` of the scope and of the platform, parts, and one of some architectures. */
function askedBy(says: string) {
  const pairs = says.match(/\w+=[\w-]+/g) ?? []
  const isOfScope = (pair: string) => scopeFieldNames.some((name) => pair.startsWith(`${name}=`))
  const named = /architecture=([\w-]+(?:(?:, | or )[\w-]+)*)/.exec(says)?.[1]?.split(/, | or /)
  return {
    scope: pairs.filter(isOfScope),
    parts: partNames.filter((name) => says.match(/\w+/g)?.includes(name)),
    platform: pairs.filter((pair) => !isOfScope(pair) && !pair.startsWith('architecture=')),
    isNamed: ({ architecture }: Platform) => named === undefined || named.includes(architecture),
  }
}

/** Every preset with these fields, where its architecture may have them. */
const platformsWith = (fields: readonly string[]): Platform[] =>
  Object.keys(presets)
    .map((preset) => parsePlatform([preset, ...fields].join(' ')))
    .flatMap((made) => (made.ok ? [made.value] : []))

function othersFor(pair: string): string[] {
  const [name = '', value] = pair.split('=')
  const field = platformTable[name as keyof Platform]
  const values = field.kind === 'choice' ? field.values : [true, false]
  return values.map(String).flatMap((other) => (other === value ? [] : [`${name}=${other}`]))
}

const without = <T>(list: readonly T[]) => list.map((one) => list.filter((other) => other !== one))

const fieldOf = (text: string): unknown => (/^(true|false|\d+)$/.test(text) ? JSON.parse(text) : text)

/** A scope with one pair of the list less; where its value is so anyway, with the other one in its place. */
function lessScope(scope: readonly string[]): (readonly string[])[] {
  const defaults: Readonly<Record<string, unknown>> = must(makeScope())
  return scope.map((pair) => {
    const [name = '', value = ''] = pair.split('=')
    const others = scope.filter((other) => other !== pair)
    return defaults[name] === fieldOf(value) ? [...others, `${name}=${!fieldOf(value)}`] : others
  })
}

/** The machine; none if the scope may not be so. */
function made(scope: readonly string[], parts: readonly Part[], platform: Platform): MachineSettings[] {
  const given = scope.map((pair) => pair.split('=')).map(([name, value = '']) => [name, fieldOf(value)])
  const result = makeScope(Object.fromEntries(given))
  return result.ok ? [{ scope: result.value, parts: withParts(...parts), platform }] : []
}

/** Machines that have all that a sentence asks for, and machines that lack one thing of it. */
function machinesOf(says: string) {
  const { scope, parts, platform, isNamed } = askedBy(says)
  const fitting = platformsWith(platform)
  const named = fitting.filter(isNamed)
  const otherValues = platform.flatMap((pair) =>
    othersFor(pair).flatMap((other) => platformsWith([...platform.filter((one) => one !== pair), other])),
  )
  return {
    whole: named.flatMap((one) => made(scope, parts, one)),
    lacking: [
      ...[...fitting.filter((one) => !isNamed(one)), ...otherValues].flatMap((one) => made(scope, parts, one)),
      ...lessScope(scope).flatMap((less) => named.flatMap((one) => made(less, parts, one))),
      ...without(parts).flatMap((less) => named.flatMap((one) => made(scope, less, one))),
    ],
  }
}

const { twoBackings, failedWaits, ...shared } = all

/** What one row alone needs, if it is said in pairs of the scope or in names of parts and nothing else. */
const ofOneRow = rows.flatMap(({ needs }): [string, Needs][] =>
  needs !== undefined && /^(scope|parts)( \w+(=[\w-]+)?)+$/.test(needs.says) ? [[needs.says, needs]] : [],
)
const needs = [...Object.entries<Needs>(shared), ...new Map(ofOneRow)]

describe('a machine has what a row needs if it has all that the sentence of the need says, and only then', () => {
  test.each(needs)('%s', (_, { on, says }) => {
    const { whole, lacking } = machinesOf(says)
    expect([whole.length > 0, lacking.length > 0]).toEqual([true, true])
    expect(whole.filter((machine) => !on(machine))).toEqual([])
    expect(lacking.filter(on)).toEqual([])
  })

  const on = (need: Needs, scope: readonly string[]) => made(scope, [], presets['linux-7.2']).map(need.on)

  test('failedWaits: either of its two', () => {
    expect(failedWaits.says).toBe('scope queueErrors=1, or timeOuts=1')
    expect([[], ['queueErrors=1'], ['timeOuts=1']].map((scope) => on(failedWaits, scope))).toEqual([
      [false],
      [true],
      [true],
    ])
  })

  test('twoBackings: not in place', () => {
    expect([[], ['backing=in-place']].map((scope) => on(twoBackings, scope))).toEqual([[true], [false]])
  })
})
