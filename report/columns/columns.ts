import type { Scope } from '../../model/machine/scope.js'
import type { RecordedStep } from '../../search/step-effects.js'
import type { Trace } from '../../search/trace.js'
import { byPlace, type ColumnActor, nameOf } from './actor.js'
import { bracketed, mayBracket } from './bookkeeping.js'
import { type ActorLine, narrate } from './narrate.js'
import { mailWidth, wrap } from './wrap.js'

const margin = 2
/** Columns farther apart than this look like two pictures. */
const widest = 31
/** A column's name in full, and a space. */
const readable = 10
/** Room that the last column has at the least. */
const lastColumn = 24

/** What a property says of a run: its name, why it fails, and the id of the rule that is broken. */
export interface BrokenProperty {
  readonly property: string
  readonly why: string
  readonly broken?: string | undefined
}

type OwnName = (actor: ColumnActor) => string | undefined

/** Stands between a run and what follows it under fair scheduling. */
const leftToContinue = 'left to continue fairly, each party in its turn:'

/** Prints recorded steps the way kernel commit messages show races: one column an actor, then what failed. */
export function columns(
  steps: readonly RecordedStep[],
  scope: Scope,
  found?: BrokenProperty,
  ownName?: OwnName,
): string {
  return [...inColumns(narrate(steps, scope), ownName), ...(found === undefined ? [] : verdictLines(found))].join('\n')
}

/** Whether each step has a line, or those of locks and accounts may stand in brackets on the line of another. */
export type StepLines = 'bracketed' | 'each'

/** The columns of a trace, as it was recorded, with the fair continuation behind it if it has one. */
export const columnsOfTrace = (trace: Trace, shown: StepLines = 'bracketed'): string =>
  [...stepsInColumns(trace, shown), ...verdictLines(trace.header)].join('\n')

/** The same without what the property says. */
export function stepsInColumns(trace: Trace, shown: StepLines = 'bracketed'): string[] {
  const { run, continued } = linesOf(trace, shown)
  const mark = continued.length === 0 ? undefined : { before: run.length, text: leftToContinue }
  return inColumns([...run, ...continued], undefined, mark)
}

/** How many steps of a trace stand in brackets. */
export const bracketedSteps = (trace: Trace): number => trace.steps.length - linesOf(trace, 'bracketed').run.length

interface TraceLines {
  readonly run: readonly ActorLine[]
  /** Those of the fair continuation. */
  readonly continued: readonly ActorLine[]
}

function linesOf({ header, steps, continuation = [] }: Trace, shown: StepLines): TraceLines {
  const all = [...steps, ...continuation]
  const lines = narrate(all, header.setup.scope)
  const [run, continued] = [lines.slice(0, steps.length), lines.slice(steps.length)]
  return { run: shown === 'bracketed' && mayBracket(header.property, all) ? bracketed(steps, run) : run, continued }
}

/** A remark between two lines. */
interface Mark {
  /** Index of the line behind it. */
  readonly before: number
  readonly text: string
}

/** Lays lines out, a column an actor, under the actors' names: their own, if they have any. */
export function inColumns(lines: readonly ActorLine[], ownName?: OwnName, mark?: Mark): string[] {
  const actors = actorsOf(lines)
  const stride = strideOf(actors, lines)
  const isNarrow = stride < readable
  const names = actors.map((actor) => ownName?.(actor) ?? nameOf(actor, isNarrow))
  return [
    inRow(names, stride),
    inRow(
      names.map((name) => '-'.repeat(name.length)),
      stride,
    ),
    ...lines.flatMap(({ actor, text }, index) => [
      ...(index === mark?.before ? [`${' '.repeat(margin)}${mark.text}`] : []),
      ...cell(text, margin + placeOf(actors, actor) * stride),
    ]),
  ]
}

function verdictLines({ property, why, broken }: BrokenProperty): string[] {
  const cited = broken === undefined ? '' : ` [${broken}]`
  return wrap(`${property}: ${why}${cited}`, mailWidth, ' '.repeat(margin))
}

const placeOf = (actors: readonly ColumnActor[], actor: ColumnActor): number =>
  actors.findIndex((known) => byPlace(known, actor) === 0)

function actorsOf(lines: readonly ActorLine[]): ColumnActor[] {
  const different = lines.map(({ actor }) => actor).filter((actor, index, all) => placeOf(all, actor) === index)
  return different.sort(byPlace)
}

/**
 * How far apart columns stand. A row has one cell, which may run on to the right, so columns may be narrower than
 * what is in them: as far apart as every text still fits, or as a name does; closer only for many actors.
 */
function strideOf(actors: readonly ColumnActor[], lines: readonly ActorLine[]): number {
  const gaps = Math.max(1, actors.length - 1)
  const fits = (stride: number) =>
    lines.every(({ actor, text }) => margin + placeOf(actors, actor) * stride + text.length <= mailWidth)
  for (let stride = widest; stride >= readable; stride -= 1) if (fits(stride)) return stride
  return Math.max(3, Math.min(readable, Math.floor((mailWidth - margin - lastColumn) / gaps)))
}

function inRow(names: readonly string[], stride: number): string {
  return names.reduce((row, name, place) => row.padEnd(margin + place * stride) + name, '')
}

function cell(text: string, start: number): string[] {
  return wrap(text, mailWidth, ' '.repeat(start), '  ')
}
