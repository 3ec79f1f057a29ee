import { allDesigns, type Design, fullName, notApplicable } from '../../designs/index.js'
import { relation } from '../../model/actions/relation.js'
import type { Row } from '../../model/actions/row.js'
import { errnoNames } from '../../model/machine/errno.js'
import { presets } from '../../model/machine/platform.js'
import { properties } from '../../properties/index.js'
import type { Rule } from '../../spec/index.js'
import * as spec from '../../spec/index.js'
import { mailWidth, wrap } from '../columns/wrap.js'

/** Every rule of spec/, in the order of its files. */
export const rules: readonly Rule[] = Object.values(spec)

/** The rule of an id, or of the name of its constant in spec/. */
export const ruleNamed = (name: string): Rule | undefined =>
  Object.entries(spec).find(([constant, { id }]) => name === id || name === constant)?.[1]

const constantOf = (rule: Rule): string => Object.entries(spec).find(([, known]) => known === rule)?.[0] ?? ''

const rowEntries: readonly (readonly [string, Row])[] = Object.entries(relation)

/** The texts in which a rule may be named. */
export interface RuleTexts {
  /** The catalogue's litmus tests, in the order in which to list them. */
  readonly catalogue: readonly string[]
  /** The litmus tests of public reports. */
  readonly cases: readonly string[]
  /** Of tests of this project: rule, file and title, one test a line, with tabs between them. */
  readonly tests: string
}

/** All that is known of a rule: its sentence, its source, who rests on it, and which tests name it. */
export function ruleText(rule: Rule, { catalogue, cases, tests }: RuleTexts): string {
  const { id, statement, force, source, at } = rule
  return [
    id,
    ...wrap(statement, mailWidth, '  '),
    '',
    `  force    ${force}${force === 'may' ? ', so both ways are modelled' : ''}`,
    `  source   ${source.name}, ${source.revision}`,
    `  place    ${at}`,
    `  constant ${constantOf(rule)}`,
    ...list('actions', rowsOn(rule)),
    ...list(
      'properties',
      properties.filter((property) => property.rules.includes(rule)).map(({ name }) => name),
    ),
    ...list('designs', allDesigns.filter((design) => design.refuses === rule || forbids(design, rule)).map(fullName)),
    ...list('litmus tests', naming(rule, catalogue), 'name'),
    ...list('litmus tests of public reports', naming(rule, cases), 'name'),
    ...list("tests in this project's repository", testsOf(rule, tests), 'name'),
  ].join('\n')
}

function rowsOn(rule: Rule): string[] {
  return rowEntries.flatMap(([kind, row]) => {
    const fails = (row.fails ?? [])
      .filter((way) => way.rule === rule)
      .map(({ errno }) => `fails with ${errnoNames[errno]}`)
    const injected =
      row.by === 'plan' && row.mayFail?.rule === rule ? [`may fail with ${errnoNames[row.mayFail.errno]}`] : []
    const cites = row.rules.includes(rule) ? ['does what it says'] : []
    const how = [...cites, ...fails, ...injected]
    return how.length === 0 ? [] : [`${kind} ${how.join(', ')}`]
  })
}

function forbids(design: Design, rule: Rule): boolean {
  return design.drivers.some((driver) =>
    Object.values(presets).some((platform) =>
      (['separate', 'in-place'] as const).some((backing) => notApplicable(design, driver, backing, platform) === rule),
    ),
  )
}

/** `model/vtd/caches.test.ts: title`, or the file alone where it names the rule outside all tests. */
const testsOf = ({ id }: Rule, tests: string): string[] =>
  tests
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([rule]) => rule === id)
    .map(([, file = '', title = '']) => (title === '' ? file : `${file}: ${title}`))

/** Names of the litmus tests that name a rule. */
const naming = ({ id }: Rule, texts: readonly string[]): string[] =>
  texts.filter((text) => rulesNamed(text).includes(id)).map(litmusName)

/** The ids on the `Rules:` line of a litmus test's comment. */
function rulesNamed(litmusText: string): readonly string[] {
  return /Rules: ([^*]*?)\.\n/.exec(litmusText)?.[1]?.split(/,\s+/) ?? []
}

const litmusName = (text: string): string => /^DMA (\S+)/.exec(text)?.[1] ?? ''

function list(title: string, entries: readonly string[], verb = 'rest on'): string[] {
  return entries.length === 0 ? [] : ['', `  ${title} that ${verb} it`, ...entries.map((entry) => `    ${entry}`)]
}
