import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { bugs, findBug } from '../../bugs/index.js'
import { allDesigns, findDesign, fullName } from '../../designs/index.js'
import { casesFolder, catalogueFolder, litmusTexts } from '../../litmus/catalogue.js'
import { partNames } from '../../model/machine/parts.js'
import { platformFieldNames } from '../../model/machine/platform.js'
import { properties } from '../../properties/index.js'
import { bugText } from '../../report/bugs/text.js'
import { actionKinds, actionText } from '../../report/explain/action.js'
import { designText } from '../../report/explain/design.js'
import {
  configurationNames,
  configurationText,
  isPart,
  partText,
  platformFieldText,
  presetNames,
  presetText,
  scopeFields,
  scopeFieldText,
} from '../../report/explain/parameter.js'
import { propertyText } from '../../report/explain/property.js'
import { rules, ruleText } from '../../report/explain/rule.js'
import { Status } from '../exit-status.js'
import { unknownName } from '../options/suggest.js'
import { complain, type End, type Io } from '../terminal/io.js'

export function addExplain(program: Command, io: Io, end: End): void {
  program
    .command('explain')
    .description(
      'print everything known of a rule, property, design, platform, parameter, action, configuration or bug',
    )
    .argument('<name>', 'any name that dmaproof prints')
    .addHelpText(
      'after',
      `
Examples:
  dmaproof explain tdx.dma/private-key-id     a rule: its source, who rests on it, its litmus tests
  dmaproof explain no-stale-frame             a property: its rules and its witness
  dmaproof explain on-demand-superpage        a design: its plan, step by step
  dmaproof explain drain                      a parameter: its values and the question behind it`,
    )
    .action((name: string) => end(explain(io, name)))
}

function explain(io: Io, name: string): number {
  const text = textOf(name)
  if (text !== undefined) {
    io.out(`${text}\n`)
    return Status.Held
  }
  complain(
    io,
    unknownName('explain', name, allNames(), 'dmaproof list designs, properties, rules, platforms or configurations'),
  )
  return Status.BadInput
}

function textOf(name: string): string | undefined {
  const rule = rules.find(({ id }) => id === name)
  if (rule !== undefined) return ruleText(rule, litmusTexts(catalogueFolder), litmusTexts(casesFolder))
  const property = properties.find((known) => known.name === name)
  if (property !== undefined) return propertyText(property)
  const design = findDesign(name)
  if (design !== undefined) return designText(design)
  const bug = findBug(name)
  if (bug !== undefined) return bugText(bug)
  const field = platformFieldNames.find((known) => known === name)
  if (field !== undefined) return platformFieldText(field, questions())
  if (scopeFields.includes(name)) return scopeFieldText(name)
  if (isPart(name)) return partText(name)
  if (presetNames.includes(name)) return presetText(name)
  return actionKinds.includes(name) ? actionText(name) : configurationText(name)
}

const allNames = (): string[] => [
  ...rules.map(({ id }) => id),
  ...properties.map(({ name }) => name),
  ...allDesigns.map(fullName),
  ...platformFieldNames,
  ...scopeFields,
  ...partNames,
  ...presetNames,
  ...actionKinds,
  ...bugs.map(({ id }) => id),
  ...configurationNames,
]

/** The open questions, from the package that this file is in: it runs from `cli/` and from `dist/cli/`. */
function questions(): string[] {
  return ['questions.md'].flatMap((name) =>
    ['../../spec/', '../../../spec/'].flatMap((folder) => {
      try {
        return [readFileSync(new URL(folder + name, import.meta.url), 'utf8')]
      } catch {
        return []
      }
    }),
  )
}
