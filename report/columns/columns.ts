import type { Design } from '../../designs/index.js'
import { print } from '../../model/machine/action.js'
import { type Property, properties } from '../../properties/index.js'
import { buildMachine } from '../../search/machine-config.js'
import { type Run, Simulator } from '../../search/simulator.js'
import { codesOf, type Trace } from '../../search/trace.js'
import { type Actor, byPlace, nameOf } from './actor.js'
import { type Line, narrate, type Stage } from './narrate.js'
import { mailWidth, wrap } from './wrap.js'

const margin = 2
/** Columns farther apart than this look like two pictures. */
const widest = 31
/** A column's name in full, and a space. */
const readable = 10
/** Room that the last column has at the least. */
const lastColumn = 24

/** Prints a run the way kernel commit messages show races: one column an actor, then what failed. */
export function columns(bench: Stage, run: Run, found?: { readonly property: Property; readonly why: string }): string {
  return [
    ...inColumns(narrate(bench, run), bench.nameOf),
    ...(found === undefined ? [] : verdictLines(found.property, found.why)),
  ].join('\n')
}

/** Lays lines out, a column an actor, under the actors' names: their own, if somebody has given them any. */
export function inColumns(lines: readonly Line[], ownName?: Stage['nameOf']): string[] {
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
    ...lines.flatMap(({ actor, text }) => cell(text, margin + placeOf(actors, actor) * stride)),
  ]
}

/** The columns of a trace; its plain actions if this model cannot take them. */
export function columnsOfTrace(trace: Trace, own: readonly Design[] = []): string {
  const property = properties.find(({ name }) => name === trace.header.property)
  const opened = buildMachine(trace.header.setup, own)
  if (opened.ok && property !== undefined) {
    const bench = new Simulator(opened.value.machine)
    const codes = codesOf(bench, trace)
    if ('run' in codes) return columns(bench, codes.run, { property, why: trace.header.why })
  }
  const actions = trace.steps.map(
    ({ action, outcome }) => `  ${print(action)}${outcome === 'ok' ? '' : ` → ${outcome}`}`,
  )
  return [...actions, ...wrap(`${trace.header.property}: ${trace.header.why}`, mailWidth, '  ')].join('\n')
}

function verdictLines({ name, rules }: Property, why: string): string[] {
  return wrap(`${name}: ${why} [${rules.map(({ id }) => id).join(', ')}]`, mailWidth, ' '.repeat(margin))
}

const placeOf = (actors: readonly Actor[], actor: Actor): number =>
  actors.findIndex((known) => byPlace(known, actor) === 0)

function actorsOf(lines: readonly Line[]): Actor[] {
  const different = lines.map(({ actor }) => actor).filter((actor, index, all) => placeOf(all, actor) === index)
  return different.sort(byPlace)
}

/**
 * How far apart columns stand. A row has one cell, which may run on to the right, so columns may be narrower than
 * what is in them: as far apart as every text still fits, or as a name does; closer only for many actors.
 */
function strideOf(actors: readonly Actor[], lines: readonly Line[]): number {
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
