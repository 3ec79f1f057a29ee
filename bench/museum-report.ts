import type { Bug } from '../bugs/index.js'
import { median } from './measure.js'

/** One search for a bug with one seed. */
export interface Trial {
  /** Whether the named property fell in time. */
  readonly found: boolean
  readonly runs: number
  /** Of processor time. */
  readonly ms: number
  readonly configuration: string | undefined
  /** Actions of the counterexample as check shows it. */
  readonly length: number | undefined
  /** Actions of the shortest counterexample on the same machine, where a breadth-first search proves it. */
  readonly least: number | undefined
}

export interface Row {
  readonly bug: Bug
  readonly trials: readonly Trial[]
}

/** The figure below which nine of ten are. */
function ninth(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Number.NaN
}

const isSolved = ({ trials }: Row): boolean => trials.every(({ found }) => found)
const slowest = ({ trials }: Row): number => Math.max(...trials.map(({ ms }) => ms))
const within = (rows: readonly Row[], seconds: number): number =>
  rows.filter((row) => isSolved(row) && slowest(row) <= seconds * 1000).length

const times = [0.1, 1, 10, 60]

interface About {
  readonly seeds: number
  readonly limit: number
  readonly remark: string | undefined
}

/** The measurement as a table: a line a bug, then sums. */
export function museumTable(rows: readonly Row[], { seeds, limit, remark }: About): string {
  const head = ['bug', 'property', 'found in', 'found', 'runs', '90 %', 'ms', '90 %', 'actions', 'too long']
  const lines = [head, ...rows.map(lineOf)]
  const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  const text = lines.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const sums = times
    .filter((seconds) => seconds <= limit)
    .map((seconds) => `${within(rows, seconds)} of ${rows.length} solved within ${seconds} s`)
  const excess = rows.flatMap(({ trials }) => trials.flatMap(excessOf))
  const shortest = excess.filter((actions) => actions === 0).length
  return `${[
    'Each bug of the museum, as check looks for it at its default settings, in one thread:',
    `${seeds} ${seeds === 1 ? 'seed' : 'seeds'} a bug, and at most ${limit} s of processor time for each.`,
    'Runs, and milliseconds of processor time: the median, and what nine of ten stay below.',
    'Actions of the counterexample, and by how many the longest exceeds the shortest that there is.',
    'Solved: the property that the bug is said to break is violated with every seed.',
    ...(remark === undefined ? [] : [remark]),
    '',
    ...text,
    '',
    ...sums,
    `${shortest} of ${excess.length} counterexamples whose least length is proven have it`,
  ].join('\n')}\n`
}

const excessOf = ({ length, least }: Trial): number[] =>
  length === undefined || least === undefined ? [] : [length - least]

function lineOf({ bug, trials }: Row): string[] {
  const figures = (of: (trial: Trial) => number) => [median(trials.map(of)), ninth(trials.map(of))].map(Math.round)
  const lengths = trials.flatMap(({ length }) => length ?? [])
  const excess = trials.flatMap(excessOf)
  const places = [...new Set(trials.flatMap(({ configuration }) => configuration ?? []))]
  const found = trials.filter((trial) => trial.found).length
  return [
    bug.id,
    bug.breaks,
    places.length > 1 ? `${places[0]}, and ${places.length - 1} more` : places.join(''),
    `${found}/${trials.length}`,
    ...figures(({ runs }) => runs).map(String),
    ...figures(({ ms }) => ms).map(String),
    lengths.length === 0 ? '' : String(median(lengths)),
    excess.length === 0 ? '' : String(Math.max(...excess)),
  ]
}

/** Bars of how many bugs are solved within each time. */
export function museumChart(rows: readonly Row[], seeds: number): string {
  const [width, height, bar] = [420, 200, 60]
  const bars = times.map((seconds, index) => {
    const solved = within(rows, seconds)
    const tall = (solved / rows.length) * 130
    const x = 30 + index * 98
    const middle = x + bar / 2
    return [
      `<rect x="${x}" y="${(170 - tall).toFixed(1)}" width="${bar}" height="${tall.toFixed(1)}" fill="#2f6f9f"/>`,
      `<text x="${middle}" y="${(164 - tall).toFixed(1)}" text-anchor="middle">${solved}</text>`,
      `<text x="${middle}" y="188" text-anchor="middle">${seconds} s</text>`,
    ].join('\n')
  })
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    '<title>How many bugs of the museum check finds, by time</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="18">Bugs of ${rows.length} that check finds with every seed (${seeds}), within</text>`,
    ...bars,
    '</svg>',
  ].join('\n')}\n`
}
