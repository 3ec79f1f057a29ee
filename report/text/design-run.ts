import { counted, plural } from '../../base/plural.js'
import { type Counts, countOf, type Fates } from '../../conform/design-run/dma-fates.js'
import type { DesignRun } from '../../conform/design-run/run.js'
import { mailWidth, wrap } from '../columns/wrap.js'
import { divergenceText } from './divergence.js'
import type { Judged } from './judged.js'
import { machineOf } from './machine.js'
import type { Paint } from './paint.js'

interface Share {
  readonly bad: number
  readonly of: number
  readonly what: string
}

/** The properties of which something can be seen from outside, and how often the opposite was. */
const seen: Readonly<Record<string, (counts: Counts) => Share>> = {
  'no-private-reach': ({ looks, changed }) => ({ bad: changed, of: looks, what: 'looks' }),
  'no-shared-fault': ({ dma, race }) => {
    const all = [dma.shared, ...Object.values(race)]
    return { bad: all.reduce((total, { blocked }) => total + blocked, 0), of: countOf(all), what: 'DMA' }
  },
  'no-stale-frame': ({ dma, race }) => {
    const all = [...Object.values(dma), ...Object.values(race)]
    return { bad: all.reduce((total, { elsewhere }) => total + elsewhere, 0), of: countOf(all), what: 'DMA' }
  },
}

/** What the model is asked beside a run. */
export const seenProperties: readonly string[] = Object.keys(seen)

/** What the implementation did of one property, beside what the model says. */
export interface Beside {
  readonly property: string
  readonly seen: number
  readonly of: number
  readonly what: string
  readonly model: Judged
  /** Undefined if nothing was observed. */
  readonly agree: boolean | undefined
}

/** What a run counted beside what the searches say of it, property by property. */
export function beside({ counts }: DesignRun, judged: readonly Judged[]): Beside[] {
  return judged.flatMap((model) => {
    const { property, verdict } = model.verdict
    const count = seen[property]?.(counts)
    if (count === undefined) return []
    const agree = count.of === 0 ? undefined : count.bad > 0 === (verdict === 'violated')
    return [{ property, seen: count.bad, of: count.of, what: count.what, model, agree }]
  })
}

/** What a run says as a whole. `untested`: too little happened, or the control is not as it should be. */
export const outcomes = ['held', 'violated', 'differs', 'untested'] as const
export type RunOutcome = (typeof outcomes)[number]

/** The outcome of a run as a whole, given what the searches say of the same properties. */
export function outcomeOf(run: DesignRun, judged: readonly Judged[]): RunOutcome {
  const all = beside(run, judged)
  if (run.divergence !== undefined) return 'differs'
  if (whyUntested(run) !== undefined) return 'untested'
  if (all.some(({ seen: count }) => count > 0)) return all.some(({ agree }) => agree === false) ? 'differs' : 'violated'
  return all.some(({ agree }) => agree === false) ? 'untested' : 'held'
}

/** Why the counts say nothing; undefined if they do. */
export function whyUntested({ counts, control, cut }: DesignRun): string | undefined {
  if (cut !== undefined) return cut
  const { arrived, blocked, elsewhere } = together([control.dma.shared, ...Object.values(control.race)])
  if (blocked + elsewhere > 0) return 'DMA was lost without any conversion: it is not the design that loses it'
  if (arrived === 0 || countOf([counts.dma.shared]) === 0) return 'no DMA to a shared page was made'
  return counts.toPrivate + counts.toShared + counts.refused === 0 ? 'no conversion was made' : undefined
}

const together = (all: readonly Fates[]): Fates =>
  all.reduce((total, { arrived, blocked, elsewhere }) => ({
    arrived: total.arrived + arrived,
    blocked: total.blocked + blocked,
    elsewhere: total.elsewhere + elsewhere,
  }))

/** Name of the machine of the verdicts; empty if there are none. */
export const machineName = ([first]: readonly Judged[]): string => (first === undefined ? '' : machineOf(first.verdict))

const cell = (text: string | number, width: number): string =>
  (typeof text === 'number' ? text.toLocaleString('en-US') : text).padStart(width)

const row = (name: string, { arrived, blocked, elsewhere }: Fates): string =>
  `  ${name.padEnd(34)}${cell(arrived, 12)}${cell(blocked, 12)}${cell(elsewhere, 12)}`

