import type { Command } from 'commander'
import { ok, type Problem, problemText, type Result } from '../../base/result.js'
import { interfaceOf } from '../../conform/design-run/executable.js'
import { type DesignRun, type DesignRunOptions, openDesign, runDesign } from '../../conform/design-run/run.js'
import type { LinuxBacking } from '../../conform/protocol/setting.js'
import { writeTranscript } from '../../conform/protocol/transcript.js'
import { type Design, type Driver, findDesign, fullName } from '../../designs/index.js'
import { designRunJson, designRunText, outcomeOf, seenProperties } from '../../report/text/design-run.js'
import { replayCommand, seenText } from '../../report/text/divergence.js'
import type { Judged } from '../../report/text/judged.js'
import { makePaint } from '../../report/text/paint.js'
import { defaultFolder, saveArchived } from '../../search/archive/save.js'
import { Status } from '../exit-status.js'
import { backingOption } from '../options/linux-target.js'
import { driversOf } from '../options/machines.js'
import { type FoundTarget, findTarget, type Wanted } from '../options/target.js'
import { knownDesigns, knownPlatform, runLength, seconds, wholeNumber } from '../options/values.js'
import { searchAll } from '../search-all.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { makeProgress } from '../terminal/progress.js'

export interface RunWords {
  readonly on: string
  readonly driver?: string
  readonly kernel?: string
  readonly backing?: LinuxBacking
  readonly platform?: string
  readonly runs: number
  readonly length: number
  readonly seed: number
  readonly timeout?: number
  readonly json?: boolean
  readonly save: string
}

/** Of the kernels, the oldest that has all that a plan needs: only a newer one maps files. */
const defaultKernel = '6.12'
const fileKernel = '7.2'
const devices = 4
/** Runs of the model's search, as in `check`. */
const modelRuns = 5000

