import { ok, type Result, refuse } from '../../base/result.js'
import { type Design, findDesign, fullName } from '../../designs/index.js'
import type { Part } from '../../model/machine/parts.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import { type Property, properties } from '../../properties/index.js'
import type { Job } from '../../search/jobs/job.js'
import type { MachineConfigInput } from '../../search/machine-config.js'
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

type Machine = Pick<Job, 'setup' | 'properties'>

/** What all machines of one command have in common, checked. */
interface Asked {
  readonly scope: ScopeInput
  readonly platform: string
  readonly properties: readonly string[]
  readonly parts: readonly Part[]
  readonly lock: 'vm' | 'none'
}

/** The machines that a command asks for: designs with drivers and backings, as small as each property allows. */
export function tasksOf(names: readonly string[], options: MachineOptions): Result<readonly Machine[]> {
  const known = knownDesigns(names)
  if (!known.ok) return known
  const asked = askedOf(options)
  if (!asked.ok) return asked
  const machines: Machine[] = []
  for (const name of known.value) {
    const design = findDesign(name)
    const drivers = design === undefined ? undefined : driversOf(design, options.driver)
    if (design === undefined || drivers === undefined) continue
    if (!drivers.ok) return drivers
    for (const driver of drivers.value) machines.push(...machinesOf(design, driver, asked.value))
  }
  return ok(machines)
}

function askedOf(options: MachineOptions): Result<Asked> {
  const scope = options.scope === undefined ? { ok: true as const, value: {} } : parseScope(options.scope)
  if (!scope.ok) return scope
  const platform = knownPlatform(options.platform)
  if (!platform.ok) return platform
  const asked = knownProperties(options.property)
  if (!asked.ok) return asked
  const parts = knownParts(options.parts ?? [])
  if (!parts.ok) return parts
  const lock = options.lock ?? 'vm'
  const value = { scope: scope.value, platform: platform.value, properties: asked.value, parts: parts.value, lock }
  return ok(value)
}

/** Names of drivers: the one that is wanted, the design's first, or all. */
export function driversOf(design: Design, wanted: string | undefined): Result<readonly string[]> {
  const names = design.drivers.map(({ name }) => name)
  if (wanted === 'all') return ok(names)
  if (wanted === undefined) return ok(names.slice(0, 1))
  if (names.includes(wanted)) return ok([wanted])
  return refuse(unknownName(`--driver of ${fullName(design)}`, wanted, [...names, 'all']))
}

function machinesOf(
  design: Design,
  driver: string,
  { scope, platform, properties: names, parts, lock }: Asked,
): Machine[] {
  const backings = scope.backing === undefined ? design.backings : [scope.backing]
  return backings.flatMap((backing) =>
    byNeed(names).map((together) => {
      const needed = [...new Set([...parts, ...together.flatMap((property) => property.parts)])]
      const sizes = { ...defaultSizes, ...design.scope, ...sizesFor(together), ...scope, backing }
      const setup: MachineConfigInput = {
        design: fullName(design),
        driver,
        lock,
        scope: sizes,
        platform,
        parts: needed,
      }
      return { setup, properties: together.map(({ name }) => name) }
    }),
  )
}

const defaultSizes = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1 }

/** What puts properties to the test soonest: a failure to meet, or a guest that has private memory from the start. */
function sizesFor(together: readonly Property[]): ScopeInput {
  if (together.some(({ needsFailures }) => needsFailures === true)) return { failures: 1 }
  return together.some(({ parts }) => parts.includes('secureEpt')) ? { start: 'private' } : {}
}

/** Properties that need the same of a machine are judged in one search. */
function byNeed(names: readonly string[]): Property[][] {
  const groups = new Map<string, Property[]>()
  for (const property of properties.filter(({ name }) => names.includes(name))) {
    const need = property.needsFailures === true ? 'failures' : property.parts.join('+')
    groups.set(need, [...(groups.get(need) ?? []), property])
  }
  return [...groups.values()]
}
