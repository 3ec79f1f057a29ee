import { B1 } from '../checker/b1.js'
import { explore } from '../checker/bfs.js'
import { makeOwnMemory, makeSharedMemory, recordBytes } from '../checker/memory/store-memory.js'
import { randomWalk } from '../checker/random-walk.js'
import type { System } from '../checker/system.js'
import { exploreInThreads, makeSearchThreads } from '../checker/threads/coordinator.js'
import { properties } from '../properties/index.js'
import { recipeOf } from '../search/exhaustive/threads/thread-system.js'
import { barDesigns, type Sizes, sizesText } from './exhaustive/scale-figures.js'
import { twoWorkers } from './exhaustive/two-workers.js'
import { judgedSystem } from './judged-system.js'
import { figure, median } from './measure.js'
import { packedB1 } from './packed-b1.js'
import { type PeerRate, spin, tlc } from './peers.js'

const pages = 6
const states = 3_456_351
const rounds = 5

function ours(): PeerRate {
  const system = new B1({ N: pages, V: 2, D: 2 })
  const explored = explore(system, makeOwnMemory(system.packing, 4_000_000), { exhaust: true })
  return { rate: explored.states / explored.seconds, states: explored.states }
}

function packed(): PeerRate {
  const begun = performance.now()
  const counts = packedB1(23, 3_500_000)
  return { rate: (counts.states / (performance.now() - begun)) * 1000, states: counts.states }
}

/** Rates of the benchmark B1 and its peers. Each round measures each once, so that load on the machine hits all. */
export function b1Rates(): string[] {
  const peers = [
    { name: 'dmaproof, 1 thread', run: ours },
    { name: 'packed by hand, 1 thread', run: packed },
    spin(pages),
    tlc(pages),
  ]
  const results = peers.map(() => [] as PeerRate[])
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, peer] of peers.entries()) {
      const [first] = results[index] ?? []
      if (first === undefined || !('absent' in first)) results[index]?.push(peer.run())
    }
  }
  const own = ratesOf(results[0] ?? [])
  return peers.map(({ name }, index) => line(name, results[index] ?? [], own))
}

const ratesOf = (results: readonly PeerRate[]): number[] => results.flatMap((one) => ('rate' in one ? [one.rate] : []))

function line(name: string, results: readonly PeerRate[], own: readonly number[]): string {
  const head = `B1 N=${pages} V=2 D=2, ${name}`
  const [first] = results
  if (first === undefined || 'absent' in first) return `${head}: absent (${first?.absent ?? 'not run'})`
  const rates = ratesOf(results)
  const ratio = median(rates.map((rate, round) => (own[round] ?? Number.NaN) / rate))
  const counted = first.states === states ? '' : ` of ${figure(first.states)} states`
  return `${head}: ${figure(median(rates))} states a second${counted}; dmaproof is ${ratio.toFixed(2)} times as fast`
}

/** B1 with one worker thread and with two. @throws Error if states are missing */
export async function b1Workers(): Promise<string> {
  const pool = makeSearchThreads()
  const timed = async (threads: number) => {
    const scope = { N: pages, V: 2, D: 2 }
    const memory = makeSharedMemory(new B1(scope).packing, 4_000_000)
    const options = { threads, exhaust: true, properties: 1 }
    const explored = await exploreInThreads(pool, recipeOf({ kind: 'b1', scope }), memory, options)
    if (explored.states !== states) throw new Error(`${threads} workers found ${explored.states} of ${states} states`)
    return explored.seconds
  }
  return twoWorkers(`B1 N=${pages} V=2 D=2`, timed, rounds).finally(() => pool.end())
}

/** Random steps of B1, each drawn from all that are enabled. */
export function b1Random(): string {
  const { steps, seconds } = randomWalk(new B1({ N: pages, V: 2, D: 2 }), { seed: 1, length: 100, seconds: 3 })
  return `B1 N=${pages} V=2 D=2, random: ${figure(steps / seconds)} steps a second`
}

/** The reference model: 4 pages, 2 vCPUs unless told, all properties, one thread, no symmetry. */
export function modelRates(sizes: Sizes = { pages: 4, vcpus: 2 }): string[] {
  return barDesigns.map(([design, driver]) => {
    const system = modelOf(design, driver, sizes)
    const explored = Array.from({ length: 3 }, () => {
      return explore(system, makeOwnMemory(system.packing, 8_000_000), { exhaust: true })
    })
    const rate = median(explored.map(({ states, seconds }) => states / seconds))
    const { length, stride } = system.packing
    const states = figure(explored[0]?.states ?? 0)
    const beside = recordBytes(stride) - length * 4
    return (
      `${design}, ${sizesText(sizes)}, ${properties.length} properties: ` +
      `${figure(rate)} of ${states} states a second, ` +
      `${system.words.length * 4} bytes a state, ${length * 4} packed and ${beside} beside`
    )
  })
}

function modelOf(design: string, driver: string, sizes: Sizes): System {
  return judgedSystem({
    design,
    driver,
    platform: 'tdx-2021-reading',
    scope: { ...sizes, pagesPerSuperpage: 2, devices: 1 },
  })
}
