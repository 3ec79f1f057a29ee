import { type Design, fullName } from '../../designs/index.js'
import type { Part } from '../../model/machine/parts.js'
import type { Scope, ScopeInput } from '../../model/machine/scope.js'
import type { Property } from '../../properties/index.js'
import { type Catalogue, withDesigns } from '../catalogue/catalogue.js'
import { buildMachine, type MachineConfigInput, setupText } from '../machine-config.js'
import { type Configuration, type ConfigurationName, configurations } from './configurations.js'

/** What is asked of a design with one driver and one backing. What is asked for stays in every configuration. */
export interface DesignQuestion {
  /** What names mean; if left out, the design beside what this package has. */
  readonly catalogue?: Catalogue
  readonly design: Design
  readonly driver: string
  readonly backing: Scope['backing']
  readonly scope: ScopeInput
  /** A preset, with fields changed: `linux-7.2 drain=none`. */
  readonly platform: string
  readonly parts: readonly Part[]
  /** The configuration says, if left out; and `vm` if it does not. */
  readonly lock?: 'vm' | 'none'
  /** Names of properties. */
  readonly properties: readonly string[]
}

export const catalogueOf = ({ catalogue, design }: DesignQuestion): Catalogue => catalogue ?? withDesigns(design)

/** One machine, and the properties that are judged on it together. */
export interface CheckedMachine {
  readonly setup: MachineConfigInput
  readonly properties: readonly string[]
}

const defaultSizes = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1 }

/** A configuration, and its machine for one question. */
export interface Configured {
  readonly configuration: ConfigurationName
  readonly machine: CheckedMachine
}

/**
 * The machines of the configurations but the plain one. Of two that are one machine, the later judges only what the
 * earlier does not.
 *
 * @param before machines that are searched first
 */
export function otherMachines(
  question: DesignQuestion,
  before: readonly CheckedMachine[] = [],
  wanted: readonly ConfigurationName[] = configurations.map(({ name }) => name),
): Configured[] {
  const judged = new Map(before.map(({ setup, properties: names }) => [setupText(setup), names]))
  return configurations.flatMap((configuration): Configured[] => {
    const { name } = configuration
    const machine = name === 'plain' || !wanted.includes(name) ? undefined : machineIn(question, configuration)
    if (machine === undefined) return []
    const key = setupText(machine.setup)
    const done = judged.get(key) ?? []
    const left = machine.properties.filter((property) => !done.includes(property))
    judged.set(key, [...done, ...left])
    return left.length === 0 ? [] : [{ configuration: name, machine: { ...machine, properties: left } }]
  })
}

/** The plain machines, and behind them those of the other configurations, in the order of `check`. */
export function allMachines(question: DesignQuestion): Configured[] {
  const plain = smallestMachines(question)
  return [...plain.map((machine) => ({ configuration: 'plain' as const, machine })), ...otherMachines(question, plain)]
}

/** The machine as it was asked for. */
export const plainSetup = (question: DesignQuestion): MachineConfigInput => setupIn(question, { name: 'plain' })

/** Machines as small as each property allows: properties that need the same of a machine are judged together. */
export const smallestMachines = (question: DesignQuestion): CheckedMachine[] =>
  byNeed(catalogueOf(question).propertiesNamed(question.properties)).map((together) => {
    const needed = together.flatMap((property) => property.parts)
    const setup = setupIn(question, { name: 'plain', scope: sizesFor(together), parts: needed })
    return { setup, properties: together.map(({ name }) => name) }
  })

/**
 * The machine of a configuration, with all properties that it can fail.
 *
 * @returns undefined if there is no such property, or the configuration means nothing for what is asked
 */
export function machineIn(question: DesignQuestion, configuration: Configuration): CheckedMachine | undefined {
  const catalogue = catalogueOf(question)
  const driver = catalogue.findDriver(question.design, question.driver)
  if (!driver.ok || configuration.fits?.(question.design, driver.value) === false) return undefined
  const setup = setupIn(question, configuration)
  const opened = buildMachine(setup, catalogue)
  if (!opened.ok && opened.problem.rule === undefined && buildMachine(plainSetup(question), catalogue).ok) {
    // What is asked for opens, and does not fit the sizes of the configuration.
    return undefined
  }
  if (opened.ok && configuration.on?.(opened.value.machine) === false) return undefined
  const excepted =
    configuration.exceptFor?.(question.design, driver.value) === false ? [] : (configuration.except ?? [])
  const isAsked = ({ name, needsFailures, parts, notOn }: Property): boolean =>
    !excepted.includes(name) &&
    (needsFailures !== true || (setup.scope.failures ?? 0) > 0) &&
    parts.every((part) => setup.parts?.includes(part)) &&
    !(opened.ok && notOn?.(opened.value.machine) !== undefined)
  const asked = catalogue
    .propertiesNamed(question.properties)
    .filter(isAsked)
    .map(({ name }) => name)
  return asked.length === 0 ? undefined : { setup, properties: asked }
}

function setupIn(question: DesignQuestion, { scope, platform, parts = [], lock }: Configuration): MachineConfigInput {
  const { design, driver, backing } = question
  return {
    design: fullName(design),
    driver,
    lock: question.lock ?? lock ?? 'vm',
    scope: { ...defaultSizes, ...design.scope, ...scope, ...question.scope, backing },
    platform: withFields(question.platform, platform),
    parts: [...new Set([...question.parts, ...parts])],
  }
}

/** Adds the fields to a platform that its text does not say already. */
function withFields(text: string, fields: Configuration['platform'] = {}): string {
  const isSaid = (name: string) => text.split(/\s+/).some((word) => word.startsWith(`${name}=`))
  const added = Object.entries(fields).filter(([name]) => !isSaid(name))
  return [text, ...added.map(([name, value]) => `${name}=${String(value)}`)].join(' ')
}

/** What puts properties to the test soonest: a failure to meet, or a guest that has private memory from the start. */
function sizesFor(together: readonly Property[]): ScopeInput {
  if (together.some(({ needsFailures }) => needsFailures === true)) return { failures: 1 }
  return together.some(({ parts }) => parts.includes('secureEpt')) ? { start: 'private' } : {}
}

function byNeed(asked: readonly Property[]): Property[][] {
  const groups = new Map<string, Property[]>()
  for (const property of asked) {
    const need = property.needsFailures === true ? 'failures' : property.parts.join('+')
    groups.set(need, [...(groups.get(need) ?? []), property])
  }
  return [...groups.values()]
}
