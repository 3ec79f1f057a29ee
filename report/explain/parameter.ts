import type { Field } from '../../model/machine/fields.js'
import { type Part, partNames, partSays } from '../../model/machine/parts.js'
import { type Platform, platformTable, presets } from '../../model/machine/platform.js'
import { scopeFieldNames, scopeTable } from '../../model/machine/scope.js'
import { properties } from '../../properties/index.js'
import { type Configuration, configurations, differenceText } from '../../search/check/configurations.js'
import { mailWidth, wrap } from '../columns/wrap.js'

export const scopeFields: readonly string[] = scopeFieldNames
export const presetNames: readonly string[] = Object.keys(presets)

const plain = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value))

/** The values that a field takes, as a person writes them. */
function valuesOf(field: Field): string {
  switch (field.kind) {
    case 'number':
      return `a whole number from ${field.min} to ${field.max}`
    case 'flag':
      return 'true | false'
    case 'choice':
      return field.values.join(' | ')
    case 'list':
      return `any of ${field.values.join(' | ')}`
  }
}

const inLines = (sentence: string): readonly string[] => wrap(sentence, mailWidth, '  ')

/**
 * What a field of the platform stands for: its values, which preset takes which, and the question behind it.
 *
 * @param questions the texts of spec/questions*.md
 */
export function platformFieldText(field: keyof Platform, questions: readonly string[]): string {
  const takes = Object.entries(presets).map(([name, preset]) => `    ${name.padEnd(18)} ${plain(preset[field])}`)
  const section = questions
    .flatMap((text) => text.split(/^(?=### )/m))
    .find((part) => part.includes(`Parameter \`${field}\``))
  const said = platformTable[field]
  return [
    `${field} (a field of the platform)`,
    ...inLines(said.description),
    `  values   ${valuesOf(said)}`,
    `  set it   --platform 'linux-7.2 ${field}=…'`,
    '',
    '  presets',
    ...takes,
    ...(section === undefined ? [] : ['', ...ofMarkdown(section)]),
  ].join('\n')
}

/** Paragraphs and lists of Markdown, each in lines of a mail. */
function ofMarkdown(text: string): readonly string[] {
  const blocks = text.trimEnd().replace(/(?<=\S)\n *(?=[^\s#|-])/g, ' ')
  return blocks.split('\n').flatMap((block) => wrap(block, mailWidth, '', block.startsWith('- ') ? '  ' : ''))
}

/** What a field of the scope stands for: its values, default and option; the name alone if it is unknown. */
export function scopeFieldText(field: string): string {
  const said = Object.entries(scopeTable).find(([name]) => name === field)?.[1]
  if (said === undefined) return field
  return [
    `${field} (a field of the scope)`,
    ...inLines(said.description),
    `  values   ${valuesOf(said)}`,
    `  default  ${plain(said.default)}`,
    `  set it   --scope ${field}=…`,
  ].join('\n')
}

/** What a part of the machine stands for, and which properties need it. */
export function partText(part: Part): string {
  const needing = properties.filter(({ parts }) => parts.includes(part)).map(({ name }) => name)
  return [
    `${part} (a part of the machine, off unless asked for)`,
    ...inLines(partSays[part]),
    `  set it   --parts ${part}`,
    `  needed   ${needing.length === 0 ? 'by no property' : `by ${needing.join(', ')}`}`,
  ].join('\n')
}

export const isPart = (name: string): name is Part => partNames.some((known) => known === name)

/** A preset, field by field. */
export function presetText(name: string): string {
  const preset = Object.entries(presets).find(([known]) => known === name)?.[1]
  const fields = Object.entries(preset ?? {}).map(([field, value]) => `  ${field.padEnd(22)} ${plain(value)}`)
  return [`${name} (a preset of the platform)`, ...fields].join('\n')
}

/** The first preset in full, every other as what differs from it. */
export function presetsText(): string {
  const [first = '', ...others] = presetNames
  const base: Readonly<Record<string, unknown>> = presets['tdx-2021-reading']
  const lines = others.map((name) => {
    const preset = Object.entries(presets).find(([known]) => known === name)?.[1] ?? {}
    const changed = Object.entries(preset).filter(([field, value]) => plain(value) !== plain(base[field]))
    return `${name.padEnd(18)} ${changed.map(([field, value]) => `${field}=${plain(value)}`).join(' ')}`
  })
  return [`${first.padEnd(18)} the base: dmaproof explain ${first}`, ...lines].join('\n')
}

export const configurationNames: readonly string[] = configurations.map(({ name }) => name)

/** How a configuration of `check` differs from the plain machine. */
export function configurationText(name: string): string | undefined {
  const found: Configuration | undefined = configurations.find((one) => one.name === name)
  if (found === undefined) return undefined
  const { except = [] } = found
  return [
    `${name} (a configuration of check)`,
    ...inLines(`The machine differs by: ${differenceText(found)}`),
    ...(except.length === 0 ? [] : inLines(`Not judged there: ${except.join(', ')}`)),
    `  only it  dmaproof check DESIGN --configuration '${name}'`,
  ].join('\n')
}
