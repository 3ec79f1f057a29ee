import type { Command } from 'commander'
import { maxThreads } from '../../checker/control/counters.js'
import { maxCompressedStates } from '../../checker/memory/store-memory.js'
import { randomWalk } from '../../checker/random-walk.js'
import { outcomesOfVerdicts } from '../../report/ci/verdicts.js'
import { exploreJson } from '../../report/json/exploration.js'
import { walkedJson } from '../../report/json/random-walk.js'
import { exploredText, leftOpenText } from '../../report/text/exploration.js'
import { makePaint } from '../../report/text/paint.js'
import { walkedText } from '../../report/text/random-walk.js'
import { defaultFolder } from '../../search/archive/save.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { buildSystems } from '../../search/exhaustive/build-systems.js'
import type { ExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import type { ExploredTarget } from '../../search/exhaustive/explored-target.js'
import { complainUnsaved } from '../archive.js'
import { Status, statusOf } from '../exit-status.js'
import { writeGraphs } from '../exploration/graphs.js'
import type { ExploreCommandOptions } from '../exploration/options.js'
import { type ExploredShare, explorationCells, exploreShare } from '../exploration/share.js'
import { explorationSpecsOf } from '../exploration/specs.js'
import { addCells, Share } from '../options/cells.js'
import { addCiReports, areCiReportsWhole, writeCiReports } from '../options/ci-reports.js'
import { machineOptions } from '../options/machine.js'
import { designsOption, openCatalogue } from '../options/own.js'
import { bytes, runLength, seconds, wholeNumber } from '../options/values.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export function addExplore(program: Command, io: Io, end: End): void {
  const command = program
    .command('explore')
    .description('see every state of a design, or of the benchmark model b1: what holds there, holds within the scope')
    .argument('<target>', 'a name as in: dmaproof list designs; or b1')
    .option('--states <n>', 'states to store, at most', wholeNumber(1, maxCompressedStates))
    .option('--memory <size>', 'memory for states, as in 512M or 8G (default: six tenths of what is free)', bytes)
    .option('--time <seconds>', 'at most so many seconds for each machine (default scope: 110 for all)', seconds)
    .option('--workers <n>', 'threads that search together', wholeNumber(1, maxThreads), 1)
    .option(
      '--scope <k=v,…>',
      'larger sizes than a proof needs: pages=4,vcpus=2 (a field: dmaproof explain FIELD); of b1: N=6,V=2,D=2',
    )
    .addOption(machineOptions.platform)
    .addOption(machineOptions.property)
    .addOption(machineOptions.driver)
    .addOption(machineOptions.parts)
    .addOption(machineOptions.lock)
    .addOption(designsOption())
    .option('--symmetry', 'look at one of the states that differ only in which vCPU, device or page is which')
    .option('--reduce', 'do not store states that a step leaves on which nothing else depends: fewer states')
    .option('--compress', 'store states as trees of pairs: several times as many fit into memory, and it takes longer')
    .option('--fields', 'print which fields make the states many, and which values most of them have')
    .option('--resume', 'continue where an earlier search of the same machine was cut short')
    .option('--every <seconds>', 'save a running search, so that it can be resumed after it was killed', seconds, 60)
    .option('--checkpoints <folder>', 'where searches that were cut short are kept', '.dmaproof/checkpoints')
    .option('--random', 'walk at random instead, for --time seconds, and say how fast')
    .option('--seed <n>', 'for --random', wholeNumber(-(2 ** 31), 2 ** 31 - 1), 1)
    .option('--graph <file>', 'write every state and step of one small machine there, for Graphviz')
    .option('--automaton <file>', "write what keeps its properties there, as the kernel's rvgen reads it")
    .option('--json', 'print one object')
    .option('--save <folder>', 'where counterexamples are kept', defaultFolder)
    .addHelpText('after', examples)
  addCiReports(addCells(command)).action(async (target: string, options: ExploreCommandOptions) =>
    end(await explore(io, target, options)),
  )
}

