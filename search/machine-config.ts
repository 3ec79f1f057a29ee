import { z } from 'zod'
import { ok, type Result, refuse } from '../base/result.js'
import { type Design, type Driver, hostOf, notApplicable, withoutVmLock } from '../designs/index.js'
import { machineFrom } from '../model/build-machine.js'
import type { Machine } from '../model/machine/machine.js'
import { partNames, withParts } from '../model/machine/parts.js'
import { type Platform, parsePlatform } from '../model/machine/platform.js'
import { makeScope } from '../model/machine/scope.js'
import type { Host } from '../model/plan/plan.js'
import { builtIn, type Catalogue } from './catalogue/catalogue.js'
import { invalid, scopeSchema } from './schemas.js'

/** All that names a machine: what a trace's header says, and what a verdict holds for. */
export const machineConfigSchema = z.strictObject({
  /** `on-demand-4k`, or `on-demand-4k/map-first`. */
  design: z.string(),
  driver: z.string(),
  /** `none`: without the lock that the design takes around a conversion. */
  lock: z.enum(['vm', 'none']).default('vm'),
  scope: scopeSchema,
  /** A preset, with fields changed: `linux-7.2 drain=none`. */
  platform: z.string(),
  parts: z.array(z.enum(partNames)).default([]),
})

export type MachineConfig = z.infer<typeof machineConfigSchema>
export type MachineConfigInput = z.input<typeof machineConfigSchema>

/** A setup with its defaults, as text: two that name one machine are equal. */
export const setupText = (setup: MachineConfigInput): string => JSON.stringify(machineConfigSchema.parse(setup))

/** A machine that can be searched, and the design that runs on it. */
export interface BuiltMachine {
  readonly machine: Machine
  readonly design: Design
  readonly host: Host
  readonly setup: MachineConfig
}

/**
 * Builds the machine of a setup. A combination that a rule makes impossible is refused with that rule.
 *
 * @param catalogue what its names mean
 * @param watch gives the machine a platform that answers alike (`watched`)
 */
export function buildMachine(
  input: MachineConfigInput,
  catalogue: Catalogue = builtIn,
  watch: (platform: Platform) => Platform = (platform) => platform,
): Result<BuiltMachine> {
  const parsed = machineConfigSchema.safeParse(input)
  if (!parsed.success) return invalid('setup', parsed.error)
  const setup = parsed.data
  const found = catalogue.findDesign(setup.design)
  if (found === undefined) return refuse(`design: unknown name "${setup.design}"`)
  const driver = catalogue.findDriver(found, setup.driver)
  if (!driver.ok) return driver
  return build(setup.lock === 'none' ? withoutVmLock(found) : found, driver.value, setup, watch)
}

function build(
  design: Design,
  driver: Driver,
  setup: MachineConfig,
  watch: (platform: Platform) => Platform,
): Result<BuiltMachine> {
  const scope = makeScope(setup.scope)
  if (!scope.ok) return scope
  const platform = parsePlatform(setup.platform)
  if (!platform.ok) return platform
  const rule = notApplicable(design, driver, scope.value.backing, platform.value)
  if (rule !== undefined) return refuse(`not applicable: ${rule.statement}`, { rule })
  const host = hostOf(design, driver)
  const machine = machineFrom(scope.value, watch(platform.value), withParts(...setup.parts), host)
  return ok({ machine, design, host, setup })
}
