import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { must } from '../base/result.js'
import { planted } from '../bugs/bug.js'
import { find, lookFirst, machinesFor, pinnedSeed } from '../bugs/first-look.js'
import { type Bug, bugs } from '../bugs/index.js'
import { makeOwnMemory } from '../checker/memory/store-memory.js'
import type { Packing } from '../checker/packing/packing.js'
import { shorten, wholeTime } from '../cli/checking/check.js'
import { conversionEnds, properties } from '../properties/index.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { inRounds, TimeShares } from '../search/check/rounds.js'
import { proveMachine } from '../search/exhaustive/verdicts.js'
import { buildMachine, type MachineConfigInput, machineConfigSchema, setupText } from '../search/machine-config.js'
import { shorterRun } from '../search/shorter-run.js'
import { Simulator } from '../search/simulator.js'
import { codesOf } from '../search/trace.js'
import type { Verdict } from '../search/verdict.js'
import { type MuseumRow, museumChart, museumTable } from './museum-report.js'
import { type Trial, Trials } from './museum-trials.js'

// How soon `check` at its default settings finds each bug of the museum: its machines in its order, in one thread.
// `npm run bench:museum` writes docs/museum.txt and docs/museum.svg. What is found is kept in a file (--results) and
// not searched again at a second start: remove the file when the search has changed.

const valueAfter = (option: string): string | undefined => {
  const at = process.argv.indexOf(option)
  return at < 0 ? undefined : process.argv[at + 1]
}
const numberAfter = (option: string, otherwise: number): number => Number(valueAfter(option) ?? otherwise)

/** Seconds of processor time for a bug with one seed. */
const limit = numberAfter('--limit', 60)
/** Threads that check has by default on the machine that its time is meant for. */
const threads = 2
const seeds = numberAfter('--seeds', 10)
/** No new search begins after this. */
const end = performance.now() + numberAfter('--minutes', Number.POSITIVE_INFINITY) * 60_000
const proves = !process.argv.includes('--no-minimum')
const asked = bugs.filter(({ id }) => valueAfter('--bugs')?.split(',').includes(id) ?? true)
const dist = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
const trials = new Trials(valueAfter('--results') ?? dist('museum-trials.jsonl'))
/** Seconds and states of the search for a proven minimum. */
const proof = { seconds: 20, states: 2_000_000 }

/** Milliseconds of processor time: other work on the machine changes them less than those of the clock. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Searches until the named property falls, or the time is over: as check does, and in one thread. */
function search(bug: Bug, seed: number): Trial {
  const [began, beganWall] = [processorTime(), performance.now()]
  const searches = inRounds(machinesFor(bug))
  const shares = new TimeShares(searches)
  const fallen = new Set<string>()
  let runs = 0
  const told = () => ({ runs, ms: processorTime() - began, wallMs: performance.now() - beganWall })
  for (const [index, { configuration, machine, round }] of searches.entries()) {
    const left = Math.min(limit, wholeTime * threads) - (processorTime() - began) / 1000
    const open = machine.properties.filter((name) => !fallen.has(name))
    if (left <= 0 || open.length === 0) continue
    const judged = lookFirst(bug, machine.setup, open, { seed, round, seconds: shares.secondsFor(index, left) })
    runs += Math.max(...judged.map((verdict) => verdict.runs))
    const violated = judged.filter(({ verdict }) => verdict === 'violated')
    for (const { property } of violated) fallen.add(property)
    const named = violated.find(({ property }) => property === bug.breaks)
    if (named === undefined) continue
    return { bug: bug.id, seed, limit, found: true, ...told(), configuration, ...lengthsOf(bug, named) }
  }
  return { bug: bug.id, seed, limit, found: false, ...told() }
}

