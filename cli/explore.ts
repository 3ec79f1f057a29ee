import type { Command } from 'commander'
import { exploreJson } from '../report/explore-json.js'
import { type ExploredTarget, exploredText } from '../report/explored.js'
import { makePaint } from '../report/paint.js'
import { defaultFolder } from '../report/save.js'
import { walkedJson, walkedText } from '../report/walked.js'
import { openAll } from '../search/explore/openings.js'
import { simulate } from '../search/explore/simulate.js'
import type { Spec } from '../search/explore/spec.js'
import { mostStoredStates } from '../search/explore/store.js'
import { mostThreads } from '../search/explore/tally.js'
import { ExploredTargets } from './explored-targets.js'
import { complain, type End, type Io } from './io.js'
import { complainUnsaved, statusOf } from './keep.js'
import { machineOptions } from './machine-options.js'
import type { MachineOptions } from './machines.js'
import { bytes, runLength, seconds, wholeNumber } from './options.js'
import { Status } from './status.js'
import { targetsOf } from './targets.js'

export interface ExploreOptions extends MachineOptions {
  readonly states?: number
  readonly memory?: number
  readonly time?: number
  readonly workers: number
  readonly symmetry?: boolean
  readonly fields?: boolean
  readonly resume?: boolean
  readonly every: number
  readonly checkpoints: string
  readonly json?: boolean
  readonly save: string
  readonly random?: boolean
  readonly seed: number
}

export function addExplore(program: Command, io: Io, end: End): void {
  program
    .command('explore')
    .description('see every state of a design, or of the yardstick b1: what holds there, holds within the scope')
    .argument('<target>', 'a name as in: dmaproof list designs; or b1')
    .option('--states <n>', 'states to store at the most', wholeNumber(1, mostStoredStates))
    .option('--memory <size>', 'memory for states, as in 512M or 8G (usually six tenths of what is free)', bytes)
    .option('--time <seconds>', 'seconds for each machine at the most', seconds)
    .option('--workers <n>', 'threads that search together', wholeNumber(1, mostThreads), 1)
    .option(
      '--scope <k=v,…>',
      'sizes of the machine: pages=4,vcpus=2 (a field: dmaproof explain FIELD); of b1: N=6,V=2,D=2',
    )
    .addOption(machineOptions.platform)
    .addOption(machineOptions.property)
    .addOption(machineOptions.driver)
    .addOption(machineOptions.parts)
    .addOption(machineOptions.lock)
    .option('--symmetry', 'look at one of the states that differ only in which vCPU, device or page is which')
    .option('--fields', 'print which fields make the states many, and which values most of them have')
    .option('--resume', 'go on where an earlier search of the same machine was cut short')
    .option('--every <seconds>', 'save a search that goes on, so that it can be resumed when it is killed', seconds, 60)
    .option('--checkpoints <folder>', 'where searches that were cut short are kept', '.dmaproof/checkpoints')
    .option('--random', 'walk at random instead, for --time seconds, and say how fast')
    .option('--seed <n>', 'for --random', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--json', 'print one object')
    .option('--save <folder>', 'where counterexamples are kept', defaultFolder)
    .addHelpText('after', examples)
    .action(async (target: string, options: ExploreOptions) => end(await explore(io, target, options)))
}

const examples = `
Exit status: 0 everything holds · 1 violated · 2 bad input · 3 inconclusive (a bound was reached) or vacuous

Examples:
  dmaproof explore on-demand-4k
  dmaproof explore hitless-cut --scope pages=4,vcpus=1 --property no-stale-frame --fields
  dmaproof explore on-demand-superpage --workers 2 --memory 8G --time 600   (^C, then once more with --resume)
  dmaproof explore b1 --scope N=6,V=2,D=2 --json
  dmaproof explore b1 --scope N=6,V=2,D=2 --random --time 5 --json`

async function explore(io: Io, target: string, options: ExploreOptions): Promise<number> {
  const targets = targetsOf(target, options)
  if (!targets.ok) {
    complain(io, targets.message)
    return Status.BadInput
  }
  if (options.random === true) return walk(io, targets.value, options)
  const explored = await new ExploredTargets(io, options).all(targets.value)
  if (!explored.ok) {
    complain(io, explored.message)
    return Status.BadInput
  }
  const { found, wrong } = explored.value
  if (found.length > 0) tell(io, found, options)
  if (wrong !== undefined) complain(io, wrong)
  const isUnsaved = complainUnsaved(
    io,
    found.flatMap((one) => one.judged),
    options.json === true ? io.err : undefined,
  )
  return statusOf(
    found.map(({ verdict }) => verdict),
    { isBad: wrong !== undefined || isUnsaved, isWhole: found.length === targets.value.length },
  )
}

function tell(io: Io, found: readonly ExploredTarget[], options: ExploreOptions): void {
  io.out(options.json === true ? exploreJson(found) : exploredText(found, makePaint(io.colors)))
}

const usualWalk = 5

/** `--random`: how many steps a second, and whether any of them failed. */
function walk(io: Io, targets: readonly Spec[], options: ExploreOptions): number {
  const opened = openAll(targets)
  if (!opened.ok) {
    complain(io, opened.message)
    return Status.BadInput
  }
  const systems = opened.value.flatMap((one) => ('system' in one ? [one.system] : []))
  if (systems.length === 0) {
    const [no] = opened.value.flatMap((one) => ('verdicts' in one ? one.verdicts : []))
    complain(io, `none of the machines can be: ${no?.why}`)
    return Status.BadInput
  }
  const time = (options.time ?? usualWalk) / systems.length
  const walks = systems.map((system) => simulate(system, { seed: options.seed, length: runLength, time }))
  io.out(options.json === true ? walkedJson(walks) : walkedText(walks))
  return walks.some(({ failed }) => failed !== 0) ? Status.Violated : Status.Held
}
