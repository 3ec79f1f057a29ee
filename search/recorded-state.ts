import { z } from 'zod'
import type { State } from '../model/machine/state.js'

export type ViewName = Exclude<keyof State, 'bytes' | 'limits'>

/** The views that a trace tells of: all but the registers of a running plan, which are scratch. */
export const viewNames = (s: State): ViewName[] =>
  (Object.keys(s) as (keyof State)[]).filter((name): name is ViewName => name !== 'bytes' && name !== 'reg')

const whole = z.number().int()

/**
 * Entries of a view that follow a line: first index, its value, then, as far as they are not 1, 0, 1, 0, 0: how many
 * entries follow each other, how much more each holds than the one before; how many times all that comes, how many
 * indices apart, and how much more each time.
 */
const entryRunSchema = z.array(whole).min(2).max(7)
export type EntryRun = readonly number[]

/** A state, by the name of its views; a view without elements is left out, and an entry in no run is 0. */
export const recordedStateSchema = z.record(
  z.string(),
  z.strictObject({
    length: whole.min(1).describe('entries of the view'),
    runs: z.array(entryRunSchema).describe('those that are not 0: see docs/trace-format.md'),
  }),
)
export type RecordedState = z.infer<typeof recordedStateSchema>

/** A run in full. */
export interface WholeRun {
  readonly first: number
  readonly value: number
  readonly count: number
  readonly step: number
  readonly times: number
  readonly every: number
  readonly more: number
}

/** A run with its default values filled in: 1, 0, 1, 0, 0 for all behind its first two numbers. */
export function wholeRun([
  first = 0,
  value = 0,
  count = 1,
  step = 0,
  times = 1,
  every = 0,
  more = 0,
]: EntryRun): WholeRun {
  return { first, value, count, step, times, every, more }
}

/** Writes a state down so that a large guest, whose pages are alike, needs no more room than a small one. */
export function recordState(s: State): RecordedState {
  const recorded: RecordedState = {}
  for (const name of viewNames(s)) {
    const view = s[name]
    if (view.length === 0) continue
    recorded[name] = { length: view.length, runs: repeatedRuns(plainRuns(view)).map(shortRun) }
  }
  return recorded
}

/** Puts a recorded state into a blank one. @returns whether it is a state of that machine, as far as its sizes say */
export function restoreState(s: State, recorded: RecordedState): boolean {
  const names = viewNames(s).filter((name) => s[name].length > 0)
  if (names.length !== Object.keys(recorded).length) return false
  for (const name of names) {
    const { length, runs } = recorded[name] ?? {}
    if (length !== s[name].length || runs === undefined) return false
    if (!runs.map(wholeRun).every((run) => restoreRun(s[name], run))) return false
  }
  return true
}

/** @returns whether the run is within the view */
function restoreRun(view: State[ViewName], { first, value, count, step, times, every, more }: WholeRun): boolean {
  const last = first + (times - 1) * every + count
  if (first < 0 || count < 1 || times < 1 || every < 0 || last > view.length || count * times > view.length)
    return false
  for (let time = 0; time < times; time += 1) {
    const [begin, base] = [first + time * every, value + time * more]
    if (step === 0) view.fill(base, begin, begin + count)
    else for (let at = 0; at < count; at += 1) view[begin + at] = base + at * step
  }
  return true
}

/** The entries that are not 0, in runs that do not repeat. */
function plainRuns(view: State[ViewName]): WholeRun[] {
  const runs: WholeRun[] = []
  for (let first = 0; first < view.length; ) {
    const value = view[first]
    if (value === 0) {
      do first += 1
      while (view[first] === 0)
      continue
    }
    const step = (view[first + 1] ?? 0) === 0 ? 0 : view[first + 1] - value
    let count = 1
    while (first + count < view.length && view[first + count] === value + count * step) count += 1
    runs.push({ first, value, count, step: count === 1 ? 0 : step, times: 1, every: 0, more: 0 })
    first += count
  }
  return runs
}

/** Joins three runs and more that are alike, and equally far apart. */
function repeatedRuns(runs: readonly WholeRun[]): WholeRun[] {
  const joined: WholeRun[] = []
  for (let index = 0; index < runs.length; ) {
    const times = timesFrom(runs, index)
    const [one, next = one] = runs.slice(index, index + 2)
    if (times < 3) joined.push(one)
    else joined.push({ ...one, times, every: next.first - one.first, more: next.value - one.value })
    index += times < 3 ? 1 : times
  }
  return joined
}

/** How many runs from one on are alike, and equally far apart. */
function timesFrom(runs: readonly WholeRun[], from: number): number {
  const start = runs[from]
  let times = 1
  for (; from + times < runs.length; times += 1) {
    const [before, next] = [runs[from + times - 1], runs[from + times]]
    if (next.count !== start.count || next.step !== start.step) break
    if (next.first - before.first !== runs[from + 1].first - start.first) break
    if (next.value - before.value !== runs[from + 1].value - start.value) break
  }
  return times
}

const defaults = [0, 0, 1, 0, 1, 0, 0]

function shortRun({ first, value, count, step, times, every, more }: WholeRun): number[] {
  const run = [first, value, count, step, times, every, more]
  while (run.length > 2 && run.at(-1) === defaults[run.length - 1]) run.pop()
  return run
}
