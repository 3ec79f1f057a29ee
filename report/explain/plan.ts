import { lockNames } from '../../model/machine/state.js'
import type { CallFail, Node, Plan, Step } from '../../model/plan/plan.js'

/** A plan as lines: a step a line, loops, conditions and calls with what is in them indented. */
export function planLines(plan: Plan, indent = ''): string[] {
  return plan.flatMap((node) => nodeLines(node, indent))
}

function nodeLines(node: Node, indent: string): string[] {
  const inner = `${indent}  `
  if ('row' in node) return [`${indent}${stepText(node)}`]
  if ('each' in node) return [`${indent}${node.each.name}:`, ...planLines(node.body, inner)]
  if ('when' in node) return [`${indent}if ${node.when.name}:`, ...planLines(node.body, inner)]
  if ('note' in node) return [`${indent}(${node.note.name})`]
  return [`${indent}call ${node.call} on ${node.on.name}${failText(node.fail)}`]
}

function stepText({ row, lock, part, on, fail }: Step): string {
  const name = lock === undefined ? row : `${row} ${lockNames[lock] ?? lock}`
  const only = [
    ...(part === undefined ? [] : [`with ${part}`]),
    ...(on === undefined ? [] : ['on some platforms or backings']),
  ]
  return `${name}${only.length === 0 ? '' : ` (only ${only.join(', ')})`}${failText(fail)}`
}

function failText(fail: Step['fail'] | CallFail): string {
  if (typeof fail === 'object') return `, ${fail.ignore.join(' and ')} ignored`
  if (fail === 'restart') return ', after an error again from the start of the batch'
  return fail === 'ignore' ? ', errors ignored' : fail === 'repeat' ? ', repeated until it succeeds' : ''
}
