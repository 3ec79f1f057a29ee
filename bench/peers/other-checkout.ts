import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { figure, median } from '../measure.js'

const rounds = 7

/** Where another checkout has what an exploration needs: as it is now, and as it was before `checker/` was a folder. */
const layouts = [
  {
    search: 'checker/bfs.js',
    store: 'checker/state-store.js',
    memory: 'checker/memory/store-memory.js',
    b1: 'checker/b1.js',
    model: 'search/exhaustive/exploration-spec.js',
    cutDriver: 'hitless-cut',
  },
  {
    search: 'search/explore/explore.js',
    store: 'search/explore/store.js',
    memory: 'search/explore/store.js',
    b1: 'search/explore/b1.js',
    model: 'search/explore/spec.js',
    cutDriver: 'cut',
  },
] as const

interface System {
  readonly words: Int32Array
  readonly packing?: unknown
}
interface Opened {
  readonly value?: System
}
interface Counts {
  readonly states: number
  readonly transitions: number
  readonly depth: number
}

/** What is used of a checkout, whichever it is: its modules are loaded at run time. */
interface Checkout {
  readonly cutDriver: string
  readonly propertyNames: readonly string[]
  readonly b1: () => System
  readonly model: (design: string, driver: string, properties: readonly string[]) => System
  readonly explore: (system: System, capacity: number) => Counts
}

async function open(folder: string): Promise<Checkout> {
  const dist = resolve(folder, 'dist')
  const layout = layouts.find(({ search }) => existsSync(resolve(dist, search)))
  if (layout === undefined) throw new Error(`${dist} has no compiled search; build that checkout first`)
  const load = (file: string) => import(pathToFileURL(resolve(dist, file)).href)
  const { explore } = await load(layout.search)
  const { makeOwnMemory } = await load(existsSync(resolve(dist, layout.memory)) ? layout.memory : layout.store)
  const { B1 } = await load(layout.b1)
  const { makeModelSystem } = await load(layout.model)
  const { properties } = await load('properties/index.js')
  return {
    cutDriver: layout.cutDriver,
    propertyNames: properties.map(({ name }: { name: string }) => name),
    b1: () => new B1({ N: 5, V: 2, D: 2 }),
    model: (design, driver, names) => {
      const scope = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1 }
      const setup = { design, driver, platform: 'tdx-2021-reading', scope }
      const made: Opened = makeModelSystem({ kind: 'model', setup, properties: names, symmetry: false })
      if (made.value === undefined) throw new Error(`${dist} has no machine of ${design} with driver ${driver}`)
      return made.value
    },
    explore: (system, capacity) =>
      explore(system, makeOwnMemory(system.packing ?? system.words.length, capacity), { exhaust: true }),
  }
}

interface Side {
  readonly checkout: Checkout
  readonly system: System
}

/** Explores on both sides in turns, in one process, and compares CPU time: the machine may have other work. */
function compare(name: string, sides: readonly [Side, Side], capacity: number): string {
  const times: [number[], number[]] = [[], []]
  const counts: Counts[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const at of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const before = process.cpuUsage()
      counts[at] = sides[at].checkout.explore(sides[at].system, capacity)
      const { user, system } = process.cpuUsage(before)
      times[at].push(user + system)
    }
  }
  const [own, other] = times
  const pairs = median(own.map((time, round) => (other[round] ?? Number.NaN) / time))
  const rate = (Math.min(...other) / Math.min(...own)).toFixed(2)
  const [ours, theirs] = counts.map(({ states, transitions, depth }) =>
    [states, transitions, depth].map(figure).join(', '),
  )
  return (
    `${name}: ${rate} times the rate of the other checkout by best time, ` +
    `${pairs.toFixed(2)} by the median of ${rounds} pairs; states, transitions, depth: ${ours}; there ${theirs}`
  )
}

const designs: readonly (readonly [string, (of: Checkout) => string])[] = [
  ['on-demand-4k', () => 'type1v2'],
  ['hitless-cut', ({ cutDriver }) => cutDriver],
  ['on-demand-superpage', () => 'type1v2'],
]

/** B1 and three designs on this checkout and on another, with the properties that both have; a line each. */
export async function* ratesAgainst(folder: string): AsyncGenerator<string, void> {
  const [own, other] = [await open(fileURLToPath(new URL('../../..', import.meta.url))), await open(folder)]
  const names = own.propertyNames.filter((name) => other.propertyNames.includes(name))
  const sides = (system: (checkout: Checkout) => System): readonly [Side, Side] => [
    { checkout: own, system: system(own) },
    { checkout: other, system: system(other) },
  ]
  const b1 = sides((checkout) => checkout.b1())
  yield compare('B1 N=5 V=2 D=2', b1, 700_000)
  for (const [design, driver] of designs) {
    const model = sides((checkout) => checkout.model(design, driver(checkout), names))
    yield compare(`${design}, 4 pages, 2 vCPUs, ${names.length} properties`, model, 4_000_000)
  }
}
