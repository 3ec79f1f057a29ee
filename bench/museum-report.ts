import type { Bug } from '../bugs/index.js'
import { median } from './measure.js'

/** One search for a bug with one seed. */
export interface Trial {
  /** The property that fell first, if one did. */
  readonly first: string | undefined
  /** Whether the named property fell in time. */
  readonly found: boolean
  readonly runs: number
  readonly ms: number
  /** Actions of the shrunk counterexample. */
  readonly length: number | null
}

export interface Row {
  readonly bug: Bug
  readonly trials: readonly Trial[]
  /** Actions of the shortest counterexample, where a breadth-first search proves it. */
  readonly minimum: number | undefined
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
  const head = ['bug', 'names', 'first to fall', 'found', 'runs', '90 %', 'ms', '90 %', 'actions', 'least']
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
  return `${[
    'Each bug of the museum, by check at its default settings in one thread;',
    `${seeds} ${seeds === 1 ? 'seed' : 'seeds'} a bug, and at most ${limit} s for each.`,
    'Medians and what nine of ten stay below. Solved: the named property falls with every seed.',
    ...(remark === undefined ? [] : [remark]),
    '',
    ...text,
    '',
    ...sums,
  ].join('\n')}\n`
}

function lineOf({ bug, trials, minimum }: Row): string[] {
  const figures = (of: (trial: Trial) => number) => [median(trials.map(of)), ninth(trials.map(of))].map(Math.round)
  const lengths = trials.flatMap(({ length }) => length ?? [])
  const first = [...new Set(trials.map((trial) => trial.first ?? 'none'))].join(', ')
  const found = trials.filter((trial) => trial.found).length
  return [
    bug.id,
    bug.breaks,
    first === bug.breaks ? 'the same' : first,
    `${found}/${trials.length}`,
    ...figures(({ runs }) => runs).map(String),
    ...figures(({ ms }) => ms).map(String),
    lengths.length === 0 ? '' : String(median(lengths)),
    minimum === undefined ? '' : String(minimum),
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