/**
 * The report for people: counts, the control, and what the model says of the same design.
 *
 * @param replay the command that asks the transcript with the divergence again, if one was saved
 */
export function designRunText(run: DesignRun, judged: readonly Judged[], replay: string | null, paint: Paint): string {
  const { target, interface: on, hasKvm, runs, counts, control, replies, divergence, seconds } = run
  const races = Object.values(counts.race)
  const lost = Object.entries(counts.lostBehind).map(([moment, count]) => `${moment} ${count}`)
  const asked = `${counts.toPrivate} to private, ${counts.toShared} to shared, ${counts.refused} refused`
  const total = counts.toPrivate + counts.toShared + counts.refused
  const sizes = `${counted(runs, 'run')}, ${counted(total, 'conversion')} (${asked})`
  return [
    `${paint.bold(machineName(judged))}`,
    `  on ${target}, ${on}${hasKvm ? '' : '; no virtual machine: attributes are not set, nothing is private'}`,
    `  ${sizes}, ${counts.calls.toLocaleString('en-US')} ${plural(counts.calls, 'call')}`,
    '',
    `  ${'DMA to a page that is'.padEnd(34)}${cell('arrived', 12)}${cell('blocked', 12)}${cell('elsewhere', 12)}`,
    row('shared, between two calls', counts.dma.shared),
    ...(countOf(races) === 0
      ? []
      : [
          row('shared, while the calls are made', counts.race.during),
          row('shared, just before or after them', together([counts.race.before, counts.race.after])),
        ]),
    row('under conversion', counts.dma.changing),
    row('private', counts.dma.private),
    row('control: shared, no conversion', together([control.dma.shared, ...Object.values(control.race)])),
    ...(lost.length === 0 ? [] : ['', `  lost between calls, right behind: ${lost.join(', ')}`]),
    '',
    ...besideText(run, judged, paint),
    '',
    ...(divergence === undefined
      ? [`  ${replies.toLocaleString('en-US')} replies checked, none diverges; ${seconds.toFixed(1)} s`]
      : ['  a reply that the model does not allow:', divergenceText(divergence)]),
    ...(replay === null ? [] : [`  replay: ${replay}`]),
    ...wrap(conclusion(run, judged), mailWidth, '  '),
    '',
  ].join('\n')
}

function besideText(run: DesignRun, judged: readonly Judged[], paint: Paint): string[] {
  const head = `  ${'property'.padEnd(20)}${'here'.padEnd(34)}the model`
  const lines = beside(run, judged).map(({ property, seen: bad, of, what, model: { verdict } }) => {
    const share = `${bad.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} ${what}`
    const here = (of === 0 ? 'not looked at' : `${bad === 0 ? 'not violated' : 'violated'}, ${share}`).padEnd(34)
    const steps = verdict.steps === null ? '' : ` in ${verdict.steps}`
    const model = `${paint.verdict(verdict.verdict, verdict.verdict)}${steps}`
    return `  ${property.padEnd(20)}${paint.verdict(bad === 0 ? 'none-found' : 'violated', here)}${model}`
  })
  return [head, ...lines]
}

/** One sentence: what was seen, and whether the model says the same. */
function conclusion(run: DesignRun, judged: readonly Judged[]): string {
  const all = beside(run, judged)
  const differing = all.filter(({ agree }) => agree === false)
  if (run.divergence !== undefined) return 'The implementation and the model differ in a reply.'
  const untested = whyUntested(run)
  if (untested !== undefined) return `This says nothing: ${untested}.`
  if (differing.length > 0) {
    const each = differing.map(({ property, seen: count, model }) =>
      count > 0
        ? `${property} is violated here, and the model says ${model.verdict.verdict}`
        : `${property} was not seen violated here, and the model says ${model.verdict.verdict}`,
    )
    return `The implementation and the model differ: ${each.join('; ')}.`
  }
  const bad = all.filter(({ seen: count }) => count > 0).map(({ property }) => property)
  return bad.length === 0
    ? 'Nothing was lost, and the model finds no violation either.'
    : `The implementation and the model agree: ${bad.join(', ')} ${bad.length === 1 ? 'is' : 'are'} violated.`
}
