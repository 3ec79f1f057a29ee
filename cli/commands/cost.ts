import { type Command, Option } from 'commander'
import { ok, type Result, refuse } from '../../base/result.js'
import { type Cost, type CostQuestion, measure } from '../../cost/measure.js'
import { defaults, type Parameters } from '../../cost/parameters.js'
import type { Workload } from '../../cost/workload.js'
import { findWorkload, workloads } from '../../cost/workloads.js'
import { costTable, memoryText } from '../../report/text/cost.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { Status } from '../exit-status.js'
import { machineOptions } from '../options/machine.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { unknownName } from '../options/suggest.js'
import { bytes, collect, knownDesigns, knownPlatform, wholeNumber } from '../options/values.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export interface CostOptions extends OwnOptions {
  readonly workload?: readonly string[]
  readonly guest?: number
  readonly driver?: string
  readonly backing?: 'separate' | 'in-place'
  readonly platform: string
  readonly entryLimit?: number
  readonly memlock?: number
}

export function addCost(program: Command, io: Io, end: End): void {
  program
    .command('cost')
    .description('what a design costs: mappings, tables, pins, flushes and IOTLB misses, counted on the model')
    .argument('<design...>', 'designs, each with all of its drivers')
    .option('--workload <name>', `what the guest does (default: boot): ${names.join(', ')}, all`, collect)
    .option('--guest <size>', "memory of the guest, as in 64G (default: the workload's)", bytes)
    .addOption(machineOptions.driver)
    .addOption(
      new Option('--backing <which>', "one of the design's backings (default: its first)").choices([
        'separate',
        'in-place',
      ]),
    )
    .addOption(machineOptions.platform)
    .option('--entry-limit <n>', 'mappings of a type1 container (default: 65535)', wholeNumber(0, 2 ** 32 - 1))
    .option('--memlock <size>', 'memory that may be locked, as in 8M (default: no limit)', bytes)
    .addOption(designsOption())
    .addHelpText('after', examples)
    .action(async (designs: string[], options: CostOptions) => end(await cost(io, designs, options)))
}

const names = workloads.map(({ name }) => name)

const examples = `
Exit status: 0 measured, whatever it cost · 2 bad input

Examples:
  dmaproof cost on-demand-4k shared-alias
  dmaproof cost on-demand-4k --workload gpgpu --driver iommufd
  dmaproof cost on-demand-4k hitless-coalesce --workload all --guest 64G`

async function cost(io: Io, designs: readonly string[], options: CostOptions): Promise<number> {
  const opened = await openCatalogue(options)
  if (!opened.ok) return bad(io, opened)
  const asked = askedOf(designs, options, opened.value)
  if (!asked.ok) return bad(io, asked)
  for (const [index, questions] of asked.value.entries()) {
    const costs: Cost[] = []
    for (const question of questions) {
      const measured = measure(question, parametersOf(options), opened.value)
      if (measured.ok) costs.push(measured.value)
      else complain(io, `${question.design} ${question.driver}: ${measured.problem.message}`)
    }
    const first = questions[0]
    if (first === undefined || costs.length === 0) continue
    report(io, `${index === 0 ? '' : '\n'}${headOf(first)}\n\n${costTable(costs)}\n`)
  }
  return Status.Held
}

function bad(io: Io, result: Extract<Result<unknown>, { ok: false }>): number {
  complainOf(io, result.problem)
  return Status.BadInput
}

const headOf = ({ workload, pages, platform }: CostQuestion): string =>
  `${workload.name}: ${workload.says}\nA guest of ${memoryText(pages)} on ${platform}.`

const pageBytes = 4096

function parametersOf({ entryLimit = defaults.entryLimit, memlock }: CostOptions): Parameters {
  const memlockPages = memlock === undefined ? defaults.memlockPages : Math.floor(memlock / pageBytes)
  return { ...defaults, entryLimit, memlockPages }
}

/** What is measured, by workload. */
function askedOf(designs: readonly string[], options: CostOptions, catalogue: Catalogue): Result<CostQuestion[][]> {
  const known = knownDesigns(designs, catalogue)
  if (!known.ok) return known
  const platform = knownPlatform(options.platform, catalogue)
  if (!platform.ok) return platform
  const wanted = workloadsOf(options.workload)
  if (!wanted.ok) return wanted
  const questions: CostQuestion[][] = []
  for (const workload of wanted.value) {
    const asked = machinesOf(known.value, options, catalogue)
    if (!asked.ok) return asked
    const pages = options.guest === undefined ? workload.pages : Math.floor(options.guest / pageBytes)
    questions.push(asked.value.map((machine) => ({ ...machine, platform: platform.value, workload, pages })))
  }
  return ok(questions)
}

function workloadsOf(wanted: readonly string[] = ['boot']): Result<readonly Workload[]> {
  if (wanted.includes('all')) return ok(workloads)
  const wrong = wanted.find((name) => findWorkload(name) === undefined)
  if (wrong !== undefined) return refuse(unknownName('--workload', wrong, names))
  return ok(wanted.flatMap((name) => findWorkload(name) ?? []))
}

type MachineOfCost = Pick<CostQuestion, 'design' | 'driver' | 'backing'>

function machinesOf(
  designs: readonly string[],
  { driver, backing }: CostOptions,
  catalogue: Catalogue,
): Result<MachineOfCost[]> {
  const machines: MachineOfCost[] = []
  for (const name of designs) {
    const design = catalogue.findDesign(name)
    if (design === undefined) continue
    const drivers = driver === undefined || driver === 'all' ? design.drivers.map((one) => one.name) : [driver]
    for (const one of drivers) {
      const found = catalogue.findDriver(design, one)
      if (!found.ok) return found
      machines.push({ design: name, driver: one, backing: backing ?? design.backings[0] ?? 'separate' })
    }
  }
  return ok(machines)
}
