import { must } from '../../base/result.js'
import { type Design, findDesign } from '../../designs/index.js'
import { type Kind, kindIndex, rows } from '../../model/actions/relation.js'
import type { EnvironmentRow } from '../../model/actions/row.js'
import type { PresetName } from '../../model/machine/platform.js'
import type { Scope, ScopeInput } from '../../model/machine/scope.js'
import { properties } from '../../properties/index.js'
import { withDesigns } from '../../search/catalogue/catalogue.js'
import { type ConfigurationName, configurations } from '../../search/check/configurations.js'
import { machineIn } from '../../search/check/machines.js'
import { smallFirst } from '../../search/exhaustive/small-search.js'
import { checkMachine } from '../../search/verdict.js'
import type { Rule } from '../../spec/index.js'
import type { PlanChange } from '../operators.js'

/** A row that does less, or more, than it should. */
interface Wrong {
  readonly kind: Kind
  readonly does?: (right: EnvironmentRow['apply']) => EnvironmentRow['apply']
  readonly possible?: (right: EnvironmentRow['possible']) => EnvironmentRow['possible']
  /** Of these rules no failure comes. */
  readonly never?: readonly Rule[]
}

/** A fault in one place of a design, a driver, KVM or a row, and the configuration that is to show it. */
export interface Fault {
  readonly fault: string
  readonly design: string
  readonly driver?: string
  readonly backing?: Scope['backing']
  /** A preset; `tdx-2021-reading`, if left out. */
  readonly platform?: PresetName
  readonly scope?: ScopeInput
  readonly wrong: PlanChange | Wrong
  readonly where: ConfigurationName
  /** Of the small search before the random runs, where it is what shows the fault. */
  readonly states?: number
  readonly breaks: string
}

/** For tests: the design with the change. */
export function changed({ design: name, driver: wanted, wrong }: Fault): Design {
  const design = findDesign(name)
  const driver = design?.drivers.find((one) => wanted === undefined || one.name === wanted)
  if (design === undefined || driver === undefined) throw new Error(`no design ${name} with such a driver`)
  const original: Design = { ...design, variant: 'planted', drivers: [driver] }
  if ('kind' in wrong) return original
  const subject = wrong.apply({ design: original, driver })
  return { ...subject.design, drivers: [subject.driver] }
}

/** For tests: which property falls in the configuration of a fault, of the one that it is to break. */
export function violated(fault: Fault, design: Design): string[] {
  const { where, backing = 'separate', platform = 'tdx-2021-reading', scope = {} } = fault
  const configuration = configurations.find(({ name }) => name === where)
  const asked = properties.map(({ name }) => name)
  const driver = design.drivers[0]?.name ?? ''
  const question = { design, driver, backing, scope, platform, parts: [], properties: asked }
  const machine = configuration && machineIn(question, configuration)
  if (machine === undefined) throw new Error(`${fault.fault}: no machine in ${where}`)
  const bounds = { seed: 1, runs: 400, length: 320, shortest: 160, shorten: 0 }
  const catalogue = withDesigns(design)
  const small = { states: fault.states ?? 1, seconds: 60 }
  const verdicts = must(
    smallFirst({ setup: machine.setup, properties: [fault.breaks] }, { small, catalogue }, (rest) =>
      checkMachine(machine.setup, rest, bounds, catalogue),
    ),
  )
  return verdicts.filter(({ verdict }) => verdict === 'violated').map(({ property }) => property)
}

/** For tests: the same with the wrong row, if it is a row that is wrong. */
export function violatedByRow(fault: Fault, design: Design): string[] {
  if (!('kind' in fault.wrong)) return violated(fault, design)
  const { kind, does, possible, never = [] } = fault.wrong
  const row = rows[kindIndex(kind)]
  const original = { ...row }
  if (does !== undefined) Object.assign(row, { apply: does(original.apply) })
  if (possible !== undefined && 'possible' in original) Object.assign(row, { possible: possible(original.possible) })
  if (never.length > 0) Object.assign(row, { fails: original.fails?.filter(({ rule }) => !never.includes(rule)) })
  try {
    return violated(fault, design)
  } finally {
    Object.assign(row, original)
  }
}
