import { relation } from '../../model/actions/relation.js'
import { CallKind } from '../../model/machine/effects.js'
import { errnoNames } from '../../model/machine/errno.js'
import { partNames } from '../../model/machine/parts.js'
import { lockNames } from '../../model/machine/state.js'
import { isFields, type NodeFields, oneOf, onlyFields, type Problems, problem, shown } from './values.js'
import { conditionWord, loopWord, noteWord, rangeWord, wantsCall, wordProblems } from './words.js'

// The shape of a plan: whether each of its nodes is one, with all that it needs.

export const callNames: readonly string[] = Object.keys(CallKind)
const stepRows: readonly string[] = Object.entries(relation).flatMap(([kind, { by }]) => (by === 'plan' ? [kind] : []))
const errnos: readonly string[] = errnoNames.filter((name) => name !== 'ok')
/** Lists inside of lists, at most: a list that contains itself has no end. */
const maxDepth = 50

const fieldsOf = {
  row: ['row', 'args', 'lock', 'part', 'on', 'fail', 'restarts', 'range'],
  each: ['each', 'body'],
  when: ['when', 'body'],
  note: ['note'],
  call: ['call', 'on', 'fail'],
} as const

/** What a plan is part of: whether it may call, and whether a step before may be where another restarts. */
export interface NodeContext {
  /** Why the plan may have no call; undefined if it may. */
  readonly noCalls?: string
  restarts: boolean
}

/** Problems of a plan and of the nodes in it. @param at where it stands in the design @param depth of nested plans */
export function* planProblems(
  plan: unknown,
  at: string,
  around: NodeContext = { restarts: false },
  depth = 0,
): Problems {
  if (!Array.isArray(plan)) {
    const remedy = `Write a list, as in ${at.split('.').at(-1)}: [steps.acquire('vm'), …]; an empty list does nothing.`
    yield problem(at, `found ${shown(plan)}, expected a list of steps`, remedy)
    return
  }
  if (depth > maxDepth) {
    const [outer = at] = at.split('.body')
    yield problem(outer, `has more than ${maxDepth} bodies inside of each other`, 'A body must not contain itself.')
    return
  }
  for (const [index, node] of plan.entries()) {
    yield* nodeProblems(node, `${at}[${index}]`, around, depth)
  }
}

function* nodeProblems(node: unknown, path: string, around: NodeContext, depth: number): Problems {
  if (!isFields(node)) {
    yield problem(path, `found ${shown(node)}, expected a step, a call, a loop, a branch or a note`, noNode(node))
    return
  }
  const at = `${path} (${nodeText(node)})`
  const sorts = Object.keys(fieldsOf).filter((name): name is keyof typeof fieldsOf => name in node)
  const [sort] = sorts
  if (sort === undefined || sorts.length > 1) {
    const found = sort === undefined ? `found ${shown(node)}` : `found ${sorts.join(' and ')} in one`
    yield problem(path, `${found}, expected a step, a call, a loop, a branch or a note`, shapes)
    return
  }
  yield* onlyFields(node, at, fieldsOf[sort])
  if (sort === 'row') yield* stepProblems(node, at, around)
  else if (sort === 'call') yield* callProblems(node, at, around)
  else if (sort === 'note') yield* wordProblems(node.note, at, noteWord)
  else {
    yield* wordProblems(node[sort], at, sort === 'each' ? loopWord : conditionWord)
    if (node.body === undefined) yield noBody(at, sort)
    else yield* planProblems(node.body, `${path}.body`, around, depth + 1)
    if (Array.isArray(node.body) && node.body.length === 0) yield emptyBody(at)
  }
}

const shapes =
  'Write a word of steps, { call, on }, { each, body }, { when, body } or { note }; words are in: dmaproof list steps.'

function noNode(node: unknown): string {
  if (typeof node === 'function') {
    return wantsCall('steps', node.name, "steps.acquire('vm')")
  }
  if (Array.isArray(node)) return 'Spread the list into the plan: ...list.'
  return node === undefined ? `A name that the vocabulary lacks is undefined. ${shapes}` : shapes
}

const noBody = (at: string, sort: 'each' | 'when') =>
  problem(at, 'has no body', `Say what it does: { ${sort}: …, body: [{ call: 'unmap', on: ranges.page }] }.`)
const emptyBody = (at: string) => problem(at, 'its body is empty, so it does nothing', 'Remove it, or fill its body.')

function* callProblems(node: NodeFields, at: string, { noCalls }: NodeContext): Problems {
  yield* oneOf(node.call, at, 'call', callNames)
  if (noCalls !== undefined) yield problem(at, noCalls, 'Write its steps instead.')
  yield* wordProblems(node.on, `${at}: on`, rangeWord)
  yield* failProblems(node.fail, at, ['unwind', 'ignore'], 'ignore')
}

