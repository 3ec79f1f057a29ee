import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type Problem, problemText, type Result } from '../../base/result.js'
import type { Divergence } from '../../conform/oracle/check.js'
import { noEvidence } from '../../conform/oracle/rule-evidence.js'
import { type InterfaceName, interfaceNames } from '../../conform/protocol/messages.js'
import { type BesideName, kvmBeside, type LinuxBacking } from '../../conform/protocol/setting.js'
import { type TranscriptAbout, writeTranscript } from '../../conform/protocol/transcript.js'
import type { Found, Report } from '../../conform/runner/report.js'
import { type ConformOptions, conform } from '../../conform/runner/run.js'
import { conformJson, conformJunit, conformText } from '../../report/text/conform.js'
import { replayCommand, seenText } from '../../report/text/divergence.js'
import { makePaint } from '../../report/text/paint.js'
import { saveArchived, saveText } from '../../search/archive/save.js'
import { archivedSequences } from '../archive.js'
import { Status } from '../exit-status.js'
import { backingOption } from '../options/linux-target.js'
import { type FoundTarget, findTarget } from '../options/target.js'
import { knownPlatform, seconds, wholeNumber } from '../options/values.js'
import { addRuleEvidence, evidenceBefore, evidenceOf } from '../rule-evidence.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { makeProgress } from '../terminal/progress.js'

interface ConformWords {
  readonly interface?: InterfaceName | 'kvm'
  readonly beside?: BesideName
  readonly platform?: readonly string[]
  readonly runs?: number
  readonly time?: number
  readonly seed: number
  readonly length: number
  readonly jobs: number
  readonly timeout?: number
  readonly kernel?: string
  readonly backing?: LinuxBacking
  readonly json?: boolean
  readonly junit?: string
  readonly ruleCoverage?: string
  readonly save: string
  readonly fresh?: boolean
}

/** Where each divergence went. */
type Kept = Map<Divergence, Result<string>>

const defaultRuns = 1000
/** Where divergences are saved by default, relative to the working directory. */
const defaultFolder = join('.dmaproof', 'conformance')

