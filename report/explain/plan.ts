import { plainLine } from '../../base/visible.js'
import { lockNames } from '../../model/machine/state.js'
import type { CallFail, Node, Plan, Step } from '../../model/plan/plan.js'

/** A plan as lines: one step per line, loops, conditions and calls with what is in them indented. */
export function planLines(plan: Plan, indent = ''): string[] {
  return plan.flatMap((node) => nodeLines(node, indent))
}

function nodeLines(node: Node, indent: string): string[] {
  return [`${indent}${planLine(node)}`, ...('body' in node ? planLines(node.body, `${indent}  `) : [])]
}

/**
 * An entry of a plan in its own line, without what is in it.
 *
 * @param on a design, of which it says which machines have the entry, or the plans as one machine has them
 */
export const planLine = (node: Node, on: 'design' | 'compiled' = 'design'): string => plainLine(namedText(node, on))

function namedText(node: Node, on: 'design' | 'compiled'): string {
  if ('row' in node) return stepText(node, on === 'design')
  if ('each' in node) return `${node.each.name}:`
  if ('when' in node) return `if ${node.when.name}:`
  if ('note' in node) return `(${node.note.name})`
  return `call ${node.call} on ${node.on.name}${failText(node.fail)}`
}

function stepText({ row, lock, part, on, fail }: Step, saysWhere: boolean): string {
  const name = lock === undefined ? row : `${row} ${lockNames[lock] ?? lock}`
  const only = [
    ...(saysWhere && part !== undefined ? [`with ${part}`] : []),
    ...(saysWhere && on !== undefined ? ['on some platforms or backings'] : []),
  ]
  return `${name}${only.length === 0 ? '' : ` (only ${only.join(', ')})`}${failText(fail)}`
}

function failText(fail: Step['fail'] | CallFail): string {
  if (typeof fail === 'object' && 'repeat' in fail) return `, repeated after ${fail.repeat.join(' and ')}`
  if (typeof fail === 'object') return `, ${fail.ignore.join(' and ')} ignored`
  if (fail === 'restart') return ', after an error again from the start of the batch'
  return fail === 'ignore' ? ', errors ignored' : fail === 'repeat' ? ', repeated until it succeeds' : ''
}