/** How long the counterexample is when check has shrunk it, and on which machine. */
function lengthsOf(bug: Bug, { trace, states, steps }: Verdict): Pick<Trial, 'length' | 'machine' | 'isShortest'> {
  const length = steps ?? undefined
  if (trace === undefined) return { length }
  const machine = setupText(trace.header.setup)
  // The small search goes breadth-first. Of loops none is proven the shortest.
  if (states !== undefined || bug.breaks === conversionEnds.name) {
    return { length, machine, isShortest: states !== undefined }
  }
  const simulator = new Simulator(must(buildMachine(trace.header.setup, withDesigns(planted(bug).design))).machine)
  const run = must(codesOf(simulator, trace)).run
  const property = properties.find(({ name }) => name === bug.breaks)
  const shorter = property && shorterRun(simulator.machine, run, property, shorten)
  return { length: shorter?.length ?? run.length, machine, isShortest: false }
}

/** Actions of the shortest counterexample on a machine; undefined if a bound came first, or it is not searched. */
function minimum(bug: Bug, setup: MachineConfigInput): number | undefined {
  if (bug.breaks === conversionEnds.name) return undefined
  const machine = `${bug.id} ${setupText(setup)}`
  const known = trials.minimum(machine)
  if (known !== undefined || !proves || performance.now() > end) return known?.shortest
  const memory = (packing: Packing, most: number) => makeOwnMemory(packing, Math.min(most, proof.states))
  const bounds = { seconds: proof.seconds, catalogue: withDesigns(planted(bug).design) }
  const shortest = must(proveMachine(setup, [bug.breaks], memory, bounds)).verdicts[0]?.steps ?? undefined
  return trials.keepMinimum({ machine, shortest }).shortest
}

/** By how many actions a counterexample exceeds the shortest on its machine, if that is proven. */
function excessOf(bug: Bug, { length, machine, isShortest }: Trial): number | undefined {
  if (length === undefined || machine === undefined) return undefined
  const least = isShortest === true ? length : minimum(bug, machineConfigSchema.parse(JSON.parse(machine)))
  return least === undefined ? undefined : length - least
}

/** Seeds that count are others. The first searches of a process pay for the compilation of what all of them use. */
const warmUp = (): void => {
  for (const bug of bugs.slice(0, 5)) search(bug, -1)
}

/** Seed by seed, so that a bench that is cut short has some seeds of every bug. */
function searchAll(): void {
  warmUp()
  for (let index = 0; index < seeds; index += 1) {
    const seed = 1 + index * 1_000_003
    for (const bug of asked) {
      if (performance.now() > end) return
      if (trials.trial({ bug: bug.id, seed, limit }) !== undefined) continue
      const { found, ms, configuration = 'not found' } = trials.keepTrial(search(bug, seed))
      console.log(`${bug.id} seed ${seed}: ${found ? configuration : 'not found'}, ${Math.round(ms)} ms`)
    }
  }
}

function rowOf(bug: Bug): MuseumRow {
  const seedAt = (index: number) => 1 + index * 1_000_003
  const all = Array.from({ length: seeds }, (_, index) => trials.trial({ bug: bug.id, seed: seedAt(index), limit }))
  const made = all.flatMap((trial) => trial ?? [])
  const found = find(bug, pinnedSeed)
  const isShortest = found?.verdict.states !== undefined
  const setup = found?.verdict.trace?.header.setup
  const shortest = isShortest ? (found.verdict.steps ?? undefined) : setup && minimum(bug, setup)
  return { bug, trials: made, excess: made.flatMap((trial) => excessOf(bug, trial) ?? []), found, shortest }
}

searchAll()
const rows = asked.map(rowOf)
const least = Math.min(...rows.map((row) => row.trials.length))
const date = new Date().toISOString().slice(0, 10)
const machine = `${date}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
const remark = process.argv.includes('--busy') ? ['The machine was busy with other work.'] : []
const table = museumTable(rows, { seeds: least, limit, remarks: [machine, ...remark] })
const save = (name: string, text: string) => writeFileSync(dist(`../docs/${name}`), text)
if (asked.length === bugs.length) {
  save('museum.txt', table)
  save('museum.svg', museumChart(rows, least))
} else console.log(table)
