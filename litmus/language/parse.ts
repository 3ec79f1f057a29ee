import type { FailedMatchResult, IterationNode, Node, NonterminalNode } from 'ohm-js'
import { ok } from '../../base/result.js'
import { commentsOf, withoutComments } from './comments.js'
import { litmusGrammar } from './grammar.js'
import { type ParseResult, refuseAt } from './problem.js'
import type {
  Argument,
  FilePlace,
  InitItem,
  LitmusSource,
  LocationText,
  Proposition,
  Quantifier,
  SettingLine,
  StepText,
  ThreadRow,
  Word,
} from './syntax.js'

const placeOf = (node: Node): FilePlace => ({ at: node.source.startIdx, end: node.source.endIdx })
const wordOf = (node: Node): Word => ({ ...placeOf(node), text: node.sourceString })
const maybe = (node: IterationNode): Node | undefined => node.children[0]

/** `2..3` as its two ends; anything else has one. */
function endsOf(node: Node): { readonly value: Word; readonly last: Word | undefined } {
  const word = wordOf(node)
  const [, from = '', to = ''] = /^(\d+)\.\.(\d+)$/.exec(word.text) ?? []
  if (from === '') return { value: word, last: undefined }
  return { value: { ...word, text: from, end: word.at + from.length }, last: { ...word, text: to } }
}

const semantics = litmusGrammar.createSemantics()
const ofList = (list: NonterminalNode): Node[] => list.asIteration().children

semantics.addOperation<Argument>('argument', {
  Argument_named: (name, _, value) => ({
    ...placeOf(name),
    name: wordOf(name),
    ...endsOf(value),
    end: placeOf(value).end,
  }),
  Argument_plain: (value) => ({ ...placeOf(value), name: undefined, ...endsOf(value) }),
})

semantics.addOperation<StepText>('step', {
  Bound: (register, _, step) => ({ ...step.step(), register: wordOf(register), at: placeOf(register).at }),
  Step: (verb, args) => ({
    ...placeOf(verb),
    end: placeOf(args).end,
    register: undefined,
    verb: wordOf(verb),
    args: args.children.map((one) => one.argument()),
  }),
})

semantics.addOperation<ThreadRow['cells'][number]>('cell', {
  Cell_bound: (bound) => ({ ...placeOf(bound), step: bound.step() }),
  Cell_step: (step) => ({ ...placeOf(step), step: step.step() }),
  Cell_empty: (next) => ({ at: placeOf(next).at, end: placeOf(next).at + 1, step: undefined }),
})

semantics.addOperation<InitItem>('item', {
  Init_pages: (pages, _) => pages.item(),
  Init_step: (actor, _, step, __) => ({ ...placeOf(step), kind: 'step', actor: wordOf(actor), step: step.step() }),
  InitPages: (pages, side) => {
    const { value, last } = endsOf(pages)
    const first = Number(value.text)
    return { ...placeOf(pages), kind: 'pages', first, last: Number((last ?? value).text), side: wordOf(side) }
  },
})

semantics.addOperation<LocationText>('location', {
  Location: (actor, _, name, __, index, ___) => {
    const [who, which] = [maybe(actor), maybe(index)]
    const at = who === undefined ? placeOf(name).at : placeOf(who).at
    const end = which === undefined ? placeOf(name).end : placeOf(which).end + 1
    return { at, end, actor: who && wordOf(who), name: wordOf(name), index: which && wordOf(which) }
  },
})

const together = (kind: 'and' | 'or', parts: readonly Proposition[]): Proposition =>
  parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind, parts }

semantics.addOperation<Proposition>('proposition', {
  Or: (list) =>
    together(
      'or',
      ofList(list).map((one) => one.proposition()),
    ),
  And: (list) =>
    together(
      'and',
      ofList(list).map((one) => one.proposition()),
    ),
  Not_not: (_, part) => ({ kind: 'not', part: part.proposition() }),
  Not_group: (_, inner, __) => inner.proposition(),
  Not_is: (location, sign, value) => ({
    kind: 'is',
    location: location.location(),
    equal: sign.sourceString === '=',
    value: wordOf(value),
  }),
  Not_true: (_) => ({ kind: 'true' }),
})

const settingOf = (node: Node): SettingLine => {
  const [name, words] = node.children
  return { name: wordOf(name as Node), words: (words as Node).children.map(wordOf) }
}

const locationsOf = (node: Node | undefined): LocationText[] =>
  node === undefined ? [] : (node.children[2]?.children ?? []).map((one) => one.location())

semantics.addOperation<Omit<LitmusSource, 'comments'>>('test', {
  Test: (_, name, settings, __, init, ___, threads, rows, locations, quantifier, proposition, ____) => ({
    name: name.sourceString,
    settings: settings.children.map(settingOf),
    init: init.children.map((one) => one.item()),
    threads: ofList(threads.children[0] as NonterminalNode).map(wordOf),
    rows: rows.children.map((row) => ({
      ...placeOf(row),
      cells: ofList(row.children.find(({ ctorName }) => ctorName === 'NonemptyListOf') as NonterminalNode).map((one) =>
        one.cell(),
      ),
    })),
    locations: locationsOf(maybe(locations)),
    quantifier: quantifier.sourceString.replaceAll(/\s/g, '') as Quantifier,
    proposition: proposition.proposition(),
    condition: withoutComments(proposition.sourceString).replaceAll(/\s+/g, ' ').trim(),
  }),
})

/** Reads the text of a litmus file. */
export function parseLitmus(text: string): ParseResult<LitmusSource> {
  const { closed, open } = commentsOf(text)
  if (open !== undefined) return refuseAt(open, 'this comment is not closed, expected "*)"')
  const match = litmusGrammar.match(text)
  if (match.failed()) return unexpected(text, match)
  return ok({ ...semantics(match).test(), comments: closed })
}

/** The text that the grammar does not accept: up to the next space, or the end of the file. */
function unexpected(text: string, match: FailedMatchResult): ParseResult<never> {
  const at = match.getRightmostFailurePosition()
  const [found = ''] = /^(?:[\w.-]+|[^\s])/.exec(text.slice(at)) ?? []
  const said = found === '' ? (text.slice(at).trim() === '' ? 'the end of the file' : 'a space') : `"${found}"`
  return refuseAt({ at, end: at + Math.max(1, found.length) }, `found ${said}, expected ${match.getExpectedText()}`)
}
