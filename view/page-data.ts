import { kindOf, relation } from '../model/actions/relation.js'
import { rules } from '../report/explain/rule.js'
import type { PageData, ShownKind, ShownProperty, ShownRule, ShownRun } from './data.js'

/** What the page needs to show runs: they, and what is known of the kinds and rules that they name. */
export function pageData(runs: readonly ShownRun[]): PageData {
  const names = new Set(runs.flatMap(({ steps }) => steps.map(({ kind }) => kind)))
  const kinds = [...names].flatMap((name): [string, ShownKind][] => {
    const kind = kindOf(name)
    if (kind === undefined) return []
    const { says, rules: behind } = relation[kind]
    return [[name, { says, rules: behind.map(({ id }) => id) }]]
  })
  const ids = new Set<string | undefined>([
    ...kinds.flatMap(([, kind]) => kind.rules),
    ...runs.map(({ broken }) => broken),
    ...runs.flatMap(({ steps }) => steps.map(({ rule }) => rule)),
    ...runs.flatMap(({ steps }) => steps.flatMap(({ allowed = [] }) => allowed.flatMap((one) => one.rules))),
    ...runs.flatMap(({ replay }) => (typeof replay === 'object' ? replay.properties.flatMap(rulesOf) : [])),
  ])
  const named = rules.filter(({ id }) => ids.has(id))
  return {
    runs,
    kinds,
    rules: named.map(({ id, statement, force, source, at }): [string, ShownRule] => [
      id,
      { statement, force, source: `${source.name}, ${source.revision}`, at },
    ]),
  }
}

const rulesOf = ({ clauses, history }: ShownProperty): (string | undefined)[] => [
  ...clauses,
  ...history.map(({ rule }) => rule),
]
