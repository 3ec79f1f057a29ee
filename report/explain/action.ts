import { relation } from '../../model/actions/relation.js'
import type { Row } from '../../model/actions/row.js'
import { errnoNames } from '../../model/machine/errno.js'
import type { Rule } from '../../spec/index.js'
import { mailWidth, wrap } from '../columns/wrap.js'

export const actionKinds: readonly string[] = Object.keys(relation)

/** A row of the relation: what happens, its parameters, the rules behind what it does, and how it fails. */
export function actionText(kind: string): string {
  const row: Row | undefined = Object.entries(relation).find(([name]) => name === kind)?.[1]
  if (row === undefined) return kind
  const fails = [...(row.fails ?? []), ...(row.by === 'plan' && row.mayFail !== undefined ? [row.mayFail] : [])]
  return [
    `${kind} (${row.by === 'plan' ? 'a step of a plan' : 'an action that the environment takes'})`,
    ...wrap(row.says, mailWidth, '  '),
    '',
    `  parameters  ${row.parameters.length === 0 ? 'none' : row.parameters.join(', ')}`,
    '',
    '  does what these rules say',
    ...row.rules.map(cited),
    ...(fails.length === 0 ? [] : ['', '  fails, asked in this order']),
    ...fails.map(({ rule, errno }) => `    ${errnoNames[errno]}: ${rule.id}`),
  ].join('\n')
}

const cited = ({ id }: Rule): string => `    ${id}`
