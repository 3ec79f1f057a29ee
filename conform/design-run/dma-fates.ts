import type { Answer } from '../protocol/messages.js'
import type { Expects } from './planner.js'
import type { CallPurpose, Moment, Script } from './script.js'

/** When a write took place that was begun before a plan's calls. */
export type When = 'before' | 'during' | 'after'

/**
 * Outcomes of DMA: the write is in the page's backing, was blocked, or is in a frame that no longer backs the page.
 *
 * @example
 * const isBlocked = ({ arrived, blocked }: Fates) => arrived === 0 && blocked > 0
 */
export interface Fates {
  arrived: number
  blocked: number
  elsewhere: number
}

/**
 * What was counted.
 *
 * @example
 * const { counts }: { counts: Counts } = run.value
 */
export interface Counts {
  toPrivate: number
  toShared: number
  refused: number
  /** Calls of the plans, those of the boot left out. */
  calls: number
  /** By what the guest may expect of a DMA to the page. */
  readonly dma: Readonly<Record<Expects, Fates>>
  /** DMA to pages that stay shared, at some moment of a plan. */
  readonly race: Readonly<Record<When, Fates>>
  /** DMA to shared pages that was blocked, by what was done last before it. */
  readonly lostBehind: Partial<Record<Moment, number>>
  /** Looks of the guest at its private pages, and those that found something that it had not written. */
  looks: number
  changed: number
}

/** How many DMAs all of these are. */
export const countOf = (all: readonly Fates[]): number =>
  all.reduce((total, { arrived, blocked, elsewhere }) => total + arrived + blocked + elsewhere, 0)

const noFates = (): Fates => ({ arrived: 0, blocked: 0, elsewhere: 0 })

/** Counts that are all 0. */
export const noCounts = (): Counts => ({
  toPrivate: 0,
  toShared: 0,
  refused: 0,
  calls: 0,
  dma: { shared: noFates(), changing: noFates(), private: noFates() },
  race: { before: noFates(), during: noFates(), after: noFates() },
  lostBehind: {},
  looks: 0,
  changed: 0,
})

/**
 * Adds what a script's replies say.
 *
 * @param answers those to the script's calls, without the reset's; there may be fewer
 */
export function countFates(counts: Counts, { marks, conversions }: Script, answers: readonly Answer[]): void {
  for (const { to, isGranted } of conversions) {
    if (!isGranted) counts.refused += 1
    else if (to === 'private') counts.toPrivate += 1
    else counts.toShared += 1
  }
  for (const [index, answer] of answers.entries()) {
    const mark = marks[index]
    if (mark?.what === 'call') counts.calls += 1
    else if (mark?.what === 'raced') addRaced(counts, marks, answers, index)
    else if (mark?.what === 'guest') {
      counts.looks += 1
      if (answer.data !== mark.value) counts.changed += 1
    } else if (mark?.what === 'dma') addDma(counts, mark, answer, shownBehind(marks, answers, index))
  }
}

/** Whether the backing shows the value of a DMA write; undefined if no read followed it. */
function shownBehind(marks: readonly CallPurpose[], answers: readonly Answer[], index: number): boolean | undefined {
  const mark = marks[index + 1]
  const answer = answers[index + 1]
  return mark?.what === 'shown' && answer !== undefined ? answer.data === mark.value : undefined
}

function addDma(
  { dma, lostBehind }: Counts,
  { expects, isHole, moment }: Extract<CallPurpose, { what: 'dma' }>,
  { result }: Answer,
  isShown: boolean | undefined,
): void {
  const fates = dma[expects]
  if (result === 'blocked') {
    fates.blocked += 1
    if (expects === 'shared') lostBehind[moment] = (lostBehind[moment] ?? 0) + 1
  } else if (isHole || isShown === false) fates.elsewhere += 1
  else fates.arrived += 1
}

/**
 * A write that is not in the backing was blocked; or a frame has it that backs the page no more, as the DMA after the
 * race shows, which then goes there as well.
 */
function addRaced({ race }: Counts, marks: readonly CallPurpose[], answers: readonly Answer[], index: number): void {
  const mark = marks[index]
  const answer = answers[index]
  if (mark?.what !== 'raced' || answer?.when === undefined) return
  const probe = marks.findIndex((one, at) => at > index && one.what === 'dma' && one.page === mark.page)
  const fates = race[answer.when]
  if (answer.result === 'done') fates.arrived += 1
  else if (answers[probe]?.result === 'done' && shownBehind(marks, answers, probe) === false) fates.elsewhere += 1
  else fates.blocked += 1
}
