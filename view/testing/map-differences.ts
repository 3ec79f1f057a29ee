import fc from 'fast-check'
import { must } from '../../base/result.js'
import { kinds } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { encode } from '../../model/machine/action.js'
import { buildMachine, type MachineConfigInput } from '../../search/machine-config.js'
import { runs } from '../../search/random/arbitrary.js'
import { Simulator } from '../../search/simulator.js'
import { record, type Trace } from '../../search/trace.js'
import type { Folded } from '../map/fold.js'
import { entryAt } from '../map/history.js'
import { StateReader } from './cells-of-state.js'

/** For tests: runs of a machine that violate nothing in particular. */
export function randomRuns(input: MachineConfigInput): Trace[] {
  const { machine, setup } = must(buildMachine(input))
  const simulator = new Simulator(machine)
  const drawn = fc.sample(runs(simulator, [], { length: 150 }), { seed: 1, numRuns: 5 })
  return drawn.map(({ run }) => record(simulator, setup, run, { property: 'none', seed: 1, why: '' }))
}

/** For tests: what the map says otherwise than the state of the machine, at each step of a trace. */
export function differences(trace: Trace, { layers, rows, histories }: Folded): string[] {
  const { machine, state } = simulatorOf(trace)
  const reader = new StateReader(machine, state)
  const found: string[] = []
  const all = [...trace.steps, ...(trace.continuation ?? [])]
  for (let taken = 0; taken <= all.length; taken += 1) {
    const { action } = all[taken - 1] ?? {}
    if (action !== undefined) step(machine, state, must(encode(kinds, action)))
    for (const [at, { first }] of rows.entries()) {
      for (const [layer, { key }] of layers.entries()) {
        const [, text, marks] = entryAt(histories[at][layer], taken) ?? []
        const said = reader.cell(key, first)
        if (text === said.text && marks === said.marks) continue
        const where = `${trace.header.setup.design} step ${taken} page ${first} ${key}`
        found.push(`${where}: ${text} ${marks}, the machine has ${said.text} ${said.marks}`)
      }
    }
  }
  return found
}

function simulatorOf({ header }: Trace): Simulator {
  const simulator = new Simulator(must(buildMachine(header.setup)).machine)
  simulator.reset()
  return simulator
}
