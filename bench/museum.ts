import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { must } from '../base/result.js'
import { planted } from '../bugs/bug.js'
import { look, machinesFor } from '../bugs/first-look.js'
import { type Bug, bugs } from '../bugs/index.js'
import type { Packing } from '../checker/packing.js'
import { makeOwnMemory } from '../checker/state-store.js'
import { shorten, wholeTime } from '../cli/checking/check.js'
import { conversionEnds, properties } from '../properties/index.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { inRounds, TimeShares } from '../search/check/rounds.js'
import { proveMachine } from '../search/exhaustive/verdicts.js'
import { buildMachine, type MachineConfigInput, setupText } from '../search/machine-config.js'
import { shorterRun } from '../search/shorter-run.js'
import { Simulator } from '../search/simulator.js'
import { codesOf } from '../search/trace.js'
import type { Verdict } from '../search/verdict.js'
import { median } from './measure.js'
import { museumChart, museumTable, type Row, type Trial } from './museum-report.js'

// How soon `check` at its default settings finds each bug of the museum: its machines in its order, in one thread.
// `npm run bench:museum -- --seeds 10` writes docs/museum.txt and docs/museum.svg.

const numberAfter = (option: string, otherwise: number): number => {
  const at = process.argv.indexOf(option)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}

/** Seconds of processor time for a bug with one seed. */
const limit = numberAfter('--limit', 60)
/** Threads that check has by default on the machine that its time is meant for. */
const threads = 2
const seeds = numberAfter('--seeds', 10)
const proves = !process.argv.includes('--no-minimum')
const only = process.argv.indexOf('--bugs')
const asked = only < 0 ? bugs : bugs.filter(({ id }) => process.argv[only + 1]?.split(',').includes(id))
/** Seconds and states of the search for a proven minimum. */
const proof = { seconds: 20, states: 2_000_000 }

/** Milliseconds of processor time: other work on the machine changes them less than those of the clock. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Searches until the named property falls, or the time is over: as check does, and in one thread. */
function trial(bug: Bug, seed: number): Trial {
  const began = processorTime()
  const elapsed = () => processorTime() - began
  const searches = inRounds(machinesFor(bug))
  const shares = new TimeShares(searches)
  const fallen = new Set<string>()
  let runs = 0
  for (const [index, { configuration, machine, round }] of searches.entries()) {
    const left = Math.min(limit, wholeTime * threads) - elapsed() / 1000
    const asked = machine.properties.filter((name) => !fallen.has(name))
    if (left <= 0 || asked.length === 0) continue
    const bounds = { seed, round, seconds: shares.secondsFor(index, left) }
    const judged = look(bug, machine.setup, asked, bounds)
    runs += Math.max(...judged.map((verdict) => verdict.runs))
    for (const verdict of judged) {
      if (verdict.verdict !== 'violated') continue
      fallen.add(verdict.property)
      if (verdict.property !== bug.breaks) continue
      return { found: true, runs, ms: elapsed(), configuration, ...lengthsOf(bug, verdict) }
    }
  }
  return { found: false, runs, ms: elapsed(), configuration: undefined, length: undefined, least: undefined }
}

/** How long the counterexample is when check has shrunk it, and the shortest on the same machine if it is known. */
function lengthsOf(bug: Bug, { trace, states, steps }: Verdict): Pick<Trial, 'length' | 'least'> {
  const length = steps ?? undefined
  if (trace === undefined || bug.breaks === conversionEnds.name) return { length, least: undefined }
  // The small search goes breadth-first.
  if (states !== undefined) return { length, least: length }
  const { design } = planted(bug)
  const simulator = new Simulator(must(buildMachine(trace.header.setup, withDesigns(design))).machine)
  const run = must(codesOf(simulator, trace)).run
  const property = properties.find(({ name }) => name === bug.breaks)
  const shorter = property && shorterRun(simulator.machine, run, property, shorten)
  return { length: shorter?.length ?? run.length, least: proves ? minimum(bug, trace.header.setup) : undefined }
}

const minima = new Map<string, number | undefined>()

/** Actions of the shortest counterexample on a machine; undefined if a bound came first. */
function minimum(bug: Bug, setup: MachineConfigInput): number | undefined {
  const key = `${bug.id} ${setupText(setup)}`
  if (minima.has(key)) return minima.get(key)
  const memory = (packing: Packing, most: number) => makeOwnMemory(packing, Math.min(most, proof.states))
  const proved = must(
    proveMachine(setup, [bug.breaks], memory, { seconds: proof.seconds, catalogue: withDesigns(planted(bug).design) }),
  )
  const least = proved.verdicts[0]?.steps ?? undefined
  minima.set(key, least)
  return least
}

const rows = asked.map((bug): Row => {
  const row = { bug, trials: Array.from({ length: seeds }, (_, index) => trial(bug, 1 + index * 1_000_003)) }
  console.log(`${bug.id}: ${Math.round(median(row.trials.map(({ ms }) => ms)))} ms`)
  return row
})
const remark = process.argv.includes('--busy') ? 'The machine was busy with other work.' : undefined
const save = (name: string, text: string) =>
  writeFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), text)
const table = museumTable(rows, { seeds, limit, remark })
if (asked.length === bugs.length) {
  save('museum.txt', table)
  save('museum.svg', museumChart(rows, seeds))
} else console.log(table)