export function addRun(program: Command, io: Io, end: End): void {
  program
    .command('run')
    .description("carry a design's plan out on an implementation while devices do DMA, and count what is lost")
    .argument('<design>', 'a name as in: dmaproof list designs')
    .requiredOption('--on <target>', 'linux, linux-7.2, …, or another target as for conform')
    .option('--driver <name>', "one of the design's drivers, or all (default: its first)")
    .option('--kernel <name>', `for the target linux, which (default: ${defaultKernel}; to map by file ${fileKernel})`)
    .addOption(backingOption())
    .option('--platform <text>', 'what the target is (default: what it says of itself)')
    .option('--runs <n>', 'fresh containers, each with its boot', wholeNumber(1, 1e6), 20)
    .option('--length <n>', 'conversions of a run', wholeNumber(1, 1000), 8)
    .option('--seed <n>', 'the same seed asks the same', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--timeout <seconds>', 'without a reply for so long the target counts as silent', seconds)
    .option('--json', 'print an array of runs')
    .option('--save <folder>', 'where counterexamples and divergences are kept', defaultFolder)
    .addHelpText('after', help)
    .action(async (name: string, words: RunWords) => end(await runDesigns(io, name, words)))
}

const help = `
The plan is the design's own. Before its first call, between any two, and behind its last, each device makes a DMA that
begins and ends there. The control makes the same DMA without a conversion.

Exit status: 0 nothing lost, and the model finds nothing · 1 something lost, or a reply that the model does not allow ·
  2 bad input, or the target does not start · 3 not applicable, or the counts say nothing

Examples:
  dmaproof run on-demand-superpage --on linux
  dmaproof run on-demand-4k --on linux-7.2 --driver all
  dmaproof run fd-offset --on linux-7.2 --json`

/** @param find opens the target: a test has one of its own */
export async function runDesigns(io: Io, name: string, words: RunWords, find = findTarget): Promise<number> {
  const checked = checkWords(name, words)
  if (!checked.ok) {
    complainOf(io, checked.problem)
    return Status.BadInput
  }
  const { design, drivers } = checked.value
  const ended: number[] = []
  const texts: string[] = []
  for (const driver of drivers) {
    const { status, text } = await runOne(io, design, driver, words, find)
    ended.push(status)
    if (text !== undefined) texts.push(text)
  }
  io.out(words.json === true ? `[${texts.join(',\n')}]\n` : texts.join('\n'))
  return [Status.Violated, Status.BadInput, Status.Inconclusive].find((one) => ended.includes(one)) ?? Status.Held
}

function checkWords(
  name: string,
  { driver, platform }: RunWords,
): Result<{ readonly design: Design; readonly drivers: readonly Driver[] }> {
  const known = knownDesigns([name])
  if (!known.ok) return known
  const design = findDesign(name)
  if (design === undefined) throw new Error(`${name} is known and cannot be found`)
  const names = driversOf(design, driver)
  if (!names.ok) return names
  const right = platform === undefined ? undefined : knownPlatform(platform)
  if (right?.ok === false) return right
  return ok({ design, drivers: design.drivers.filter((one) => names.value.includes(one.name)) })
}

interface Ended {
  readonly status: number
  /** What is to be printed, if there is something. */
  readonly text?: string
}

async function runOne(
  io: Io,
  design: Design,
  driver: Driver,
  words: RunWords,
  find: typeof findTarget,
): Promise<Ended> {
  const { runs, length, seed } = words
  const target = await find(words.on, wantedOf(driver, words))
  const platform = words.platform ?? (target.ok ? target.value.named.platform : undefined)
  const options = { design, driver, runs, length, seed, ...(platform === undefined ? {} : { platform }) }
  const opened = openDesign(options, platform ?? 'linux-7.2')
  if (!opened.ok) return refuse(io, opened.problem, Status.Inconclusive)
  if (!target.ok) return refuse(io, target.problem, Status.BadInput)
  const ran = await watched(io, target.value, options)
  if (!ran.ok) return refuse(io, ran.problem, Status.BadInput)
  const transcript = keep(io, ran.value, words, target.value)
  const judged = await askModel(io, opened.value.setup.scope, options, ran.value.platform, words.save)
  if (judged === undefined) return { status: Status.Inconclusive }
  const text =
    words.json === true
      ? JSON.stringify(designRunJson(ran.value, judged, transcript), null, 1)
      : designRunText(
          ran.value,
          judged,
          transcript && replayCommand(transcript, target.value.word),
          makePaint(io.colors),
        )
  return { status: statuses[outcomeOf(ran.value, judged)], text }
}

const statuses = {
  held: Status.Held,
  violated: Status.Violated,
  differs: Status.Violated,
  untested: Status.Inconclusive,
} as const

function refuse(io: Io, problem: Problem, status: number): Ended {
  complainOf(io, problem)
  return { status }
}

function wantedOf(driver: Driver, { on, kernel, backing, timeout }: RunWords): Wanted {
  const which = kernel ?? (on !== 'linux' ? undefined : driver.byFile === true ? fileKernel : defaultKernel)
  const kvm = which !== 'stock' && on !== 'linux-stock'
  return { interface: interfaceOf(driver), kvm, devices, kernel: which, backing, timeout }
}

async function watched(io: Io, { open }: FoundTarget, options: DesignRunOptions): Promise<Result<DesignRun>> {
  let isInterrupted = false
  const unlisten = io.onInterrupt(() => {
    isInterrupted = true
  })
  const progress = makeProgress(io, 'run')
  const watch = { onProgress: progress.show, isInterrupted: () => isInterrupted }
  const ran = await runDesign(open, { ...options, ...watch })
  unlisten()
  progress.stop()
  return ran
}

/** What the model says of the same design, driver and platform. */
async function askModel(
  io: Io,
  { start, requests }: { readonly start: 'shared' | 'private'; readonly requests: 'pages' | 'superpages' | 'both' },
  { design, driver, seed }: DesignRunOptions,
  platform: string,
  folder: string,
): Promise<readonly Judged[] | undefined> {
  const scope = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, start, requests }
  const setup = { design: fullName(design), driver: driver.name, scope, platform }
  const options = { seed, runs: modelRuns, length: runLength }
  const task = { setup, properties: seenProperties, options }
  const { judged, result } = await searchAll(io, [task], { jobs: 0, folder, title: 'the model' })
  if (result.ended === 'bug') throw new Error(result.stack)
  return result.ended === 'all' ? (judged[0] ?? []) : undefined
}

/** Puts a reply that the model does not allow on disk. @returns where, or null */
function keep(
  io: Io,
  { divergence, target, platform, observes }: DesignRun,
  { save, seed }: RunWords,
  { backing }: FoundTarget,
): string | null {
  if (divergence === undefined) return null
  const about = { target, platforms: [platform], observes: [...observes], seed, why: seenText(divergence.seen) }
  const text = writeTranscript(divergence, { ...about, ...(backing && { backing }) })
  const saved = saveArchived([target, 'run'], text, save, 'the transcript')
  if (saved.ok) return saved.value
  complain(io, `${problemText(saved.problem)}; nothing is lost: in full above`)
  return null
}
