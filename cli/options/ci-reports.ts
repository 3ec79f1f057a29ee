import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { reasonOf } from '../../base/folder.js'
import { outcomesMarkdown } from '../../export/outcomes-markdown.js'
import { junitText } from '../../report/ci/junit.js'
import { isBuildId, kcidbText } from '../../report/ci/kcidb.js'
import { ktapText } from '../../report/ci/ktap.js'
import type { CiOutcome } from '../../report/ci/outcome.js'
import { type Figure, outcomesPage } from '../../report/ci/page.js'
import { saveText } from '../../search/archive/save.js'
import { complain, complainOf, type Io } from '../terminal/io.js'

/** Files that a command writes for a CI beside what it prints. */
export interface CiReports {
  readonly junit?: string
  readonly ktap?: string
  readonly kcidb?: string
  readonly markdown?: string
  readonly report?: string
  readonly kcidbBuild?: string
}

/** Adds the options to a command that judges. */
export const addCiReports = (command: Command): Command =>
  command
    .option('--junit <file>', 'write the verdicts as a JUnit report')
    .option('--ktap <file>', "write them in KTAP, the form of the kernel's tests")
    .option('--markdown <file>', 'write them as Markdown (in a job of GitHub also into its summary)')
    .option('--report <file>', 'write them as a page (HTML): each cell opens its counterexample or reason')
    .option('--kcidb <file>', "write them as KernelCI's database takes them; needs --kcidb-build")
    .option('--kcidb-build <id>', 'the build that they are about, as in myci:build-17', buildId)

function buildId(text: string): string {
  if (isBuildId(text)) return text
  throw new InvalidArgumentError('expected ORIGIN:ID, where ORIGIN is of a-z, 0-9 and _, as in myci:build-17')
}

/** Whether each report has what it needs; if not, says so. */
export function areCiReportsWhole(io: Io, { kcidb, kcidbBuild }: CiReports): boolean {
  if (kcidb === undefined || kcidbBuild !== undefined) return true
  complain(io, '--kcidb: the build that is tested is missing; add --kcidb-build ORIGIN:ID, as in myci:build-17')
  return false
}

/** What a command judged. */
export interface CommandOutcomes {
  readonly command: string
  /** Asked only if a report is to be written. */
  readonly outcomes: () => readonly CiOutcome[]
  /** Why not all was judged; absent if it was. */
  readonly open?: string | undefined
  readonly seconds?: number
  /** What the report page shows below the table. */
  readonly figures?: readonly Figure[]
}

/**
 * Writes the files that were asked for.
 *
 * @returns whether all could be written; what could not is reported
 */
export function writeCiReports(
  io: Io,
  { junit, ktap, kcidb, markdown, report, kcidbBuild = '' }: CiReports,
  { command, outcomes, open, seconds, figures }: CommandOutcomes,
): boolean {
  const { summary } = io
  if ([junit, ktap, kcidb, markdown, report, summary].every((path) => path === undefined)) return true
  const all = [...outcomes(), ...(open === undefined ? [] : [notJudged(command, open)])]
  const files: readonly (readonly [string | undefined, () => string])[] = [
    [junit, () => junitText(`dmaproof ${command}`, all, seconds)],
    [ktap, () => ktapText(all)],
    [markdown, () => outcomesMarkdown(command, all)],
    [report, () => outcomesPage(command, all, figures)],
    [kcidb, () => kcidbText(command, all, kcidbBuild, digest)],
  ]
  const written = files.map(([path, text]) => path === undefined || write(io, path, text()))
  if (summary !== undefined) append(io, summary, outcomesMarkdown(command, all))
  return written.every(Boolean)
}

/** Adds to the summary of a job. That it cannot be written is no fault of the command line. */
function append(io: Io, path: string, text: string): void {
  try {
    appendFileSync(path, text)
  } catch (error) {
    complain(io, `${path}: the summary of the job could not be written: ${reasonOf(error)}`)
  }
}

function write(io: Io, path: string, text: string): boolean {
  const saved = saveText(text, path, 'the report')
  if (!saved.ok) complainOf(io, saved.problem)
  return saved.ok
}

/** What is missing in a report must not look like a pass. */
const notJudged = (command: string, why: string): CiOutcome => ({
  suite: command,
  name: 'all was judged',
  status: 'error',
  why,
})

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
