import { isTable } from '../../model/memory/page-table.js'
import type { WholeRun } from '../../search/recorded-state.js'
import type { ChangingStep } from './course.js'
import type { StateHistory } from './memory.js'
import type { Shape } from './shape.js'
import { type EntryChange, isMapped, pagesOfChange } from './touched.js'

/** Guests up to this size have one row per page. */
const smallGuest = 64
/** Rows beyond this are not read by anyone: the rest of the guest is one row. */
const maxRows = 20_000

/** Pages that are alike all along: as many as `count` from `first` on. */
export interface Rows {
  readonly first: number
  readonly count: number
}

/** The rows of a page map: a page each in a small guest; in a large one, ranges of pages that never differ. */
export function rowsOf(memory: StateHistory, shape: Shape, steps: readonly ChangingStep[]): Rows[] {
  const { pages } = shape
  if (pages <= smallGuest) return Array.from({ length: pages }, (_, first) => ({ first, count: 1 }))
  const cuts = new Cuts(pages)
  for (const view of pageViews) for (const run of memory.runs(view)) cutRun(cuts, run, shape)
  for (const run of memory.runs('pde')) if (isTable(run.value) || run.times > 1) cutRegions(cuts, run, shape)
  for (const run of memory.runs('pte')) cutLeaves(cuts, run, shape)
  for (const { effects } of steps) {
    for (const [view, changes] of Object.entries(effects?.changed ?? {})) {
      if (!isMapped(view)) continue
      for (const [change, last] of grouped(changes)) {
        for (const { first } of pagesOfChange(view, change, memory, shape)) cuts.at(first)
        for (const { end } of pagesOfChange(view, last, memory, shape)) cuts.at(end)
      }
    }
  }
  return cuts.rows()
}

const pageViews = [
  ...['attr', 'guestView', 'sept', 'sharedFrame', 'privateFrame', 'mapOf', 'pinnedFrame', 'owner', 'pins'],
  ...['trustedPte', 'sharedEpt', 'released'],
]

/** Where one row ends and the next begins. */
class Cuts {
  private readonly places = new Set<number>([0])

  constructor(private readonly pages: number) {}

  get isFull(): boolean {
    return this.places.size >= maxRows
  }

  at(page: number): void {
    if (page > 0 && page < this.pages && !this.isFull) this.places.add(page)
  }

  rows(): Rows[] {
    const firsts = [...this.places].sort((a, b) => a - b)
    return firsts.map((first, index) => ({ first, count: (firsts[index + 1] ?? this.pages) - first }))
  }
}

/** Cuts at both ends of a run of entries by page or frame; a run that repeats without gaps is one. */
function cutRun(cuts: Cuts, { first, count, times, every }: WholeRun, { pages, perSuper }: Shape): void {
  const isDense = every === count && count % perSuper === 0
  const [length, repeats] = isDense ? [count * times, 1] : [count, times]
  for (let time = 0; time < repeats && !cuts.isFull; time += 1) {
    const begin = first + time * every
    cuts.at(begin % pages)
    cuts.at((begin + length) % pages)
  }
}

function cutRegions(cuts: Cuts, { first, count, times, every }: WholeRun, { regions, perSuper }: Shape): void {
  for (let time = 0; time < times && !cuts.isFull; time += 1) {
    const region = (first + time * every) % regions
    cuts.at(region * perSuper)
    cuts.at((region + count) * perSuper)
  }
}

/** A run of whole tables, one a region, is cut at its ends alone. */
function cutLeaves(cuts: Cuts, { first, count, times, every }: WholeRun, { perSuper, regions }: Shape): void {
  const regionOf = (index: number) => Math.floor(index / perSuper / 2) % regions
  if (count === perSuper && first % perSuper === 0 && (every === perSuper * 2 || times === 1)) {
    cuts.at(regionOf(first) * perSuper)
    cuts.at((regionOf(first) + times) * perSuper)
    return
  }
  for (let time = 0; time < times && !cuts.isFull; time += 1) {
    const begin = first + time * every
    cuts.at(regionOf(begin) * perSuper + (begin % perSuper))
    cuts.at(regionOf(begin + count - 1) * perSuper + ((begin + count - 1) % perSuper) + 1)
  }
}

/** Changes of neighbours that are alike: the first and the last of each group. */
function grouped(changes: readonly EntryChange[]): [EntryChange, EntryChange][] {
  const groups: [EntryChange, EntryChange][] = []
  let alike = ''
  for (const [index, change] of changes.entries()) {
    const before = changes[index - 1]
    const now = before === undefined ? '' : change.map((value, at) => value - (before[at] ?? 0)).join()
    const group = groups.at(-1)
    const isNext = before !== undefined && change[0] === before[0] + 1
    if (group !== undefined && isNext && (group[0] === group[1] || now === alike)) group[1] = change
    else groups.push([change, change])
    alike = now
  }
  return groups
}
