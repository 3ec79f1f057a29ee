import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Command, Option } from 'commander'
import { whyUnreadable } from '../../base/folder.js'
import { ok, problemText, type Result, refuse } from '../../base/result.js'
import { isOutOfMemory } from '../../checker/out-of-memory.js'
import { catalogueFolder } from '../../litmus/catalogue.js'
import { makeLitmus } from '../../litmus/litmus.js'
import { defaultLimits, sizeText } from '../../litmus/run.js'
import { outcomeOfBadLitmus } from '../../report/ci/litmus.js'
import type { CiOutcome } from '../../report/ci/outcome.js'
import { type LitmusJson, litmusArray } from '../../report/json/litmus.js'
import type { ThreadFailure } from '../../search/jobs/threads.js'
import { Status, worstStatus } from '../exit-status.js'
import { litmusCells } from '../litmus/cells.js'
import type { RanTest } from '../litmus/run-file.js'
import { type NamedFile, runTests } from '../litmus/run-tests.js'
import { addCells, type CellOptions, Share } from '../options/cells.js'
import { addCiReports, areCiReportsWhole, type CiReports, writeCiReports } from '../options/ci-reports.js'
import { bytes, seconds } from '../options/values.js'
import { complain, type End, type Io } from '../terminal/io.js'
import { makeProgress } from '../terminal/progress.js'
import { report } from '../terminal/report.js'
import { unexpected } from '../terminal/unexpected.js'
import { interruptible } from '../terminal/watch.js'

interface LitmusOptions extends CiReports, CellOptions {
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
Exit status: 0 all as their files say · 1 some differ · 2 a bad file · 3 a bound was reached, or ^C: after the \
test that is running, with the tests before it

Examples:
  dmaproof litmus --catalogue
  dmaproof litmus mine.litmus --show`,
    )
  addCiReports(addCells(command)).action(async (files: string[], options: LitmusOptions) =>
    end(await litmus(io, files, options)),
  )
}

async function litmus(io: Io, given: readonly string[], options: LitmusOptions): Promise<number> {
  if (!areCiReportsWhole(io, options)) return Status.BadInput
  const paths = [...(options.catalogue === true ? [relative('', catalogueFolder)] : []), ...given]
  if (paths.length === 0) {
    complain(io, 'no file was given: name files (*.litmus) or folders of them, or ask for --catalogue')
    return Status.BadInput
  }
  try {
    return await interruptible(io, (isInterrupted) => runAll(io, paths, options, isInterrupted))
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    return notGiven(io, options)
  }
}

function notGiven(io: Io, { memory }: LitmusOptions): number {
  complain(io, `--memory: this machine does not give ${sizeText(memory)} for a test; ask for less`)
  return Status.BadInput
}

async function runAll(
  io: Io,
  paths: readonly string[],
  options: LitmusOptions,
  isInterrupted: () => boolean,
): Promise<number> {
  const files = paths.flatMap(filesOf)
  const opened = options.results === undefined ? Share.open(io, files.length, noPlan, {}) : shareOf(io, files, options)
  const share = Share.begin(io, opened, options)
  if (typeof share === 'number') return share
  const { ran, planned, failure } = await runMine(io, files, share, options, isInterrupted)
  if (failure !== undefined) return failure.isOutOfMemory ? notGiven(io, options) : unexpected(io, failure.stack)
  if (options.json === true) io.out(litmusArray(ran.map(jsonOf)))
  else report(io, share.text(planned))
  const wanted = share.mine().length
  const open = ran.length === wanted ? undefined : `interrupted: ${ran.length} of ${wanted} tests ended`
  if (open !== undefined) complain(io, open)
  const isUnkept = share.complainUnkept(io)
  const isWritten = writeCiReports(io, options, { command: 'litmus', outcomes: () => ran.map(outcomeOf), open })
  const status = worstStatus([
    ...ran.map((one) => ('wrong' in one ? Status.BadInput : one.status)),
    ...(open === undefined ? [] : [Status.Inconclusive]),
    ...(isWritten && !isUnkept ? [] : [Status.BadInput]),
  ])
  return share.withContradictions(io, status)
}

const noPlan = (): never => {
  throw new Error('only a folder of results has a plan')
}

/** The cells of this process. A file that is no test is no cell: it is refused. */
function shareOf(io: Io, files: readonly NamedFile[], options: LitmusOptions): Result<Share> {
  const tests = files.flatMap((file) => ('text' in file ? [file] : []))
  const wrong = files.flatMap((file) => {
    if ('wrong' in file) return [file.wrong]
    const made = makeLitmus(file.text)
    return made.ok ? [] : [problemText(made.problem, file.path, file.text)]
  })
  if (wrong.length > 0) return refuse(wrong.join('\n'))
  return Share.open(io, tests.length, () => litmusCells(tests, options.show === true), options)
}

/** What came of the files of this process, in their order. */
interface RanFiles {
  readonly ran: readonly RanTest[]
  readonly planned: number
  /** What ended the runs before their time. */
  readonly failure: ThreadFailure | undefined
}

/** Runs what is of this process and not known yet: what has a folder of results, in a thread. */
async function runMine(
  io: Io,
  files: readonly NamedFile[],
  share: Share,
  options: LitmusOptions,
  isInterrupted: () => boolean,
): Promise<RanFiles> {
  const { memory, time, show = false, results } = options
  const ran: RanTest[] = []
  const mine = share.mine()
  const progress = makeProgress(io, 'litmus')
  const onRan = (one: RanTest): void => {
    ran.push(one)
    if ('wrong' in one) progress.beside(() => complain(io, one.wrong))
    progress.show(ran.length / mine.length)
    if (options.json !== true && !('wrong' in one)) progress.beside(() => report(io, `${one.text}\n`))
  }
  const { onInterrupt } = io
  const limits = { memory, seconds: time }
  try {
    const inThread = results !== undefined
    const failure = await runTests(files, share, { limits, show, inThread, isInterrupted, onInterrupt, onRan })
    return { ran, planned: mine.filter((index) => share.known(index) === undefined).length, failure }
  } finally {
    progress.stop()
  }
}

const jsonOf = (ran: RanTest): LitmusJson => ('wrong' in ran ? { file: ran.path, error: ran.wrong } : ran.json)

const outcomeOf = (ran: RanTest): CiOutcome => ('wrong' in ran ? outcomeOfBadLitmus(ran.path, ran.wrong) : ran.outcome)

/** The file itself; of a folder the tests in it, by name, or what is wrong with it. */
function filesOf(path: string): NamedFile[] {
  try {
    if (!statSync(path).isDirectory()) return [named(path)]
    const names = readdirSync(path).filter((name) => name.endsWith('.litmus'))
    if (names.length === 0) return [{ path, wrong: `${path}: found a folder without *.litmus files` }]
    return names.sort().map((name) => named(join(path, name)))
  } catch (error) {
    return [{ path, wrong: `${path}: ${unread(error)}` }]
  }
}

function named(path: string): NamedFile {
  const text = readText(path)
  return text.ok ? { path, text: text.value } : { path, wrong: problemText(text.problem, path) }
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
