import { z } from 'zod'

const endSchema = z.enum(['killed', 'endless', 'survives', 'met by no test', 'equivalent', 'in a table'])

/** What became of a mutant; `endless` is killed by time. */
export const judgedSchema = z.strictObject({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  operator: z.string(),
  was: z.string(),
  becomes: z.string(),
  end: endSchema,
})
export type JudgedMutant = z.infer<typeof judgedSchema>

/** Percent of the judged mutants that a run has to kill. */
const bar = 90
/** Files of which a smaller percentage of mutants is killed are listed. */
const fileBar = 75
/** Files with fewer judged mutants are not listed. */
const fewest = 4

interface Score {
  readonly killed: number
  /** Without mutants that change nothing, and those in tables. */
  readonly judged: number
  /** 100 where none was judged. */
  readonly percent: number
}

/** Tables are built once, before tests run: a change in them is not judged, as in Stryker without static mutants. */
export function scoreOf(mutants: readonly JudgedMutant[]): Score {
  const killed = mutants.filter(isKilled).length
  const judged = mutants.filter((one) => isKilled(one) || isLeft(one)).length
  return { killed, judged, percent: judged === 0 ? 100 : (100 * killed) / judged }
}

const isKilled = ({ end }: JudgedMutant) => end === 'killed' || end === 'endless'
const isLeft = ({ end }: JudgedMutant) => end === 'survives' || end === 'met by no test'

export const isEnough = (mutants: readonly JudgedMutant[]): boolean => scoreOf(mutants).percent >= bar

/** The mutants that no test killed, the files with the lowest scores, and the score. @param total of all mutants */
export function linesOf(mutants: readonly JudgedMutant[], total: number): string[] {
  const { killed, judged, percent } = scoreOf(mutants)
  const count = (end: JudgedMutant['end']) => mutants.filter((one) => one.end === end).length
  return [
    ...mutants.filter(isLeft).map(textOf),
    ...weakFiles(mutants),
    `${mutants.length} of ${total} mutants: ${killed} of ${judged} killed, ${percent.toFixed(1)} %, ` +
      `${count('endless')} by time; ${count('equivalent')} are equivalent, ` +
      `${count('in a table')} in tables and not judged`,
  ]
}

function weakFiles(mutants: readonly JudgedMutant[]): string[] {
  const files = [...new Set(mutants.map(({ file }) => file))]
  const scores = files.map((file) => [file, scoreOf(mutants.filter((one) => one.file === file))] as const)
  return scores
    .filter(([, { judged, percent }]) => judged >= fewest && percent < fileBar)
    .map(([file, { killed, judged }]) => `below ${fileBar} %: ${file}, ${killed} of ${judged} killed`)
}

const textOf = ({ file, line, column, operator, was, becomes, end }: JudgedMutant) =>
  `${end}: ${file}:${line}:${column} ${operator}\n  - ${short(was)}\n  + ${short(becomes)}`

const short = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 160)
