import type { Command } from 'commander'
import { bugs, findBug } from '../../bugs/index.js'
import { fullName } from '../../designs/index.js'
import { isTraceFormat, traceFormatNames, traceFormats } from '../../export/formats.js'
import { casesFolder, catalogueFolder, litmusTexts } from '../../litmus/catalogue.js'
import { partNames } from '../../model/machine/parts.js'
import { platformFieldNames } from '../../model/machine/platform.js'
import { bugText } from '../../report/bugs/text.js'
import { mailWidth, wrap } from '../../report/columns/wrap.js'
import { actionKinds, actionText } from '../../report/explain/action.js'
import { designText, driverText } from '../../report/explain/design.js'
import { packageText } from '../../report/explain/package-text.js'
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
import { ruleNamed, rules, ruleText } from '../../report/explain/rule.js'
import { wordNames, wordTexts } from '../../report/explain/words.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { Status } from '../exit-status.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { unknownName } from '../options/suggest.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { listNames, shownCommands } from './list.js'

export function addExplain(program: Command, io: Io, end: End): void {
  program
    .command('explain')
    .description(
      'print everything known of a word: a rule, property, design, field, action, call, loop, error, verdict …',
    )
    .argument('<name>', 'any word that dmaproof prints or accepts; all are in: dmaproof list')
    .addHelpText(
      'after',
      `
Exit status: 0 printed · 2 an unknown word, or bad input

Examples:
  dmaproof explain tdx.dma/private-key-id     a rule: its source, who rests on it, its litmus tests
  dmaproof explain no-stale-frame             a property: its rules and its witness
  dmaproof explain on-demand-superpage        a design: its plan, step by step
  dmaproof explain drain                      a field: its values and the question behind it
  dmaproof explain eachMappedPage             a word of plans: what it stands for, and an example`,
    )
    .addOption(designsOption())
    .action(async (name: string, options: OwnOptions) => end(await explain(io, name, options, program)))
}

/** A word may mean several things: a call, a verb of litmus tests, a value of a field. */
async function explain(io: Io, name: string, options: OwnOptions, program: Command): Promise<number> {
  const opened = await openCatalogue(options)
  if (!opened.ok) {
    complainOf(io, opened.problem)
    return Status.BadInput
  }
  const page = textOf(name, opened.value)
  const texts = [page, ...wordTexts(name), commandText(name, program), formatText(name)].filter(
    (text) => text !== undefined,
  )
  if (texts.length > 0) {
    report(io, `${texts.join('\n\n')}\n`)
    return Status.Held
  }
  complain(
    io,
    unknownName('explain', name, explainedNames(opened.value, program), `dmaproof list ${listNames.join(', ')}`),
  )
  return Status.BadInput
}

function textOf(name: string, catalogue: Catalogue): string | undefined {
  const rule = ruleNamed(name)
  if (rule !== undefined) return ruleText(rule, ruleTexts())
  const property = catalogue.findProperty(name)
  if (property !== undefined) return propertyText(property)
  const design = catalogue.findDesign(name)
  if (design !== undefined) return designText(design)
  const driver = catalogue.driverNamed(name)
  if (driver !== undefined) return driverText(driver)
  const bug = findBug(name)
  if (bug !== undefined) return bugText(bug)
  const platform = Object.hasOwn(catalogue.own.platforms, name) ? catalogue.own.platforms[name] : undefined
  if (platform !== undefined) return `${name}\n  ${platform}`
  const field = platformFieldNames.find((known) => known === name)
  if (field !== undefined) return platformFieldText(field, [packageText('spec/questions.md')])
  if (scopeFields.includes(name)) return scopeFieldText(name)
  if (isPart(name)) return partText(name)
  if (presetNames.includes(name)) return presetText(name)
  return actionKinds.includes(name) ? actionText(name) : configurationText(name)
}

let read: Parameters<typeof ruleText>[1] | undefined

/** Files of the package that name rules, read once. */
function ruleTexts() {
  read ??= {
    catalogue: litmusTexts(catalogueFolder),
    cases: litmusTexts(casesFolder),
    tests: packageText('report/explain/rule-tests.txt'),
  }
  return read
}

function commandText(name: string, program: Command): string | undefined {
  const found = shownCommands(program).find((command) => command.name() === name)
  return (
    found &&
    `${name} (a command)\n${wrap(`${found.description()}.`, mailWidth, '  ').join('\n')}\n  dmaproof ${name} --help`
  )
}

const formatText = (name: string): string | undefined =>
  isTraceFormat(name) ? `${name} (a form of a trace)\n  ${traceFormats[name].says}` : undefined

/** Every name that `explain` knows, each once. */
export const explainedNames = (catalogue: Catalogue, program: Command): string[] => [
  ...new Set([...namesOfAll(catalogue), ...shownCommands(program).map((one) => one.name()), ...traceFormatNames]),
]

const namesOfAll = (catalogue: Catalogue): string[] => [
  ...rules.map(({ id }) => id),
  ...catalogue.properties.map(({ name }) => name),
  ...catalogue.allDesigns.map(fullName),
  ...Object.keys(catalogue.own.platforms),
  ...platformFieldNames,
  ...scopeFields,
  ...partNames,
  ...presetNames,
  ...actionKinds,
  ...bugs.map(({ id }) => id),
  ...configurationNames,
  ...wordNames(),
]
