import { ok, type Result, refuse } from '../../base/result.js'
import { allDesigns, type Design, type Driver, designs, findDesign, fullName } from '../../designs/index.js'
import { type Property, properties } from '../../properties/index.js'

/** The names by which a machine is asked for. */
export interface MachineNames {
  readonly design: string
  readonly driver: string
}

/**
 * What a user adds to the designs and properties of this package.
 *
 * @example
 * const own: Partial<Own> = { designs: [mine], drivers: [driver] }
 */
export interface Own {
  readonly designs: readonly Design[]
  /** Drivers that every design can be asked with, by their names. */
  readonly drivers: readonly Driver[]
  readonly properties: readonly Property[]
  /** By its name, a platform: a preset, with fields changed. */
  readonly platforms: Readonly<Record<string, string>>
  /** Paths of the modules that export all this: a thread imports them again, since functions cannot be sent to it. */
  readonly files: readonly string[]
  /** The file that a design, driver or property is exported by. */
  readonly fileOf: ReadonlyMap<Design | Driver | Property, string>
}

const nothing: Own = { designs: [], drivers: [], properties: [], platforms: {}, files: [], fileOf: new Map() }

/**
 * What names mean: the designs and properties of this package, and what its user adds. It is passed on, not global.
 *
 * @example
 * new Catalogue({ designs: [mine], platforms: { mine: 'linux-7.2 drain=none' } })
 */
export class Catalogue {
  readonly own: Own
  /** In the order in which a comparison shows them. */
  readonly designs: readonly Design[]
  /** Also those that the plain comparison leaves out. */
  readonly allDesigns: readonly Design[]
  /** In the order in which verdicts are printed. */
  readonly properties: readonly Property[]

  constructor(own: Partial<Own> = {}) {
    this.own = { ...nothing, ...own }
    this.designs = [...designs, ...this.own.designs]
    this.allDesigns = [...allDesigns, ...this.own.designs]
    this.properties = [...properties, ...this.own.properties]
  }

  /** @param name in full: `on-demand-4k/map-first` */
  findDesign(name: string): Design | undefined {
    return this.own.designs.find((design) => fullName(design) === name) ?? findDesign(name)
  }

  /** A driver of a design, or one that the user adds. */
  findDriver(design: Design, name: string): Result<Driver> {
    const all = [...design.drivers, ...this.own.drivers]
    const driver = all.find((known) => known.name === name)
    if (driver !== undefined) return ok(driver)
    const names = all.map((known) => known.name).join(', ')
    return refuse(`driver: ${fullName(design)} has no driver "${name}"; it has ${names}`)
  }

  /** A driver of any design, or one that the user adds. */
  driverNamed(name: string): Driver | undefined {
    const all = [...this.own.drivers, ...this.allDesigns.flatMap((design) => design.drivers)]
    return all.find((driver) => driver.name === name)
  }

  findProperty(name: string): Property | undefined {
    return this.properties.find((property) => property.name === name)
  }

  /** A platform's text, in which what the user's name for it means stands in its place; fields behind it count. */
  platformText(text: string): string {
    const [name = '', ...changes] = text.trim().split(/\s+/)
    const meant = Object.hasOwn(this.own.platforms, name) ? this.own.platforms[name] : undefined
    const [preset = name, ...fields] = meant?.trim().split(/\s+/) ?? []
    const changed = changes.map(fieldOf)
    return [preset, ...fields.filter((field) => !changed.includes(fieldOf(field))), ...changes].join(' ')
  }

  /** The user's files that a trace of a machine and property needs, as a part of its header. */
  filesFor(setup: MachineNames, property: Property): { readonly designs?: string[] } {
    const { fileOf } = this.own
    const design = this.findDesign(setup.design)
    const driver = this.own.drivers.find(({ name }) => name === setup.driver)
    const files = [design, driver, property].flatMap((one) => (one && fileOf.get(one)) ?? [])
    return files.length === 0 ? {} : { designs: [...new Set(files)] }
  }

  /** The properties of these names, in the order in which verdicts are printed. */
  propertiesNamed(names: readonly string[]): Property[] {
    return this.properties.filter(({ name }) => names.includes(name))
  }
}

const fieldOf = (word: string): string => word.split('=')[0] ?? ''

/** A definition as text, functions too: two that do the same may differ in it, two that are equal in it do the same. */
export const definitionText = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'function' ? String(part) : part)) ?? ''

/**
 * This package's own.
 *
 * @example
 * buildMachine(setup, builtIn)
 */
export const builtIn = new Catalogue()

/**
 * This package's own and these designs, which may take the place of designs of the same name.
 *
 * @example
 * buildMachine(setup, withDesigns(mine))
 */
export const withDesigns = (...own: readonly Design[]): Catalogue => new Catalogue({ designs: own })
