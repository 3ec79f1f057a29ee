import type { Problem } from '../../base/result.js'
import type { Machine } from '../../model/machine/machine.js'
import { Reg, type RegName, regOf } from '../../model/machine/registers.js'
import type { State } from '../../model/machine/state.js'
import { bodyOf, nodeName } from '../../model/plan/node-names.js'
import type { Node, Plan, Range } from '../../model/plan/plan.js'
import * as words from '../vocabulary/ranges.js'
import { problem } from './values.js'

// A range is two functions of the machine, its state and a vCPU: what they give is known only when they are asked. They
// are asked here for conversions of a page, of several pages and of a superpage, at the guest's begin and at its end.

/** The vocabulary's ranges are as they should be. */
const known: readonly unknown[] = Object.values(words)

/** Registers of a vCPU that converts pages [first, end). */
function registersOf(first: number, end: number, pages: number): Partial<Record<RegName, number>> {
  const chunk = { requestFirst: first, requestEnd: end, toPrivate: 1, chunkFirst: first, chunkEnd: end }
  const inside = { page: first, runFirst: first, runEnd: end, callFirst: first, callEnd: end, areaFirst: first }
  const removing = { part: first, removed: 1 }
  return { ...chunk, ...inside, ...removing, areaEnd: end, cursor: first, stride: 1, hullFirst: 0, hullEnd: pages }
}

/** Chunks of the first superpage and of the last: the whole, its first page, its last, and what lies between. */
function chunksOf({ pages, perSuper }: Machine): [first: number, end: number][] {
  return [...new Set([0, pages - perSuper])].flatMap((at): [number, number][] => [
    [at, at + perSuper],
    [at, at + 1],
    [at + perSuper - 1, at + perSuper],
    ...(perSuper > 2 ? [[at + 1, at + perSuper - 1] as [number, number]] : []),
  ])
}

interface Sample {
  readonly chunk: string
  readonly first: unknown
  readonly end: unknown
  /** Whether the range asked for more of the state than the registers of its vCPU. */
  readonly asksState: boolean
}

function sample(range: Range, m: Machine, state: State, first: number, end: number): Sample {
  for (const [name, value] of Object.entries(registersOf(first, end, m.pages))) {
    state.reg[regOf(0, Reg[name as RegName])] = value
  }
  let asksState = false
  const watched = new Proxy(state, {
    get(target, name) {
      asksState ||= name !== 'reg'
      return Reflect.get(target, name)
    },
  })
  const ask = (operand: Range['first']): unknown => {
    try {
      return operand(m, watched, 0)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
  return { chunk: `${first}..${end - 1}`, first: ask(range.first), end: ask(range.end), asksState }
}

/** What is wrong with the pages that a range gave; empty if nothing is. */
function wrongWith(
  { first, end }: Sample,
  pages: number,
): '' | 'no number' | 'reversed' | 'beyond the guest' | 'empty' {
  const bounds = [first, end]
  if (!bounds.every((bound): bound is number => Number.isInteger(bound))) return 'no number'
  const [from = 0, to = 0] = bounds
  if (from > to) return 'reversed'
  if (from < 0 || to > pages) return 'beyond the guest'
  return from === to ? 'empty' : ''
}

const remedies = {
  'no number': 'first and end are functions (m, s, vcpu) of the first page and of the one behind the last.',
  reversed: 'first is the first page, and end the one behind the last.',
  'beyond the guest': 'A guest has the pages 0 to m.pages - 1; end is at most m.pages.',
  empty: 'end is the page behind the last: the range of one page is [page, page + 1).',
} as const

/** @param guarded inside of a branch, whose condition may keep the range away from what is sampled here */
function rangeProblem(range: Range, at: string, m: Machine, guarded: boolean): Problem | undefined {
  if (known.includes(range)) return undefined
  const state = m.blankState()
  const samples = chunksOf(m).map(([first, end]) => sample(range, m, state, first, end))
  const found = samples.map((one) => ({ one, wrong: wrongWith(one, m.pages) }))
  const isSure = found.every(({ wrong }) => wrong !== '') && !samples.some(({ asksState }) => asksState)
  const isWrong = (wrong: string): boolean =>
    wrong === 'no number' || (wrong !== '' && isSure) || (wrong === 'beyond the guest' && !guarded)
  const worst = found.find(({ one, wrong }) => isWrong(wrong) && (wrong === 'no number' || !one.asksState))
  if (worst === undefined) return undefined
  const { one, wrong } = worst
  if (wrong === '') return undefined
  const pages = `[${text(one.first)}, ${text(one.end)})`
  const message = `the range "${range.name}" is ${pages} for the chunk ${one.chunk} of ${m.pages} pages: ${wrong}`
  return problem(at, message, remedies[wrong])
}

const text = (bound: unknown): string => (bound instanceof Error ? `an error, "${bound.message}"` : String(bound))

const rangesOf = (node: Node): readonly (Range | undefined)[] => {
  if ('row' in node) return [node.range]
  if ('call' in node) return [node.on]
  if ('each' in node) return [node.each.range]
  return 'when' in node ? [node.when.range] : []
}

/** What is wrong on a machine with the ranges of a plan's own. */
export function rangeProblems(plan: Plan, path: string, m: Machine, guarded = false): Problem[] {
  return plan.flatMap((node, index) => {
    const at = `${path}[${index}]`
    const own = rangesOf(node).flatMap((range) => {
      const found = range === undefined ? undefined : rangeProblem(range, `${at} (${nodeName(node)})`, m, guarded)
      return found === undefined ? [] : [found]
    })
    return [...own, ...rangeProblems(bodyOf(node), `${at}.body`, m, guarded || 'when' in node)]
  })
}