export function addConform(program: Command, io: Io, end: End): void {
  program
    .command('conform')
    .description('check another implementation against the model, call by call (docs/protocol.md)')
    .argument('<target>', 'a name in dmaproof.config.json, linux, or a command line that speaks the protocol')
    .addOption(new Option('--interface <name>', 'what to ask of it').choices([...interfaceNames, 'kvm']))
    .addOption(
      new Option('--beside <name>', 'for the interface kvm, what maps (default: the first that there is)').choices(
        kvmBeside,
      ),
    )
    .option('--platform <text>', 'what it may be; again for more (default: what it says of itself)', collectTexts)
    .option('--runs <n>', `random sequences, at most (default: ${defaultRuns})`, wholeNumber(0, 1e9))
    .option('--time <seconds>', 'send nothing new after this time; without --runs, until then', seconds)
    .option('--seed <n>', 'the same seed draws the same', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--length <n>', 'calls of a random sequence', wholeNumber(1, 1000), 30)
    .option('--jobs <n>', 'processes of the target at a time', wholeNumber(1, 64), 1)
    .option('--timeout <seconds>', 'without a reply for so long it counts as silent', seconds)
    .option('--kernel <name>', 'which Linux, for the target linux: as in dmaproof linux list (default: stock)')
    .addOption(backingOption())
    .option('--json', 'print one object')
    .option('--junit <file>', 'write a report for CI')
    .option('--rule-coverage <file>', 'add the rules behind right replies to a file')
    .option('--save <folder>', 'where divergences are kept, and tried first the next time', defaultFolder)
    .option('--fresh', 'do not try first what was kept')
    .addHelpText('after', examples)
    .action(async (target: string, words: ConformWords) => end(await runConform(io, target, words)))
}

const examples = `
Exit status: 0 no divergence · 1 a divergence · 2 bad input, or the target does not start · 3 interrupted

Examples:
  dmaproof conform ./page_table --interface page-table
  dmaproof conform 'python3 examples/page_table.py wrong-cursor' --interface page-table --time 30
  dmaproof conform mapper --interface iommufd --runs 5000 --junit report.xml
  dmaproof conform linux --kernel 7.2 --interface iommufd --runs 500
  dmaproof conform linux --kernel 6.12 --interface kvm --beside type1v2`

const collectTexts = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

async function runConform(io: Io, word: string, words: ConformWords): Promise<number> {
  const target = await findTarget(word, words)
  const on = words.interface ?? (target.ok ? target.value.named.interface : undefined)
  const wrong = target.ok ? wrongWith(words) : target.problem
  if (!target.ok || on === undefined || wrong !== undefined) {
    complainOf(io, wrong ?? missingInterface)
    return Status.BadInput
  }
  const kept: Kept = new Map()
  const { open, named } = target.value
  const platforms = words.platform ?? (named.platform === undefined ? undefined : [named.platform])
  const watched = watch(io, words, target.value, kept)
  const ruleEvidence = noEvidence()
  const result = await conform(open, {
    ...optionsOf(io, words),
    ...(words.ruleCoverage === undefined ? {} : { ruleEvidence }),
    ...watched.options,
    interface: on,
    ...(platforms && { platforms }),
  })
  watched.stop()
  if (!result.ok) {
    complainOf(io, result.problem)
    return Status.BadInput
  }
  const status = report(io, result.value, { ...words, word: target.value.word }, kept)
  if (words.ruleCoverage === undefined || status !== Status.Held) return status
  const run = evidenceOf(result.value, words.seed, ruleEvidence, on)
  const added = addRuleEvidence(words.ruleCoverage, result.value, run)
  if (!added.ok) complainOf(io, added.problem)
  return added.ok ? status : Status.BadInput
}

const missingInterface: Problem = { message: `--interface: missing; expected one of ${interfaceNames.join(', ')}, kvm` }

/** What can be told to be wrong before anything is asked. */
function wrongWith({ platform = [], ruleCoverage }: ConformWords): Problem | undefined {
  const unknown = platform.map(knownPlatform).find((known) => !known.ok)
  if (unknown?.ok === false) return unknown.problem
  const evidence = ruleCoverage === undefined ? undefined : evidenceBefore(ruleCoverage)
  return evidence?.ok === false ? evidence.problem : undefined
}

function optionsOf(io: Io, words: ConformWords): Omit<ConformOptions, 'interface'> {
  const { beside, runs, time, seed, length, jobs, save, fresh } = words
  const most = runs ?? (time === undefined ? defaultRuns : Number.MAX_SAFE_INTEGER)
  const saved = fresh === true ? [] : archivedSequences(io, save)
  const base = { runs: most, seed, length, jobs, saved, ...(time === undefined ? {} : { time }) }
  return beside === undefined ? base : { ...base, beside }
}

/** Progress, the keeping of what is found, and ^C. */
function watch(io: Io, { save, seed }: ConformWords, { backing }: FoundTarget, kept: Kept) {
  let isInterrupted = false
  const unlisten = io.onInterrupt(() => {
    isInterrupted = true
  })
  const progress = makeProgress(io, 'conform')
  const options = {
    onProgress: progress.show,
    onFound: (found: Found, about: Pick<Report, 'target' | 'platforms' | 'observes'>) => {
      const { target, platforms, observes } = about
      const header = { target, platforms: [...platforms], observes: [...observes], seed, ...(backing && { backing }) }
      kept.set(found.divergence, keep(found, header, save))
    },
    isInterrupted: () => isInterrupted,
  }
  const stop = (): void => {
    unlisten()
    progress.stop()
  }
  return { options, stop }
}

function keep({ divergence }: Found, about: Omit<TranscriptAbout, 'why'>, folder: string): Result<string> {
  const text = writeTranscript(divergence, { ...about, why: seenText(divergence.seen) })
  return saveArchived([about.target, divergence.sequence.setting.interface], text, folder, 'the transcript')
}

type ReportWords = Pick<ConformWords, 'json' | 'junit'> & Pick<FoundTarget, 'word'>

function report(io: Io, found: Report, { json, junit, word }: ReportWords, kept: Kept): number {
  const paths = found.divergences.map(({ divergence }) => {
    const saved = kept.get(divergence)
    return saved?.ok === true ? saved.value : null
  })
  const replays = paths.map((path) => path && replayCommand(path, word))
  io.out(json === true ? conformJson(found, paths) : conformText(found, replays, makePaint(io.colors)))
  const unsaved = [...kept.values()].find((saved) => !saved.ok)
  if (unsaved?.ok === false) complain(io, `${problemText(unsaved.problem)}; nothing is lost: in full above`)
  const written = junit === undefined ? undefined : saveText(conformJunit(found), junit, 'the report')
  if (written?.ok === false) complainOf(io, written.problem)
  if (found.divergences.length > 0) return Status.Violated
  if (unsaved !== undefined || written?.ok === false) return Status.BadInput
  return found.cut === undefined && found.sequences > 0 ? Status.Held : Status.Inconclusive
}
