import { readFile, writeFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ok, type Result } from '../../base/result.js'
import type { IotlbSizes } from '../../cost/iotlb.js'
import { type CostParameters, defaults, iotlbs, parseIotlb } from '../../cost/parameters.js'
import type { Workload } from '../../cost/workload.js'
import { readWorkload } from '../../cost/workload-file.js'
import { workloads } from '../../cost/workloads.js'
import { costsJson } from '../../report/json/cost.js'
import { costPlot } from '../../report/plot/cost.js'
import { costTable } from '../../report/text/cost.js'
import { askedOf } from '../costs/asked.js'
import { headText, type Measured, measureAll, pageBytes, titleText } from '../costs/measured.js'
import { Status } from '../exit-status.js'
import { machineOptions } from '../options/machine.js'
import { designsOption, type OwnOptions, openCatalogue } from '../options/own.js'
import { bytes, collect, wholeNumber } from '../options/values.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export interface CostOptions extends OwnOptions {
  readonly workload?: readonly string[]
  readonly file?: string
  readonly guest?: number
  readonly driver?: string
  readonly backing?: 'separate' | 'in-place'
  readonly platform: string
  readonly entryLimit?: number
  readonly memlock?: number
  readonly iotlb?: IotlbSizes
  readonly waitUs?: number
  readonly json?: boolean
  readonly svg?: string
}

export function addCost(program: Command, io: Io, end: End): void {
  program
    .command('cost')
    .description('what a design costs: mappings, tables, pins, flushes and IOTLB misses, counted on the model')
    .argument('<design...>', 'designs, each with all of its drivers')
    .option('--workload <name>', `what the guest does (default: boot): ${names}, all`, collect)
    .option('--file <path>', 'a workload of your own: a conversion or a DMA a line, as JSON')
    .option('--guest <size>', "memory of the guest, up to 1T (default: the workload's)", bytes)
    .addOption(machineOptions.driver)
    .addOption(new Option('--backing <which>', "one of the design's backings (default: its first)").choices(backings))
    .addOption(machineOptions.platform)
    .option('--entry-limit <n>', 'mappings of a type1 container (default: 65535)', wholeNumber(1, 2 ** 32 - 1))
    .option('--memlock <size>', 'memory that may be locked, as in 8M (default: no limit)', bytes)
    .option('--iotlb <sizes>', `${iotlbNames}, or entries and ways: 64/4, 64/4+32/4 (default: shared-256)`, iotlb)
    .option('--wait-us <n>', 'microseconds of a wait for invalidations (default: 2)', wholeNumber(0, 1_000_000))
    .addOption(designsOption())
    .option('--json', 'print an array of costs')
    .option('--svg <file>', 'write a picture of one workload: memory against IOTLB misses')
    .addHelpText('after', examples)
    .action(async (designs: string[], options: CostOptions) => end(await cost(io, designs, options)))
}

const backings = ['separate', 'in-place'] as const
const iotlbNames = iotlbs.map(({ name }) => name).join(', ')
const names = workloads.map(({ name }) => name).join(', ')

const examples = `
Exit status: 0 measured, whatever it cost · 2 bad input

Examples:
  dmaproof cost on-demand-4k shared-alias
  dmaproof cost on-demand-4k --workload gpgpu --driver iommufd
  dmaproof cost on-demand-4k hitless-coalesce --workload nvme --guest 64G --svg cost.svg`

/** For commander: the sizes of an IOTLB. */
function iotlb(text: string): IotlbSizes {
  const parsed = parseIotlb(text)
  if (parsed.ok) return parsed.value
  throw new InvalidArgumentError(`${parsed.problem.message}.`)
}

async function cost(io: Io, designs: readonly string[], options: CostOptions): Promise<number> {
  const opened = await openCatalogue(options)
  if (!opened.ok) return bad(io, opened)
  const own = await ownWorkload(options.file)
  if (!own.ok) return bad(io, own, options.file)
  const asked = askedOf(designs, options, own.value, opened.value)
  if (!asked.ok) return bad(io, asked)
  if (options.svg !== undefined && asked.value.length > 1) {
    complain(io, '--svg: a picture is of one workload, found several')
    return Status.BadInput
  }
  const given = parametersOf(options)
  const all: Measured[] = []
  for (const [index, questions] of asked.value.entries()) {
    const measured = measureAll(questions, given, opened.value)
    all.push(measured)
    if (options.json !== true) report(io, `${index === 0 ? '' : '\n'}${textOf(measured, given)}`)
  }
  if (options.json === true) io.out(costsJson(all, given))
  return options.svg === undefined ? Status.Held : draw(io, options.svg, all, given)
}

function bad(io: Io, result: Extract<Result<unknown>, { ok: false }>, file?: string): number {
  complainOf(io, result.problem, file)
  return Status.BadInput
}

const textOf = (measured: Measured, given: CostParameters): string =>
  [
    headText(measured),
    '',
    costTable(measured.costs, given),
    ...measured.notMeasured.map(({ error }) => error),
    '',
  ].join('\n')

async function ownWorkload(path: string | undefined): Promise<Result<Workload | undefined>> {
  if (path === undefined) return ok(undefined)
  try {
    return readWorkload(await readFile(path, 'utf8'), path)
  } catch (error) {
    return { ok: false, problem: { message: `could not be read: ${String(error)}` } }
  }
}

async function draw(io: Io, path: string, all: readonly Measured[], given: CostParameters): Promise<number> {
  const [only] = all
  if (only === undefined) return Status.Held
  try {
    await writeFile(path, costPlot(only.costs, given, titleText(only)))
  } catch (error) {
    complain(io, `${path}: could not be written: ${String(error)}`)
    return Status.BadInput
  }
  return Status.Held
}

function parametersOf(options: CostOptions): CostParameters {
  const { entryLimit = defaults.entryLimit, memlock, iotlb: sizes = defaults.iotlb } = options
  const { waitUs: waitMicroseconds = defaults.waitMicroseconds } = options
  const memlockPages = memlock === undefined ? defaults.memlockPages : Math.floor(memlock / pageBytes)
  return { iotlb: sizes, entryLimit, memlockPages, waitMicroseconds }
}
