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

/** Registers of a vCPU that converts pages [first, end): these numbers, and the bounds of what they are about. */
const numbers: Readonly<Partial<Record<RegName, number>>> = { toPrivate: 1, removed: 1, stride: 1, hullFirst: 0 }
const firsts = ['requestFirst', 'chunkFirst', 'page', 'runFirst', 'callFirst', 'areaFirst', 'part', 'cursor'] as const
const ends = ['requestEnd', 'chunkEnd', 'runEnd', 'callEnd', 'areaEnd'] as const

const set = (state: State, name: RegName, value: number) => {
  state.reg[regOf(0, Reg[name])] = value
}

function convert(state: State, first: number, end: number, pages: number): void {
  for (const [name, value] of Object.entries(numbers)) set(state, name as RegName, value)
  for (const name of firsts) set(state, name, first)
  for (const name of ends) set(state, name, end)
  set(state, 'hullEnd', pages)
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
  convert(state, first, end, m.pages)
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
): '' | 'not whole numbers' | 'reversed' | 'beyond the guest' | 'empty' {
  const bounds = [first, end]
  if (!bounds.every((bound): bound is number => Number.isInteger(bound))) return 'not whole numbers'
  const [from = 0, to = 0] = bounds
  if (from > to) return 'reversed'
  if (from < 0 || to > pages) return 'beyond the guest'
  return from === to ? 'empty' : ''
}

const remedies = {
  'not whole numbers': 'first and end are functions (m, s, vcpu) of the first page and of the one behind the last.',
  reversed: 'first is the first page, and end the one behind the last.',
  'beyond the guest': 'A guest has the pages 0 to m.pages - 1; end is at most m.pages.',
  empty: 'end is the page behind the last: the range of one page is [page, page + 1).',
} as const

/** @param guarded inside of a branch, whose condition may keep the range away from what is sampled here */
function rangeProblem(range: Range, at: string, { m, state }: Asked, guarded: boolean): Problem | undefined {
  if (known.includes(range)) return undefined
  const samples = chunksOf(m).map(([first, end]) => sample(range, m, state, first, end))
  const found = samples.map((one) => ({ one, wrong: wrongWith(one, m.pages) }))
  const isSure = found.every(({ wrong }) => wrong !== '') && !samples.some(({ asksState }) => asksState)
  const isWrong = (wrong: string): boolean =>
    wrong === 'not whole numbers' || (wrong !== '' && isSure) || (wrong === 'beyond the guest' && !guarded)
  const worst = found.find(({ one, wrong }) => isWrong(wrong) && (wrong === 'not whole numbers' || !one.asksState))
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

/** A machine, and a state of it in which its ranges are asked. */
interface Asked {
  readonly m: Machine
  readonly state: State
}

/** What is wrong on a machine with the ranges of a plan's own. */
export const rangeProblems = (plan: Plan, path: string, m: Machine, state: State): Problem[] =>
  problemsIn(plan, path, { m, state }, false)

function problemsIn(plan: Plan, path: string, asked: Asked, guarded: boolean): Problem[] {
  return plan.flatMap((node, index) => {
    const at = `${path}[${index}]`
    const own = rangesOf(node).flatMap((range) => {
      const found = range === undefined ? undefined : rangeProblem(range, `${at} (${nodeName(node)})`, asked, guarded)
      return found === undefined ? [] : [found]
    })
    return [...own, ...problemsIn(bodyOf(node), `${at}.body`, asked, guarded || 'when' in node)]
  })
}
