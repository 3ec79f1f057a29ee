import { properties } from '../properties/index.js'
import { buildMachine, type MachineConfigInput } from '../search/machine-config.js'
import { searchRandom } from '../search/random/random.js'
import type { Choice } from '../search/random/scheduler.js'
import { Simulator } from '../search/simulator.js'
import { figure, perSecond, repeated } from './measure.js'

/** Designs that hold, so that every property is judged to the end of every run. */
const held = ['on-demand-4k', 'fd-offset', 'attributes-first', 'hitless-cut', 'hitless-coalesce', 'replace-domain']

const drivers: Readonly<Record<string, string>> = {
  'on-demand-4k': 'type1v2',
  'hitless-cut': 'hitless-cut',
  'hitless-coalesce': 'hitless-coalesce',
  'fd-offset': 'iommufd-file',
  'replace-domain': 'iommufd-replace',
}

function setupOf(design: string): MachineConfigInput {
  return {
    design,
    driver: drivers[design] ?? 'iommufd',
    platform: 'tdx-2021-reading',
    parts: ['secureEpt', 'content'],
    scope: { pages: 8, pagesPerSuperpage: 2, vcpus: 2, devices: 1 },
  }
}

/** Steps per second of random search: one thread, 8 pages, all properties, six designs in turn in one process. */
export function randomRate(choice: Choice, runs = 600): string {
  const simulators = held.map((design) => {
    const opened = buildMachine(setupOf(design))
    if (!opened.ok) throw new Error(opened.problem.message)
    return new Simulator(opened.value.machine)
  })
  const rate = repeated(5, (round) => {
    const since = performance.now()
    let steps = 0
    for (const simulator of simulators) {
      steps += searchRandom(simulator, properties, { seed: round, runs, length: 200, choice }).steps
    }
    return perSecond(steps, since)
  })
  return `random, ${choice} choice, 8 pages, 13 properties, ${held.length} designs: ${figure(rate)} steps a second`
}
