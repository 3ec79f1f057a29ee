import type { FirstFound } from '../bugs/first-look.js'
import type { Bug } from '../bugs/index.js'
import { median } from './measure.js'
import type { Trial } from './museum-trials.js'

export interface MuseumRow {
  readonly bug: Bug
  readonly trials: readonly Trial[]
  /** By how many actions each counterexample exceeds the shortest on its machine, where that is proven. */
  readonly excess: readonly number[]
  /** What the search finds with the pinned seed, without a bound of time. */
  readonly found: FirstFound | undefined
  /** Actions of the shortest counterexample on the machine of that, if it is proven. */
  readonly shortest: number | undefined
}

/** The figure below which nine of ten are. */
function ninth(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Number.NaN
}

const isSolved = ({ trials }: MuseumRow): boolean => trials.length > 0 && trials.every(({ found }) => found)
const slowest = ({ trials }: MuseumRow): number => Math.max(...trials.map(({ ms }) => ms))
const within = (rows: readonly MuseumRow[], seconds: number): number =>
  rows.filter((row) => isSolved(row) && slowest(row) <= seconds * 1000).length

const times = [0.1, 1, 10, 60]
/** The least of these times in which every seed finds the bug. */
const classOf = (row: MuseumRow): string =>
  isSolved(row) ? String(times.find((seconds) => slowest(row) <= seconds * 1000) ?? 'later') : 'not solved'

interface About {
  /** Of each bug, at least. */
  readonly seeds: number
  readonly limit: number
  readonly remarks: readonly string[]
}

const head = ['bug', 'property', 'configuration', 'after runs', 'actions']
const measured = ['shortest', 'too long', 'found', 'runs', '90 %', 'ms', '90 %', 'within s']

/** The cells of a bug's line that depend on the pinned seed alone. */
export const pinnedCells = ({ id, breaks }: Bug, found: FirstFound | undefined): string[] => [
  id,
  breaks,
  ...(found === undefined ? ['-', '-', '-'] : [found.configuration, `${found.runs}`, `${found.verdict.steps}`]),
]

/** The lines of a table of `museumTable`, as their cells, by bug. */
export function readTable(text: string): ReadonlyMap<string, string[]> {
  const lines = text.split('\n').map((line) => line.split(/ {2,}/))
  const from = lines.findIndex(([first]) => first === head[0])
  const to = lines.findIndex(([first], index) => index > from && first === '')
  return new Map(lines.slice(from + 1, to).map((cells) => [cells[0] ?? '', cells]))
}

/** The measurement as a table: a line a bug, then sums. */
export function museumTable(rows: readonly MuseumRow[], { seeds, limit, remarks }: About): string {
  const lines = [
    [...head, ...measured],
    ...rows.map((row) => [...pinnedCells(row.bug, row.found), ...measuredCells(row)]),
  ]
  const widths = lines[0]?.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0))) ?? []
  const text = lines.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const shown = times.filter((seconds) => seconds <= limit)
  const excess = rows.flatMap((row) => row.excess)
  const shortest = excess.filter((actions) => actions === 0).length
  return `${[
    'Each bug of the museum, as check looks for it at its default settings, in one thread that is warm.',
    '',
    'Up to "actions", a line says what seed 1 finds where no time bounds the search: after how many random runs on',
    'all machines, and in how many actions. A test compares it. "shortest" is the least that there is on the same',
    'machine, if a breadth-first search of 20 s proves it; "too long" by how many actions the longest of all seeds',
    `exceeds it. The rest was measured: ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} a bug, and at most ${limit} s of`,
    'processor time for each. Runs, and milliseconds of processor time: the median, and what nine of ten stay below.',
    'Solved within: the property that the bug is said to break is violated in that time with every seed.',
    ...remarks,
    '',
    ...text,
    '',
    ...shown.map((seconds) => `${within(rows, seconds)} of ${rows.length} solved within ${seconds} s`),
    `${shortest} of ${excess.length} counterexamples whose least length is proven have it`,
  ].join('\n')}\n`
}

function measuredCells(row: MuseumRow): string[] {
  const { trials, excess, shortest } = row
  const figures = (of: (trial: Trial) => number) => [median(trials.map(of)), ninth(trials.map(of))].map(Math.round)
  return [
    shortest === undefined ? '-' : String(shortest),
    excess.length === 0 ? '-' : String(Math.max(...excess)),
    ...(trials.length === 0
      ? ['-', '-', '-', '-', '-', '-']
      : [
          `${trials.filter((trial) => trial.found).length}/${trials.length}`,
          ...figures(({ runs }) => runs).map(String),
          ...figures(({ ms }) => ms).map(String),
          classOf(row),
        ]),
  ]
}

const style = [
  'text { fill: #24292f } .bar { fill: #2f6f9f } .page { fill: #ffffff }',
  '@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #79b8ff } .page { fill: #0d1117 } }',
].join(' ')

/** Bars of how many bugs are solved within each time. */
export function museumChart(rows: readonly MuseumRow[], seeds: number): string {
  const [width, height, bar] = [420, 200, 60]
  const counts = times.map((seconds) => ({ seconds, solved: within(rows, seconds) }))
  const bars = counts.map(({ seconds, solved }, index) => {
    const tall = (solved / rows.length) * 130
    const x = 30 + index * 98
    const middle = x + bar / 2
    return [
      `<rect class="bar" x="${x}" y="${(170 - tall).toFixed(1)}" width="${bar}" height="${tall.toFixed(1)}"/>`,
      `<text x="${middle}" y="${(164 - tall).toFixed(1)}" text-anchor="middle">${solved}</text>`,
      `<text x="${middle}" y="188" text-anchor="middle">${seconds} s</text>`,
    ].join('\n')
  })
  const said = counts.map(({ seconds, solved }) => `${solved} within ${seconds} s`).join(', ')
  const labels = 'role="img" aria-labelledby="title desc"'
  const box = `viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13"`
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" ${labels} ${box}>`,
    '<title id="title">How many bugs of the museum check finds, by time</title>',
    `<desc id="desc">Of ${rows.length} bugs check finds with every seed of ${seeds}: ${said} of processor time.</desc>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text x="12" y="18">Bugs of ${rows.length} that check finds with every seed (${seeds}), within</text>`,
    ...bars,
    '</svg>',
  ].join('\n')}\n`
}
