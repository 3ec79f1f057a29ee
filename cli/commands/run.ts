import type { Command } from 'commander'
import { must, ok, type Result } from '../../base/result.js'
import { interfaceOf } from '../../conform/design-run/executable.js'
import { type Design, type Driver, fullName } from '../../designs/index.js'
import type { CiOutcome } from '../../report/ci/outcome.js'
import { defaultFolder } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { runOnTarget } from '../conformance/design-run.js'
import { type DriverOn, helloOf } from '../conformance/run-cells.js'
import { runShare } from '../conformance/run-share.js'
import { Status } from '../exit-status.js'
import { addCells, type CellOptions } from '../options/cells.js'
import { addCiReports, areCiReportsWhole, type CiReports, writeCiReports } from '../options/ci-reports.js'
import type { LinuxGuestWords, WantedTarget } from '../options/found-target.js'
import { backingOption, iommuOption } from '../options/linux-target.js'
import { driversOf } from '../options/machines.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { findTarget } from '../options/target.js'
import { knownDesigns, knownPlatform, seconds, wholeNumber } from '../options/values.js'
import { complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export interface RunWords extends OwnOptions, CiReports, LinuxGuestWords, CellOptions {
  readonly on: string
  readonly driver?: string
  readonly kernel?: string
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

export function addRun(program: Command, io: Io, end: End): void {
  const command = program
    .command('run')
    .description("carry a design's plan out on an implementation while devices do DMA, and count what is lost")
    .argument('<design>', 'a name as in: dmaproof list designs')
    .requiredOption('--on <target>', 'linux, linux-7.2, …, or another target as for conform')
    .option('--driver <name>', "one of the design's drivers, or all (default: its first)")
    .option('--kernel <name>', `for the target linux, which (default: ${defaultKernel}; to map by file ${fileKernel})`)
    .addOption(backingOption())
    .addOption(iommuOption())
    .option('--platform <text>', 'what the target is (default: what it says of itself)')
    .option('--runs <n>', 'fresh containers, each with its boot', wholeNumber(1, 1e6), 20)
    .option('--length <n>', 'conversions of a run', wholeNumber(1, 1000), 8)
    .option('--seed <n>', 'the same seed asks the same', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--timeout <seconds>', 'without a reply for so long the target counts as silent', seconds)
    .addOption(designsOption())
    .option('--json', 'print an array of runs')
    .option('--save <folder>', 'where counterexamples and divergences are kept', defaultFolder)
    .addHelpText('after', help)
  addCiReports(addCells(command)).action(async (name: string, words: RunWords) =>
    end(await runDesigns(io, name, words)),
  )
}

const help = `
The plan is the design's own. Before its first call, between any two, and behind its last, each device makes a DMA \
that begins and ends there. The control makes the same DMA without a conversion.

Exit status: 0 nothing lost, and the model finds nothing · 1 something lost, or a reply that the model does not allow \
· 2 bad input, or the target does not start · 3 not applicable, or the counts say nothing

Examples:
  dmaproof run on-demand-superpage --on linux
  dmaproof run on-demand-4k --on linux-7.2 --driver all
  dmaproof run fd-offset --on linux-7.2 --json
  dmaproof run on-demand-4k --on linux-7.2 --runs 100 --shard 1/4 --results part-1`

/** Runs designs on a target. @param find opens the target by its name; tests replace it @returns the exit status */
export async function runDesigns(io: Io, name: string, words: RunWords, find = findTarget): Promise<number> {
  if (!areCiReportsWhole(io, words)) return Status.BadInput
  const catalogue = await openCatalogue(words, io)
  const checked = catalogue.ok ? checkWords(name, words, catalogue.value) : catalogue
  if (!catalogue.ok || !checked.ok) {
    if (!checked.ok) complainOf(io, checked.problem)
    return Status.BadInput
  }
  const { design, drivers, platform } = checked.value
  if (words.results !== undefined) return inCells(io, checked.value, words, catalogue.value, find)
  const ended: number[] = []
  const texts: string[] = []
  const outcomes: CiOutcome[] = []
  const { runs, length, seed, json = false, save: folder } = words
  for (const driver of drivers) {
    const target = await find(words.on, wantedOf(driver, words))
    const options = { design, driver, runs, length, seed, ...(platform === undefined ? {} : { platform }) }
    const {
      status,
      text,
      outcomes: told,
    } = await runOnTarget(io, target, { options, json, folder, catalogue: catalogue.value })
    ended.push(status)
    outcomes.push(...(told ?? [notTold(design, driver)]))
    if (text !== undefined) texts.push(text)
  }
  if (json) io.out(`[${texts.join(',\n')}]\n`)
  else report(io, texts.join('\n'))
  if (!writeCiReports(io, words, { command: 'run', outcomes: () => outcomes })) ended.push(Status.BadInput)
  return [Status.Violated, Status.BadInput, Status.Inconclusive].find((one) => ended.includes(one)) ?? Status.Held
}

/** The same cell by cell: a driver that cannot be run has no cells, and is refused. */
async function inCells(
  io: Io,
  { design, drivers, platform }: Checked,
  words: RunWords,
  catalogue: Catalogue,
  find: typeof findTarget,
): Promise<number> {
  const asked = { ...words, design, platform, catalogue }
  const all: DriverOn[] = []
  try {
    for (const driver of drivers) {
      const target = await find(words.on, wantedOf(driver, words))
      const on = target.ok
        ? await helloOf({ driver, target: target.value, keeps: drivers.length === 1 }, asked)
        : target
      if (!on.ok) {
        complainOf(io, on.problem)
        return Status.BadInput
      }
      all.push(on.value)
    }
    return await runShare(io, all, asked, words)
  } finally {
    for (const { close } of all) await close()
  }
}

/** What could not be run at all; why, is on stderr. */
const notTold = (design: Design, driver: Driver): CiOutcome => ({
  suite: fullName(design),
  name: driver.name,
  status: 'error',
  why: 'it could not be run: the messages say why',
})

interface Checked {
  readonly design: Design
  readonly drivers: readonly Driver[]
  readonly platform: string | undefined
}

function checkWords(name: string, { driver, platform }: RunWords, catalogue: Catalogue): Result<Checked> {
  const known = knownDesigns([name], catalogue)
  if (!known.ok) return known
  const design = catalogue.findDesign(name)
  if (design === undefined) throw new Error(`${name} is known and cannot be found`)
  const names = driversOf(design, driver, catalogue)
  if (!names.ok) return names
  const right = platform === undefined ? undefined : knownPlatform(platform, catalogue)
  if (right?.ok === false) return right
  const drivers = names.value.map((one) => must(catalogue.findDriver(design, one)))
  return ok({ design, drivers, platform: right?.value })
}

function wantedOf(driver: Driver, { on, kernel, backing, iommu, timeout }: RunWords): WantedTarget {
  const which = kernel ?? (on !== 'linux' ? undefined : driver.byFile === true ? fileKernel : defaultKernel)
  const kvm = which !== 'stock' && on !== 'linux-stock'
  return { interface: interfaceOf(driver), kvm, devices, kernel: which, backing, iommu, timeout }
}
