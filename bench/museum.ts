import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { must } from '../base/result.js'
import { planted } from '../bugs/bug.js'
import { questionOf } from '../bugs/hunt.js'
import { type Bug, bugs } from '../bugs/index.js'
import type { Packing } from '../checker/packing.js'
import { makeOwnMemory } from '../checker/state-store.js'
import { plainShare, shortestRun, small, wholeTime } from '../cli/checking/check.js'
import { longestRun } from '../cli/options/values.js'
import { conversionEnds, properties } from '../properties/index.js'
import { type Machine, otherMachines, smallestMachines } from '../search/check/machines.js'
import { searchSmall } from '../search/check/small-search.js'
import { proveMachine } from '../search/exhaustive/verdicts.js'
import type { MachineConfigInput } from '../search/machine-config.js'
import { checkMachine, type Verdict } from '../search/verdict.js'
import { median } from './measure.js'
import { museumChart, museumTable, type Row, type Trial } from './museum-report.js'

// How soon `check` at its default settings finds each bug of the museum: its machines in its order, in one thread.
// `npm run bench:museum -- --seeds 10` writes docs/museum.txt and docs/museum.svg.

const numberAfter = (option: string, otherwise: number): number => {
  const at = process.argv.indexOf(option)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}

/** Seconds for a bug with one seed. */
const limit = numberAfter('--limit', 60)
/** Threads that check has by default on the machine that its time is meant for. */
const threads = 2
/** Seconds and states of the search for a proven minimum. */
const proof = { seconds: 20, states: 2_000_000 }

interface Place extends Machine {
  /** Seconds for this machine. */
  readonly seconds: number
}

/** The machines in the order of check, each with its share of the time. */
function placesOf(bug: Bug): Place[] {
  const question = questionOf(
    bug,
    planted(bug),
    properties.map(({ name }) => name),
  )
  const plain = smallestMachines(question)
  const others = otherMachines(question, plain).map(({ machine }) => machine)
  const shared = (machines: readonly Machine[], share: number): Place[] =>
    machines.map((machine) => ({ ...machine, seconds: (share * wholeTime * threads) / machines.length }))
  return [...shared(plain, plainShare), ...shared(others, 1 - plainShare)]
}

interface Found {
  readonly trial: Trial
  readonly setup: MachineConfigInput | undefined
}

/** Searches until the named property falls, or the time is over. */
function trial(bug: Bug, seed: number): Found {
  const { design } = planted(bug)
  const began = performance.now()
  const elapsed = () => performance.now() - began
  let first: string | undefined
  let runs = 0
  const fallen = new Set<string>()
  for (const { setup, properties: all, seconds } of placesOf(bug)) {
    if (elapsed() > limit * 1000) break
    const asked = all.filter((name) => !fallen.has(name))
    for (const verdict of judge(setup, asked, seed, Math.min(seconds, limit - elapsed() / 1000), design)) {
      runs += verdict.property === asked[asked.length - 1] ? verdict.runs : 0
      if (verdict.verdict !== 'violated') continue
      first ??= verdict.property
      fallen.add(verdict.property)
      if (verdict.property !== bug.breaks) continue
      return { trial: { first, found: true, runs: runs + verdict.runs, ms: elapsed(), length: verdict.steps }, setup }
    }
  }
  return { trial: { first, found: false, runs, ms: elapsed(), length: null }, setup: undefined }
}

/** As check does with one machine: the small search, then random runs. Shrunk, and not searched for shorter ones. */
function* judge(
  setup: MachineConfigInput,
  asked: readonly string[],
  seed: number,
  seconds: number,
  design: ReturnType<typeof planted>['design'],
): Generator<Verdict> {
  const bound = { states: small.states, seconds: Math.min(small.seconds, seconds * small.share) }
  const sure = must(searchSmall(setup, asked, bound, [design]))
  yield* sure
  const rest = asked.filter((name) => !sure.some(({ property }) => property === name))
  const options = {
    seed,
    runs: Number.MAX_SAFE_INTEGER,
    length: longestRun,
    shortest: shortestRun,
    seconds: seconds - bound.seconds,
  }
  if (rest.length > 0) yield* must(checkMachine(setup, rest, options, [design]))
}

/** Actions of the shortest counterexample on a machine; undefined if the bound came first, or loops are asked for. */
function minimum(bug: Bug, setup: MachineConfigInput): number | undefined {
  if (bug.breaks === conversionEnds.name) return undefined
  const memory = (packing: Packing, most: number) => makeOwnMemory(packing, Math.min(most, proof.states))
  const proved = must(proveMachine(setup, [bug.breaks], memory, { seconds: proof.seconds, own: [planted(bug).design] }))
  return proved.verdicts[0]?.steps ?? undefined
}

function measured(bug: Bug, seeds: number, proves: boolean): Row {
  const found = Array.from({ length: seeds }, (_, index) => trial(bug, 1 + index * 1_000_003))
  const setup = found.find((one) => one.setup !== undefined)?.setup
  const least = proves && setup !== undefined ? minimum(bug, setup) : undefined
  return { bug, trials: found.map((one) => one.trial), minimum: least }
}

const seeds = numberAfter('--seeds', 10)
const proves = !process.argv.includes('--no-minimum')
const rows = bugs.map((bug) => {
  const row = measured(bug, seeds, proves)
  console.log(`${bug.id}: ${Math.round(median(row.trials.map(({ ms }) => ms)))} ms`)
  return row
})
const remark = process.argv.includes('--busy') ? 'The machine was busy: times are too long.' : undefined
const save = (name: string, text: string) =>
  writeFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), text)
save('museum.txt', museumTable(rows, { seeds, limit, remark }))
save('museum.svg', museumChart(rows, seeds))
