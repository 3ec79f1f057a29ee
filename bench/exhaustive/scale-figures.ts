import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { counted } from '../../base/plural.js'
import { explore } from '../../checker/bfs.js'
import { Shared } from '../../checker/control/barrier.js'
import { pairsOf } from '../../checker/memory/pair-store.js'
import {
  capacityFor,
  makeOwnMemory,
  makeSharedMemory,
  maxCompressedStates,
  pairsPerState,
} from '../../checker/memory/store-memory.js'
import { exploreInThreads, makeSearchThreads } from '../../checker/threads/coordinator.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import { properties } from '../../properties/index.js'
import { type ModelExplorationSpec, makeModelSystem } from '../../search/exhaustive/exploration-spec.js'
import { recipeOf } from '../../search/exhaustive/threads/thread-system.js'
import { figure } from '../measure.js'
import { twoWorkers } from './two-workers.js'

const budget = 16 * 2 ** 30
/** States of a measured search with `--compress`. */
const measured = 1_000_000

/** The designs of the bars, each with 4 pages, 2 vCPUs, all properties. */
export const barDesigns: readonly (readonly [design: string, driver: string])[] = [
  ['on-demand-4k', 'type1v2'],
  ['hitless-cut', 'hitless-cut'],
  ['on-demand-superpage', 'type1v2'],
]

/** Of the machine of a figure. */
export interface Sizes {
  readonly pages: number
  readonly vcpus: number
}
const usual: Sizes = { pages: 4, vcpus: 2 }
/** A machine of which each figure takes no time. */
export const small: Sizes = { pages: 2, vcpus: 1 }

export const sizesText = ({ pages, vcpus }: Sizes): string => `${counted(pages, 'page')}, ${counted(vcpus, 'vCPU')}`

const specOf = (design: string, driver: string, sizes: ScopeInput & Sizes): ModelExplorationSpec => ({
  kind: 'model',
  setup: {
    ...{ design, driver, platform: 'tdx-2021-reading' },
    scope: { pagesPerSuperpage: 2, devices: 1, ...sizes },
  },
  properties: properties.map(({ name }) => name),
  symmetry: false,
})

function systemOf(spec: ModelExplorationSpec) {
  const made = makeModelSystem(spec)
  if (!made.ok) throw new Error(made.problem.message)
  return made.value
}

/** How many states fit in 16 GiB, stored in full and as trees of pairs; and whether the pairs of a search fit. */
export function statesPerMemory(sizes = usual): string[] {
  return barDesigns.map(([design, driver]) => {
    const { packing } = systemOf(specOf(design, driver, sizes))
    const full = capacityFor(packing.stride, budget)
    const compressed = capacityFor(packing.stride, budget, maxCompressedStates, true)
    const system = systemOf(specOf(design, driver, sizes))
    const { memory, states } = explore(system, makeSharedMemory(packing, measured, true), { exhaust: true })
    const pairs = pairsOf(new Int32Array(memory.shared)[Shared.pairBlocks] ?? 0)
    return (
      `${design}, ${sizesText(sizes)}, ${packing.length} words a state: 16 GiB hold ${figure(full)} states, ` +
      `with --compress ${figure(compressed)}, ${(compressed / full).toFixed(2)} times as many, ` +
      `with room for ${pairsPerState} pairs a state; the first ${figure(states)} have ${(pairs / states).toFixed(2)}`
    )
  })
}

/** What symmetry saves, with one vCPU and requests of one page. */
export function symmetryFactors(pages = usual.pages): string[] {
  return barDesigns.map(([design, driver]) => {
    const [plain, symmetric] = [false, true].map((symmetry) => {
      const spec = specOf(design, driver, { pages, vcpus: 1, requests: 'pages' })
      const system = systemOf({ ...spec, symmetry })
      return explore(system, makeOwnMemory(system.packing, 1_000_000), { exhaust: true }).states
    })
    const factor = ((plain ?? 0) / (symmetric ?? 1)).toFixed(2)
    const counts = `${figure(plain ?? 0)} states, ${figure(symmetric ?? 0)} up to symmetry`
    return `${design}, ${sizesText({ pages, vcpus: 1 })}: ${counts}, ${factor} times fewer`
  })
}

/** The full model with one worker thread and with two. */
export async function modelWorkers(sizes = usual, rounds = 7): Promise<string[]> {
  const lines: string[] = []
  for (const [design, driver] of barDesigns) {
    const pool = makeSearchThreads() // one a design: code is compiled for the system that it searches
    const spec = specOf(design, driver, sizes)
    const { packing } = systemOf(spec)
    const timed = async (threads: number) => {
      const options = { threads, exhaust: true, properties: properties.length }
      return (await exploreInThreads(pool, recipeOf(spec), makeSharedMemory(packing, 8_000_000), options)).seconds
    }
    lines.push(await twoWorkers(`${design}, ${sizesText(sizes)}`, timed, rounds).finally(() => pool.end()))
  }
  return lines
}

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url))

/** How long commands take as one would type them, each in a fresh folder. */
export function commandTimes(commands: readonly (readonly string[])[]): string[] {
  return commands.map((words) => {
    const cwd = mkdtempSync(join(tmpdir(), 'dmaproof-bench-'))
    const begun = performance.now()
    const { status } = spawnSync(process.execPath, [program, ...words], { cwd, stdio: 'ignore' })
    const seconds = (performance.now() - begun) / 1000
    rmSync(cwd, { recursive: true })
    return `dmaproof ${words.join(' ')}: ${seconds.toFixed(0)} s, status ${status}`
  })
}
