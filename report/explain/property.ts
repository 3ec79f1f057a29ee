import { plainLine } from '../../base/visible.js'
import type { Property } from '../../properties/index.js'
import { mailWidth, wrap } from '../columns/wrap.js'

/** All that is known of a property: what it says, on what it rests, and what a run must show before a pass counts. */
export function propertyText({ name, statement, rules, parts, needsFailures, witness }: Property): string {
  const needs = [
    ...parts.map((part) => `part ${part}`),
    ...(needsFailures === true ? ['a budget of failures (scope failures=1)'] : []),
  ]
  return [
    name,
    ...wrap(statement, mailWidth, '  '),
    '',
    `  witness  ${plainLine(witness)}`,
    ...(needs.length === 0 ? [] : [`  needs    ${needs.join(', ')}`]),
    '',
    '  rules on which it rests',
    ...rules.flatMap(({ id, statement: sentence }) => [`    ${id}`, ...wrap(sentence, mailWidth, '      ')]),
  ].join('\n')
}
