import { ok, type Result, refuse } from '../../base/result.js'
import { type Design, fullName } from '../../designs/index.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import type { DesignQuestion } from '../../search/check/machines.js'
import { unknownName } from './suggest.js'
import { knownDesigns, knownParts, knownPlatform, knownProperties, parseScope } from './values.js'

export interface MachineOptions {
  readonly scope?: string
  readonly platform: string
  readonly property?: readonly string[]
  readonly driver?: string
  readonly parts?: readonly string[]
  readonly lock?: 'vm' | 'none'
}

/** What all questions of one command have in common, checked. */
type Asked = Omit<DesignQuestion, 'design' | 'driver' | 'backing'>

/** What a command asks: of each design with each of its drivers and backings that are meant. */
export function questionsOf(
  names: readonly string[],
  options: MachineOptions,
  catalogue: Catalogue,
): Result<readonly DesignQuestion[]> {
  const known = knownDesigns(names, catalogue)
  if (!known.ok) return known
  const asked = askedOf(options, catalogue)
  if (!asked.ok) return asked
  const questions: DesignQuestion[] = []
  for (const name of known.value) {
    const design = catalogue.findDesign(name)
    const drivers = design === undefined ? undefined : driversOf(design, options.driver, catalogue)
    if (design === undefined || drivers === undefined) continue
    if (!drivers.ok) return drivers
    const { backing } = asked.value.scope
    const backings = backing === undefined ? design.backings : [backing]
    for (const driver of drivers.value) {
      questions.push(...backings.map((each) => ({ ...asked.value, design, driver, backing: each })))
    }
  }
  return ok(questions)
}

function askedOf(options: MachineOptions, catalogue: Catalogue): Result<Asked> {
  const scope = options.scope === undefined ? ok({}) : parseScope(options.scope)
  if (!scope.ok) return scope
  const platform = knownPlatform(options.platform, catalogue)
  if (!platform.ok) return platform
  const asked = knownProperties(options.property, catalogue)
  if (!asked.ok) return asked
  const parts = knownParts(options.parts ?? [])
  if (!parts.ok) return parts
  const { lock } = options
  const lockAsked = lock === undefined ? {} : { lock }
  const names = { properties: asked.value, parts: parts.value }
  return ok({ catalogue, scope: scope.value, platform: platform.value, ...names, ...lockAsked })
}

/** Names of drivers: the one that is wanted, the design's first, or all of the design's. */
export function driversOf(design: Design, wanted: string | undefined, { own }: Catalogue): Result<readonly string[]> {
  const names = design.drivers.map(({ name }) => name)
  const others = own.drivers.map(({ name }) => name)
  if (wanted === 'all') return ok(names)
  if (wanted === undefined) return ok(names.slice(0, 1))
  if ([...names, ...others].includes(wanted)) return ok([wanted])
  return refuse(unknownName(`--driver of ${fullName(design)}`, wanted, [...new Set([...names, ...others]), 'all']))
}
