import { allRules } from '../conform/oracle/rule-evidence.js'
import type { Rule } from '../spec/index.js'

/** A page with the rules of one folder of the specification. */
export interface RulesPage {
  /** `tdx` */
  readonly folder: string
  readonly text: string
}

/** `tdx.dma` of `tdx.dma/private-key-id` */
const subjectOf = ({ id }: Rule): string => id.slice(0, id.indexOf('/'))
const folderOf = ({ id }: Rule): string => id.slice(0, id.indexOf('.'))

/** Every rule with its source and place, by folder of the specification and by subject. */
export function rulesPages(): RulesPage[] {
  const rules = [...allRules.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return groups(rules, folderOf).map(([folder, some]) => ({
    folder,
    text: [
      `# Rules: ${folder}`,
      '',
      `${some.length} rules, each with its source and the place in it.`,
      '`dmaproof explain ID` says what rests on a rule, and the',
      '[record of conformance runs](../../../docs/conformance.md) says where it was seen to hold.',
      '',
      ...groups(some, subjectOf).flatMap(([subject, few]) => [`## ${subject}`, '', ...few.flatMap(entry)]),
    ].join('\n'),
  }))
}

const groups = (rules: readonly Rule[], nameOf: (rule: Rule) => string): [string, Rule[]][] =>
  [...new Set(rules.map(nameOf))].map((name) => [name, rules.filter((rule) => nameOf(rule) === name)])

/** Text as Markdown that shows it unchanged. */
const plain = (text: string): string => text.replaceAll(/[\\`*_<[\]]/g, '\\$&')

const entry = ({ id, statement, force, source, at }: Rule): string[] => [
  `### ${id.slice(id.indexOf('/') + 1)}`,
  '',
  plain(statement),
  '',
  `*${force}* · ${plain(source.name)}, ${plain(source.revision)} · ${plain(at)}`,
  '',
]
