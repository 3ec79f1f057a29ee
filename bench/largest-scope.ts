import { freemem } from 'node:os'
import { explore } from '../checker/bfs.js'
import { Stop } from '../checker/control/barrier.js'
import { capacityFor, makeOwnMemory } from '../checker/memory/store-memory.js'
import { designs, fullName } from '../designs/index.js'
import type { ScopeInput } from '../model/machine/scope.js'
import type { MachineConfigInput } from '../search/machine-config.js'
import { judgedSystem } from './judged-system.js'
import { figure } from './measure.js'

/** Seconds within which a search has to end. */
const limit = 60

type Sizes = Required<Pick<ScopeInput, 'pages' | 'vcpus' | 'devices'>>

/** From the smallest, roughly by their states. */
const ladder: readonly Sizes[] = [
  { pages: 2, vcpus: 1, devices: 1 },
  { pages: 2, vcpus: 2, devices: 1 },
  { pages: 4, vcpus: 1, devices: 1 },
  { pages: 4, vcpus: 1, devices: 2 },
  { pages: 4, vcpus: 2, devices: 1 },
  { pages: 6, vcpus: 1, devices: 1 },
  { pages: 4, vcpus: 2, devices: 2 },
  { pages: 8, vcpus: 1, devices: 1 },
  { pages: 6, vcpus: 2, devices: 1 },
]

interface Ended {
  readonly sizes: Sizes
  readonly states: number
  readonly seconds: number
}

/** Each design at the largest scope of the ladder whose every state is seen in time: all properties, one thread. */
export function largestScopes(): string[] {
  return designs.flatMap((design) => {
    const [driver] = design.drivers
    if (driver === undefined) return []
    const setup: MachineConfigInput = {
      design: fullName(design),
      driver: driver.name,
      platform: driver.byFile === true ? 'linux-7.2' : 'tdx-2021-reading',
      scope: { ...design.scope, pagesPerSuperpage: 2, backing: design.backings[0] },
    }
    const largest = climb(setup)
    const head = `largest scope in ${limit} s, ${setup.design} on ${setup.driver}`
    if (largest === undefined) return `${head}: none of the ladder`
    const { sizes, states, seconds } = largest
    const scope = Object.entries(sizes).map(([name, size]) => `${name}=${size}`)
    return `${head}: ${scope.join(',')}: ${figure(states)} states in ${seconds.toFixed(1)} s`
  })
}

/** Climbs until two in a row do not end. */
function climb(setup: MachineConfigInput): Ended | undefined {
  let largest: Ended | undefined
  let failed = 0
  for (const sizes of ladder) {
    const ended = search({ ...setup, scope: { ...setup.scope, ...sizes } })
    failed = ended === undefined ? failed + 1 : 0
    if (failed === 2) break
    if (ended !== undefined && ended.states > (largest?.states ?? 0)) largest = { sizes, ...ended }
  }
  return largest
}

function search(setup: MachineConfigInput): Omit<Ended, 'sizes'> | undefined {
  const system = judgedSystem(setup)
  const { packing } = system
  const memory = makeOwnMemory(packing, capacityFor(packing.stride, freemem() * 0.7))
  const { stop, states, seconds } = explore(system, memory, { exhaust: true, seconds: limit })
  return stop === Stop.Complete ? { states, seconds } : undefined
}
