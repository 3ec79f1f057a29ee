import { fullName } from '../../designs/index.js'
import { presets } from '../../model/machine/platform.js'
import { type ConfigurationName, configurations } from '../../search/check/configurations.js'
import type { Question } from '../../search/check/machines.js'
import type { MachineOptions } from '../options/machines.js'

/** What a check did not look at, and how to ask for it; empty if there is nothing. */
export function untriedText(
  questions: readonly Question[],
  wanted: readonly ConfigurationName[],
  options: MachineOptions,
): string {
  const lines = [
    ...[...new Set(questions.flatMap((question) => otherDrivers(question, questions)))],
    ...otherConfigurations(wanted),
    `platforms ${Object.keys(presets)
      .filter((name) => name !== options.platform.split(' ')[0])
      .join(', ')} (--platform)`,
  ]
  return `\nnot tried: ${lines.join(';\n  ')}\n`
}

function otherDrivers({ design }: Question, questions: readonly Question[]): string[] {
  const asked = questions.filter((one) => one.design === design).map(({ driver }) => driver)
  const others = design.drivers.map(({ name }) => name).filter((name) => !asked.includes(name))
  return others.length === 0 ? [] : [`${fullName(design)} with ${others.join(', ')} (--driver all)`]
}

function otherConfigurations(wanted: readonly ConfigurationName[]): string[] {
  const left = configurations.length - wanted.length
  return left === 0 ? [] : [`${left} of ${configurations.length} configurations (without --configuration)`]
}