/** @param word the fail word that may be said of some errors alone */
function* failProblems(fail: unknown, at: string, words: readonly string[], word: 'ignore' | 'repeat'): Problems {
  if (fail === undefined) return
  const example = { ignore: 'ENOENT', repeat: 'TDX_OPERAND_BUSY' }[word]
  if (!isFields(fail)) {
    yield* oneOf(fail, at, 'fail word', [...words, `{ ${word}: ['${example}'] }`])
    return
  }
  yield* onlyFields(fail, `${at}: fail`, [word])
  const listed = fail[word]
  if (!Array.isArray(listed) || listed.length === 0) {
    const all = word === 'ignore' ? 'ignores' : 'repeats after'
    const remedy = `List the errors, as in { ${word}: ["${example}"] }; fail: "${word}" ${all} all.`
    yield problem(at, `fail.${word} is ${shown(listed)}, expected a list of errors`, remedy)
    return
  }
  for (const errno of listed) yield* oneOf(errno, at, 'error', errnos, 'errnos')
}

function* stepProblems(node: NodeFields, at: string, around: NodeContext): Problems {
  if (typeof node.row === 'string' && Object.hasOwn(relation, node.row) && !stepRows.includes(node.row)) {
    const remedy = 'Steps are what host software does; those that a plan can have are in: dmaproof list steps.'
    yield problem(at, 'an action that the environment takes, and no step', remedy)
    return
  }
  yield* oneOf(node.row, at, 'row', stepRows, 'actions')
  if (typeof node.row !== 'string' || !stepRows.includes(node.row)) return
  if ('range' in node) yield* wordProblems(node.range, `${at}: its range`, rangeWord)
  yield* argsProblems(node, node.row, at)
  if (node.part !== undefined) yield* oneOf(node.part, at, 'part', partNames)
  if (node.on !== undefined && typeof node.on !== 'function') {
    yield problem(at, `on is ${shown(node.on)}, expected a function`, 'Say when: on: (m) => m.platform.ats.')
  }
  yield* failProblems(node.fail, at, ['unwind', 'ignore', 'repeat', 'restart'], 'repeat')
  if (node.restarts !== undefined) {
    if (node.restarts !== true) yield problem(at, `restarts is ${shown(node.restarts)}`, 'Write true, or leave it out.')
    around.restarts = true
  }
  if (node.fail === 'restart' && !around.restarts) {
    yield problem(at, 'restarts at no step', 'Put steps.startBatch before it: the batch is queued again from there.')
  }
}

function* argsProblems(node: NodeFields, row: string, at: string): Problems {
  const expected = (Object.entries(relation).find(([kind]) => kind === row)?.[1].parameters ?? []).slice(1)
  const { args } = node
  if (!Array.isArray(args) || args.length !== expected.length) {
    const found = Array.isArray(args) ? `${args.length}` : shown(args)
    const names = expected.length === 0 ? 'args: []' : `a function for each of ${expected.join(', ')}`
    yield problem(at, `args: found ${found}, expected ${expected.length}`, `Give ${names}, or use a word of steps.`)
    return
  }
  for (const [index, arg] of args.entries()) {
    if (typeof arg === 'function') continue
    const remedy = `Write a function: (m, s, vcpu) => ${typeof arg === 'number' ? arg : '0'}.`
    yield problem(at, `args: ${expected[index]} is ${shown(arg)}, expected a function`, remedy)
  }
  if (row.startsWith('lock.') && lockNameOf(node) === undefined) {
    yield problem(at, 'no such lock', `The locks are ${lockNames.join(', ')}: steps.acquire('vm').`)
  } else if (row.startsWith('lock.acquire')) {
    if (lockNames[Number(node.lock)] === lockNameOf(node)) return
    const word = row === 'lock.acquire' ? "steps.acquire('vm')" : "steps.acquireWrite('container')"
    yield problem(at, `lock is ${shown(node.lock)}, and not what its args say`, `Use ${word}.`)
  } else if (node.lock !== undefined) {
    yield problem(at, `lock is ${shown(node.lock)}, and ${row} takes none`, 'Leave it out.')
  }
}

/** The lock of a `lock.acquire` or `lock.release`; its one parameter asks nothing of the machine. */
function lockNameOf(node: NodeFields): string | undefined {
  const [which] = Array.isArray(node.args) ? node.args : []
  try {
    return typeof which === 'function' && which.length === 0 ? lockNames[which()] : undefined
  } catch {
    return undefined
  }
}

/** A node in a few words, whatever it is: `call unmap on page`, `lock.acquire vm`, `each eachMappedPage`. */
export function nodeText(node: unknown): string {
  if (!isFields(node)) return shown(node)
  if ('row' in node) return typeof node.row === 'string' ? withLock(node, node.row) : 'row'
  if ('call' in node) return `call ${plain(node.call)}${node.on === undefined ? '' : ` on ${named(node.on)}`}`
  if ('note' in node) return `note ${named(node.note)}`
  if ('when' in node) return `when ${named(node.when)}`
  return 'each' in node ? named(node.each).replace(/^(?!each )/, 'each ') : shown(node)
}

const withLock = (node: NodeFields, row: string): string =>
  row.startsWith('lock.') ? `${row} ${lockNameOf(node) ?? '?'}` : row
const plain = (value: unknown): string => (typeof value === 'string' ? value : shown(value))
const named = (word: unknown): string =>
  isFields(word) || typeof word === 'function' ? plain((word as NodeFields).name ?? shown(word)) : shown(word)