const examples = `
Exit status: 0 everything holds · 1 violated · 2 bad input · 3 vacuous or inconclusive: a bound was reached, or
  ^C, SIGTERM or SIGHUP came, which keep what was searched for --resume

Examples:
  dmaproof explore on-demand-4k
  dmaproof explore hitless-cut --scope pages=4,vcpus=1 --property no-stale-frame --fields
  dmaproof explore on-demand-superpage --workers 2 --memory 8G --time 600   (^C, then once more with --resume)
  dmaproof explore mine --designs mine.ts
  dmaproof explore punch-holes --property no-stale-frame --scope pages=1,pagesPerSuperpage=1,vcpus=1 --graph a.dot
  dmaproof explore b1 --scope N=6,V=2,D=2 --json
  dmaproof explore b1 --scope N=6,V=2,D=2 --random --time 5 --json`

async function explore(io: Io, target: string, options: ExploreCommandOptions): Promise<number> {
  if (!areCiReportsWhole(io, options)) return Status.BadInput
  const catalogue = await openCatalogue(options, io)
  const targets = catalogue.ok ? explorationSpecsOf(target, options, catalogue.value) : catalogue
  if (!catalogue.ok || !targets.ok) {
    if (!targets.ok) complainOf(io, targets.problem)
    return Status.BadInput
  }
  const graphs = writeGraphs(targets.value, options, catalogue.value)
  if (!graphs.ok) {
    complainOf(io, graphs.problem)
    return Status.BadInput
  }
  for (const line of graphs.value) io.err(`${line}\n`)
  if (options.random === true) return walk(io, targets.value, options, catalogue.value)
  const cells = () => explorationCells(targets.value, options, catalogue.value)
  const share = Share.begin(io, Share.open(io, targets.value.length, cells, options), options)
  if (typeof share === 'number') return share
  const explored = await exploreShare(io, targets.value, share, options, catalogue.value, teller(io, options))
  if (explored.ok) return tell(io, explored.value, share, options)
  complainOf(io, explored.problem)
  return Status.BadInput
}

/** Says what is behind the last machine, and how the command ends. */
function tell(io: Io, { found, wrong, planned }: ExploredShare, share: Share, options: ExploreCommandOptions): number {
  if (options.json !== true) report(io, leftOpenText(found) + share.text(planned))
  else if (found.length > 0) io.out(exploreJson(found))
  const wanted = share.mine().length
  const open = `interrupted: ${found.length} of ${wanted} machines were searched`
  const isWhole = found.length === wanted
  if (wrong === undefined && !isWhole) complain(io, open)
  if (wrong !== undefined) complainOf(io, wrong)
  const judged = found.flatMap((one) => one.judged)
  const isUnsaved = complainUnsaved(io, judged, options.json === true ? io.err : undefined)
  const isWritten = writeCiReports(io, options, {
    command: 'explore',
    outcomes: () => outcomesOfVerdicts(judged),
    ...(isWhole ? {} : { open }),
  })
  const isUnkept = share.complainUnkept(io)
  const status = statusOf(
    found.map(({ verdict }) => verdict),
    { isBad: wrong !== undefined || isUnsaved || isUnkept || !isWritten, isWhole },
  )
  return share.withContradictions(io, status)
}

/** Prints each machine as soon as it is decided. */
function teller(io: Io, { json }: ExploreCommandOptions): (one: ExploredTarget) => void {
  let before = ''
  return (one) => {
    if (json !== true) report(io, `${before}${exploredText([one], makePaint(io.colors))}`)
    before = '\n'
  }
}

const defaultWalk = 5

/** `--random`: how many steps a second, and whether any of them failed. */
function walk(
  io: Io,
  targets: readonly ExplorationSpec[],
  options: ExploreCommandOptions,
  catalogue: Catalogue,
): number {
  const built = buildSystems(targets, catalogue)
  if (!built.ok) {
    complainOf(io, built.problem)
    return Status.BadInput
  }
  const systems = built.value.flatMap((one) => ('system' in one ? [one.system] : []))
  if (systems.length === 0) {
    const [no] = built.value.flatMap((one) => ('verdicts' in one ? one.verdicts : []))
    complain(io, `none of the machines can be: ${no?.why}`)
    return Status.BadInput
  }
  const time = (options.time ?? defaultWalk) / systems.length
  const walks = systems.map((system) => randomWalk(system, { seed: options.seed, length: runLength, seconds: time }))
  if (options.json === true) io.out(walkedJson(walks))
  else report(io, walkedText(walks))
  return walks.some(({ failed }) => failed !== 0) ? Status.Violated : Status.Held
}
