import { counted } from '../base/plural.js'
import { must } from '../base/result.js'
import { explore } from '../checker/bfs.js'
import { makeOwnMemory } from '../checker/memory/store-memory.js'
import { properties } from '../properties/index.js'
import { ModelSystem } from '../search/exhaustive/model-system.js'
import { buildMachine, type MachineConfigInput } from '../search/machine-config.js'
import { Census } from '../search/random/census.js'
import { searchRandom } from '../search/random/random.js'
import { Simulator } from '../search/simulator.js'
import { figure } from './measure.js'

const one = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, devices: 1 }
const two = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 }
const machines: readonly Pick<MachineConfigInput, 'design' | 'driver' | 'scope'>[] = [
  { design: 'on-demand-4k', driver: 'type1v2', scope: one },
  { design: 'on-demand-4k', driver: 'type1v2', scope: two },
  { design: 'attributes-first', driver: 'iommufd', scope: two },
  { design: 'hitless-cut', driver: 'hitless-cut', scope: two },
  { design: 'pin-all', driver: 'type1v2', scope: { ...two, vcpus: 2 } },
  { design: 'on-demand-4k', driver: 'type1v2', scope: { ...two, vcpus: 2 } },
  { design: 'hitless-cut', driver: 'hitless-cut', scope: { ...two, pages: 4 } },
  { design: 'attributes-first', driver: 'iommufd', scope: { ...two, failures: 1, devices: 2 } },
]

/** Most states that are counted: a machine with more is left out of the table, and says so. */
const maxStates = 4_000_000

/** Estimated beside counted unseen states, a row per fourfold number of runs. @throws Error on too few runs */
export function unseenTable(most = machines.length, counts: readonly number[] = [500, 2000, 8000, 32_000]): string[] {
  const head = '| design | sizes | states in truth | runs | counted | seen | estimated | new states a run |'
  const rows = machines.slice(0, most).flatMap(({ design, driver, scope }) => {
    const { machine } = must(buildMachine({ design, driver, scope, platform: 'tdx-2021-reading' }))
    const system = new ModelSystem(machine, [])
    const truth = explore(system, makeOwnMemory(system.packing, maxStates), { exhaust: true })
    if (truth.states >= maxStates) return [`| ${design} | ${JSON.stringify(scope)} | over ${figure(maxStates)} |`]
    const simulator = new Simulator(machine)
    const [balance] = properties.filter(({ name }) => name === 'accounts-balance')
    const census = new Census()
    const { pages, vcpus, devices, failures = 0 } = machine.scope
    const words = [counted(pages, 'page'), counted(vcpus, 'vCPU'), counted(devices, 'device')]
    const sizes = [...words, ...(failures > 0 ? [counted(failures, 'failure')] : [])].join(', ')
    let made = 0
    return counts.map((runs) => {
      const bounds = { seed: made, runs: runs - made, length: 160, choice: 'biased', census } as const
      searchRandom(simulator, balance === undefined ? [] : [balance], bounds)
      made = runs
      const unseen = census.unseen()
      if (unseen === undefined) throw new Error('too few runs')
      const part = (count: number) => `${figure(count)} (${Math.round((100 * count) / truth.states)} %)`
      const { states, estimated, newPerRun } = unseen
      const figures = [figure(truth.states), figure(runs), figure(unseen.counted), part(states), part(estimated)]
      return `| ${[design, sizes, ...figures, newPerRun.toFixed(newPerRun < 10 ? 2 : 0)].join(' | ')} |`
    })
  })
  return [head, `|${' --- |'.repeat(8)}`, ...rows]
}
