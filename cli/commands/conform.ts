import { join, relative } from 'node:path'
import { type Command, Option } from 'commander'
import type { Problem, Result } from '../../base/result.js'
import type { Divergence } from '../../conform/oracle/check.js'
import { noEvidence } from '../../conform/oracle/rule-evidence.js'
import { type InterfaceName, interfaceNames } from '../../conform/protocol/messages.js'
import { type BesideName, kvmBeside } from '../../conform/protocol/setting.js'
import type { ReportSubject } from '../../conform/runner/report.js'
import { type ConformOptions, conform, openConformance } from '../../conform/runner/run.js'
import { packagePath } from '../../report/explain/package-text.js'
import { quoted } from '../../report/text/command.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { archivedSequences } from '../archive.js'
import { keepDivergence } from '../conformance/keep.js'
import { progressLines } from '../conformance/progress.js'
import { printReport } from '../conformance/report.js'
import { addRuleEvidence, evidenceBefore, evidenceOf } from '../conformance/rule-evidence.js'
import { conformShare } from '../conformance/share.js'
import { Status } from '../exit-status.js'
import { addCells, type CellOptions } from '../options/cells.js'
import { addCiReports, areCiReportsWhole, type CiReports } from '../options/ci-reports.js'
import type { FoundTarget, LinuxGuestWords } from '../options/found-target.js'
import { backingOption, iommuOption } from '../options/linux-target.js'
import { openPlatforms } from '../options/own.js'
import { findTarget } from '../options/target.js'
import { knownPlatform, seconds, wholeNumber } from '../options/values.js'
import { complainOf, type End, type Io } from '../terminal/io.js'
import { runWatched } from '../terminal/watch.js'

interface ConformWords extends CiReports, LinuxGuestWords, CellOptions {
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
  readonly json?: boolean
  readonly ruleCoverage?: string
  readonly save: string
  readonly fresh?: boolean
}

const defaultRuns = 1000
/** Where divergences are saved by default, relative to the working directory. */
export const conformanceFolder = join('.dmaproof', 'conformance')

export function addConform(program: Command, io: Io, end: End): void {
  const command = program
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
    .addOption(iommuOption())
    .option('--json', 'print one object')
    .option('--rule-coverage <file>', 'add the rules behind right replies to a file')
    .option('--save <folder>', 'where divergences are kept, and tried first the next time', conformanceFolder)
    .option('--fresh', 'do not try first what was kept')
    .addHelpText('after', examples)
  addCiReports(addCells(command)).action(async (target: string, words: ConformWords) =>
    end(await runConform(io, target, words)),
  )
}

const examples = (): string => `
Exit status: 0 no divergence · 1 a divergence · 2 bad input, or the target does not start · 3 interrupted

Examples:
  dmaproof conform ./page_table --interface page-table
  dmaproof conform ${quoted(`python3 ${examplePath()} wrong-cursor`)} --interface page-table --time 30
  dmaproof conform mapper --interface iommufd --runs 5000 --junit report.xml
  dmaproof conform linux --kernel 7.2 --interface iommufd --runs 500
  dmaproof conform ./page_table --interface page-table --runs 100000 --shard 1/8 --results part-1
  dmaproof conform linux --kernel 6.12 --interface kvm --beside type1v2
  dmaproof conform linux --kernel 7.2 --interface type1v2 --iommu amd-vi`

/** From the working directory: in a clone, or in the folder of an installed package. */
const examplePath = (): string => relative('.', packagePath('examples/page_table.py'))

const collectTexts = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

async function runConform(io: Io, word: string, words: ConformWords): Promise<number> {
  if (!areCiReportsWhole(io, words)) return Status.BadInput
  const catalogue = await openPlatforms()
  if (!catalogue.ok) {
    complainOf(io, catalogue.problem)
    return Status.BadInput
  }
  const target = await findTarget(word, words)
  const on = words.interface ?? (target.ok ? target.value.named.interface : undefined)
  const wrong = target.ok ? wrongWith(words, catalogue.value) : target.problem
  if (!target.ok || on === undefined || wrong !== undefined) {
    complainOf(io, wrong ?? missingInterface)
    return Status.BadInput
  }
  if (words.results !== undefined) return inCells(io, on, target.value, words, catalogue.value)
  const kept = new Map<Divergence, Result<string>>()
  const ruleEvidence = noEvidence()
  const result = await runWatched(io, 'conform', (watch) =>
    conform(target.value.open, {
      ...optionsOf(io, words, target.value),
      ...(words.ruleCoverage === undefined ? {} : { ruleEvidence }),
      ...watch,
      ...progressLines(io, watch),
      interface: on,
      onFound: ({ divergence }, about) => kept.set(divergence, keep(divergence, about, words, target.value)),
    }),
  )
  if (!result.ok) {
    complainOf(io, result.problem)
    return Status.BadInput
  }
  const status = printReport(io, result.value, { ...words, word: target.value.word }, kept)
  if (words.ruleCoverage === undefined || status !== Status.Held) return status
  const run = evidenceOf(result.value, words.seed, ruleEvidence, on)
  const added = addRuleEvidence(words.ruleCoverage, result.value, run)
  if (!added.ok) complainOf(io, added.problem)
  return added.ok ? status : Status.BadInput
}

/** The same cell by cell. What was kept before is not tried first: a cell says the same whatever others found. */
async function inCells(
  io: Io,
  on: InterfaceName | 'kvm',
  target: FoundTarget,
  words: ConformWords,
  catalogue: Catalogue,
): Promise<number> {
  const whole = { ...words, runs: words.runs ?? defaultRuns, fresh: true }
  const opened = await openConformance(target.open, { ...optionsOf(io, whole, target), interface: on })
  if (opened.ok) return conformShare(io, opened.value, { ...words, target, catalogue }, words)
  complainOf(io, opened.problem)
  return Status.BadInput
}

const missingInterface: Problem = { message: `--interface: missing; expected one of ${interfaceNames.join(', ')}, kvm` }

/** What can be told to be wrong before anything is asked. */
function wrongWith({ platform = [], ruleCoverage }: ConformWords, catalogue: Catalogue): Problem | undefined {
  const unknown = platform.map((text) => knownPlatform(text, catalogue)).find((known) => !known.ok)
  if (unknown?.ok === false) return unknown.problem
  const evidence = ruleCoverage === undefined ? undefined : evidenceBefore(ruleCoverage)
  return evidence?.ok === false ? evidence.problem : undefined
}

function optionsOf(io: Io, words: ConformWords, { named }: FoundTarget): Omit<ConformOptions, 'interface'> {
  const { beside, runs, time, seed, length, jobs, save, fresh } = words
  const most = runs ?? (time === undefined ? defaultRuns : Number.MAX_SAFE_INTEGER)
  const saved = fresh === true ? [] : archivedSequences(io, save)
  const platforms = words.platform ?? (named.platform === undefined ? undefined : [named.platform])
  return {
    ...{ runs: most, seed, length, jobs, saved },
    ...(time === undefined ? {} : { time }),
    ...(beside === undefined ? {} : { beside }),
    ...(platforms && { platforms }),
  }
}

const keep = (
  divergence: Divergence,
  about: ReportSubject,
  { save, seed }: ConformWords,
  { guest }: FoundTarget,
): Result<string> =>
  keepDivergence(divergence, about, { what: divergence.sequence.setting.interface, seed, guest, folder: save })
