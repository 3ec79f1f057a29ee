import { z } from 'zod'
import { ok, type Result, refuse } from '../base/result.js'
import { checkDesign, checkDesignOn } from '../designs/check/index.js'
import { type Design, type Driver, hostOf, kvmArchitecture, notApplicable, withoutVmLock } from '../designs/index.js'
import { machineFrom } from '../model/build-machine.js'
import type { Machine } from '../model/machine/machine.js'
import { partNames, withParts } from '../model/machine/parts.js'
import { type Platform, parsePlatform } from '../model/machine/platform.js'
import { makeScope } from '../model/machine/scope.js'
import type { Host } from '../model/plan/plan.js'
import { builtIn, type Catalogue } from './catalogue/catalogue.js'
import { invalid, scopeSchema } from './schemas.js'

/**
 * All that names a machine: what a trace's header says, and what a verdict holds for.
 *
 * @example
 * machineConfigSchema.parse(JSON.parse(text))
 */
export const machineConfigSchema = z
  .strictObject({
    design: z.string().describe('the design: `on-demand-4k`, or `on-demand-4k/map-first`'),
    driver: z.string().describe('the driver'),
    lock: z
      .enum(['vm', 'none'])
      .default('vm')
      .describe('none: without the lock that the design takes around a conversion'),
    scope: scopeSchema.describe('sizes and limits: `dmaproof list fields`'),
    platform: z.string().describe('a preset with fields changed, as in `linux-7.2 drain=none`'),
    parts: z.array(z.enum(partNames)).default([]).describe('parts of the machine that are on'),
  })
  .meta({ id: 'setup' })

/**
 * A setup with its defaults filled in.
 *
 * @example
 * const { design, platform }: MachineConfig = built.value.setup
 */
export type MachineConfig = z.infer<typeof machineConfigSchema>
/**
 * A setup as a caller writes it.
 *
 * @example
 * const setup: MachineConfigInput = { design: 'pin-all', driver: 'type1v2', scope: {}, platform: 'linux-7.2' }
 */
export type MachineConfigInput = z.input<typeof machineConfigSchema>

/** A setup with its defaults, as text: two that name one machine are equal. */
export const setupText = (setup: MachineConfigInput): string => JSON.stringify(machineConfigSchema.parse(setup))

/**
 * A machine that can be searched, and the design that runs on it.
 *
 * @example
 * const { machine, design }: BuiltMachine = built.value
 */
export interface BuiltMachine {
  readonly machine: Machine
  readonly design: Design
  readonly host: Host
  readonly setup: MachineConfig
}

/**
 * Builds the machine of a setup. A combination that a rule makes impossible is refused with that rule.
 *
 * @param catalogue what its names mean; designs of its user are checked before they run
 * @param watch gives the machine a platform that answers alike (`watched`)
 *
 * @example
 * const setup: MachineConfigInput = { design: 'mine', driver: 'type1v2', scope: {}, platform: 'linux-7.2' }
 * const built = buildMachine(setup, withDesigns(mine))
 * if (built.ok) new Simulator(built.value.machine)
 */
export function buildMachine(
  input: MachineConfigInput,
  catalogue: Catalogue = builtIn,
  watch?: (platform: Platform) => Platform,
): Result<BuiltMachine> {
  const parsed = machineConfigSchema.safeParse(input)
  if (!parsed.success) return invalid('setup', parsed.error)
  const setup = parsed.data
  const found = catalogue.findDesign(setup.design)
  if (found === undefined) return refuse(`design: unknown name "${setup.design}"`)
  const isOwn = catalogue.own.designs.includes(found)
  const checked = isOwn ? checkDesign(found) : ok(found)
  if (!checked.ok) return checked
  const driver = catalogue.findDriver(found, setup.driver)
  if (!driver.ok) return driver
  const built = build(setup.lock === 'none' ? withoutVmLock(found) : found, driver.value, setup, watch)
  if (!built.ok || (!isOwn && found.drivers.includes(driver.value))) return built
  // The check of a watched machine is watched as well, every time.
  const check = watch === undefined ? checkedOn : checkOn
  const onMachine = check(found, driver.value, built.value)
  return onMachine.ok ? built : onMachine
}

/** What a check of a driver with a design said, by the setup: a search builds the same machine again and again. */
const checked = new WeakMap<Driver, WeakMap<Design, Map<string, Result<Design>>>>()

const checkOn = (design: Design, driver: Driver, { machine }: BuiltMachine) => checkDesignOn(design, driver, machine)

function checkedOn(design: Design, driver: Driver, built: BuiltMachine): Result<Design> {
  const byDesign = checked.get(driver) ?? new WeakMap<Design, Map<string, Result<Design>>>()
  const bySetup = byDesign.get(design) ?? new Map<string, Result<Design>>()
  checked.set(driver, byDesign.set(design, bySetup))
  const key = JSON.stringify(built.setup)
  const result = bySetup.get(key) ?? checkOn(design, driver, built)
  bySetup.set(key, result)
  return result
}

function build(
  design: Design,
  driver: Driver,
  setup: MachineConfig,
  watch: ((platform: Platform) => Platform) | undefined,
): Result<BuiltMachine> {
  const scope = makeScope(setup.scope)
  if (!scope.ok) return scope
  const platform = parsePlatform(setup.platform)
  if (!platform.ok) return platform
  const rule = notApplicable(design, driver, scope.value.backing, platform.value)
  if (rule !== undefined) return refuse(`not applicable: ${rule.statement}`, { rule })
  const parts = withParts(...setup.parts)
  const host = hostOf(design, driver, kvmArchitecture(parts, platform.value))
  const machine = machineFrom(scope.value, watch?.(platform.value) ?? platform.value, parts, host)
  return ok({ machine, design, host, setup })
}
