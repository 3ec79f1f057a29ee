import { fullName } from '../../designs/index.js'
import { presets } from '../../model/machine/platform.js'
import { scopeFieldNames, scopeTable } from '../../model/machine/scope.js'
import { type Configuration, type ConfigurationName, configurations } from '../../search/check/configurations.js'
import type { DesignQuestion } from '../../search/check/machines.js'
import type { MachineOptions } from '../options/machines.js'
import type { Unbegun } from './check.js'

/** What a check did not look at, and how to ask for it; empty if there is nothing. */
export function untriedText(
  questions: readonly DesignQuestion[],
  wanted: readonly ConfigurationName[],
  options: MachineOptions,
  unbegun: readonly Unbegun[] = [],
): string {
  const lines = [
    ...unbegun.map(inNoTime),
    ...[...new Set(questions.flatMap((question) => otherDrivers(question, questions)))],
    ...otherConfigurations(wanted),
    ...otherScope(questions),
    `platforms ${Object.keys(presets)
      .filter((name) => name !== options.platform.split(' ')[0])
      .join(', ')} (--platform)`,
  ]
  return `\nnot tried: ${lines.join(';\n  ')}\n`
}

/** A property that holds in few configurations, because the time was short, looks like one that holds in all. */
const inNoTime = ({ question: { design, driver, backing }, configurations: left, of }: Unbegun): string =>
  `${fullName(design)} with ${driver}, ${backing}, in ${left.length} of ${of} configurations, for want of time (--time)`

function otherDrivers({ design }: DesignQuestion, questions: readonly DesignQuestion[]): string[] {
  const asked = questions.filter((one) => one.design === design).map(({ driver }) => driver)
  const others = design.drivers.map(({ name }) => name).filter((name) => !asked.includes(name))
  return others.length === 0 ? [] : [`${fullName(design)} with ${others.join(', ')} (--driver all)`]
}

function otherConfigurations(wanted: readonly ConfigurationName[]): string[] {
  const left = configurations.length - wanted.length
  return left === 0 ? [] : [`${left} of ${configurations.length} configurations (without --configuration)`]
}

const inConfigurations: ReadonlySet<string> = new Set(
  configurations.flatMap(({ scope = {} }: Configuration) => Object.keys(scope)),
)
const isOff = (value: unknown): boolean => value === false || value === 0 || value === 'none'

/** What a field of the scope brings to the machine, and neither a configuration nor what was asked for did. */
function otherScope(questions: readonly DesignQuestion[]): string[] {
  const asked = new Set(questions.flatMap(({ design, scope }) => Object.keys({ ...design.scope, ...scope })))
  const left = scopeFieldNames.filter(
    (name) => isOff(scopeTable[name].default) && !inConfigurations.has(name) && !asked.has(name),
  )
  return left.length === 0 ? [] : [`scope ${left.join(', ')} (--scope; dmaproof explain ${left[0]})`]
}
