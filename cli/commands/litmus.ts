import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { whyUnreadable } from '../../base/folder.js'
import { ok, problemText, type Result, refuse } from '../../base/result.js'
import { isOutOfMemory } from '../../checker/out-of-memory.js'
import { catalogueFolder } from '../../litmus/catalogue.js'
import { type Litmus, makeLitmus } from '../../litmus/litmus.js'
import { type Answer, defaultLimits, type Limits, runLitmus, sizeText } from '../../litmus/run.js'
import { outcomeOfBadLitmus, outcomeOfLitmus } from '../../report/ci/litmus.js'
import type { Outcome } from '../../report/ci/outcome.js'
import { litmusColumns } from '../../report/columns/litmus-run.js'
import { type LitmusJson, litmusJson } from '../../report/json/litmus.js'
import { isAsExpected, litmusText } from '../../report/text/litmus.js'
import { Status, worstStatus } from '../exit-status.js'
import { addCiReports, areCiReportsWhole, type CiReports, writeCiReports } from '../options/ci-reports.js'
import { bytes, seconds } from '../options/values.js'
import { complain, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { interruptible } from '../terminal/watch.js'

interface LitmusOptions extends CiReports {
  readonly catalogue?: boolean
  readonly show?: boolean
  readonly json?: boolean
  readonly time: number
  readonly memory: number
}

export function addLitmus(program: Command, io: Io, end: End): void {
  const command = program
    .command('litmus')
    .description('run litmus tests: one small question each, over all interleavings')
    .argument('[file...]', 'files (*.litmus), or folders of them')
    .option('--catalogue', 'run the catalogue that comes with dmaproof', false)
    .option('--show', 'show a shortest run to a state that decides, in columns', false)
    .option('--json', 'print an array of answers', false)
    .option('--time <seconds>', 'time of one test, at most', seconds, defaultLimits.seconds)
    .addOption(
      new Option('--memory <size>', 'memory for the states of one test, as in 512M or 8G')
        .argParser(bytes)
        .default(defaultLimits.memory, '256M'),
    )
    .addHelpText(
      'after',
      `
The language is explained in docs/litmus.md.
Exit status: 0 all as their files say · 1 some differ · 2 a bad file · 3 a bound was reached, or ^C: after the test that
  is running, with the tests before it

Examples:
  dmaproof litmus --catalogue
  dmaproof litmus mine.litmus --show`,
    )
  addCiReports(command).action(async (files: string[], options: LitmusOptions) => end(await litmus(io, files, options)))
}

/** One file: a test with its answer, or what is wrong with it. */
type Ran = { readonly path: string } & (
  | { readonly litmus: Litmus; readonly answer: Answer }
  | { readonly wrong: string }
)

async function litmus(io: Io, given: readonly string[], options: LitmusOptions): Promise<number> {
  if (!areCiReportsWhole(io, options)) return Status.BadInput
  const paths = [...(options.catalogue === true ? [catalogueFolder] : []), ...given]
  if (paths.length === 0) {
    complain(io, 'no file was given: name files (*.litmus) or folders of them, or ask for --catalogue')
    return Status.BadInput
  }
  try {
    return await interruptible(io, (isInterrupted) => runAll(io, paths, options, isInterrupted))
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    complain(io, `--memory: this machine does not give ${sizeText(options.memory)} for a test; ask for less`)
    return Status.BadInput
  }
}

async function runAll(
  io: Io,
  paths: readonly string[],
  options: LitmusOptions,
  isInterrupted: () => boolean,
): Promise<number> {
  const limits: Limits = { memory: options.memory, seconds: options.time }
  const ran: Ran[] = []
  const files = paths.flatMap(filesOf)
  for (const file of files) {
    await setImmediate() // lets ^C arrive
    if (isInterrupted()) break
    const one = file.wrong === undefined ? runFile(file.path, limits) : { path: file.path, wrong: file.wrong }
    ran.push(one)
    if ('wrong' in one) complain(io, one.wrong)
    if (options.json !== true) tell(io, one, options.show === true)
  }
  if (options.json === true) io.out(`[\n${ran.map((one) => JSON.stringify(jsonOf(one))).join(',\n')}\n]\n`)
  const open = ran.length === files.length ? undefined : `interrupted: ${ran.length} of ${files.length} tests ended`
  if (open !== undefined) complain(io, open)
  const isWritten = writeCiReports(io, options, { command: 'litmus', outcomes: () => ran.map(outcomeOf), open })
  return worstStatus([
    ...ran.map(statusOf),
    ...(open === undefined ? [] : [Status.Inconclusive]),
    ...(isWritten ? [] : [Status.BadInput]),
  ])
}

const jsonOf = (ran: Ran): LitmusJson =>
  'wrong' in ran ? { file: ran.path, error: ran.wrong } : litmusJson(ran.path, ran.litmus, ran.answer)

const outcomeOf = (ran: Ran): Outcome =>
  'wrong' in ran ? outcomeOfBadLitmus(ran.path, ran.wrong) : outcomeOfLitmus(ran.path, ran.litmus, ran.answer)

function tell(io: Io, ran: Ran, show: boolean): void {
  if ('wrong' in ran) return
  const { litmus, answer } = ran
  report(io, `${litmusText(litmus, answer)}\n`)
  const final = show ? deciding(litmus, answer) : undefined
  if (final !== undefined) report(io, `\n${litmusColumns(litmus, answer.runTo(final))}\n`)
  io.out('\n')
}

/** A final state that decides: one in which the proposition holds, for `forall` one in which it does not. */
function deciding({ quantifier }: Litmus, { finals }: Answer): Answer['finals'][number] | undefined {
  const wanted = quantifier !== 'forall'
  const near = finals.toSorted((a, b) => a.nearest - b.nearest)
  return near.find(({ holds }) => holds === wanted) ?? near[0]
}

function runFile(path: string, limits: Limits): Ran {
  const text = readText(path)
  if (!text.ok) return { path, wrong: problemText(text.problem, path) }
  const made = makeLitmus(text.value)
  if (!made.ok) return { path, wrong: problemText(made.problem, path, text.value) }
  return { path, litmus: made.value, answer: runLitmus(made.value, limits) }
}

function statusOf(ran: Ran): number {
  if ('wrong' in ran) return Status.BadInput
  if (ran.answer.cut !== undefined) return Status.Inconclusive
  return isAsExpected(ran.litmus, ran.answer) === false ? Status.Violated : Status.Held
}

/** The file itself; of a folder the tests in it, by name, or what is wrong with it. */
function filesOf(path: string): { readonly path: string; readonly wrong?: string }[] {
  try {
    if (!statSync(path).isDirectory()) return [{ path }]
    const names = readdirSync(path).filter((name) => name.endsWith('.litmus'))
    if (names.length === 0) return [{ path, wrong: `${path}: found a folder without *.litmus files` }]
    return names.sort().map((name) => ({ path: join(path, name) }))
  } catch (error) {
    return [{ path, wrong: `${path}: ${unread(error)}` }]
  }
}

const unread = (error: unknown): string => `${whyUnreadable(error)}; give the path of a litmus test (*.litmus)`

function readText(path: string): Result<string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)))
  } catch (error) {
    if (error instanceof TypeError) return refuse('found bytes that are not UTF-8, expected text')
    return refuse(unread(error))
  }
}
