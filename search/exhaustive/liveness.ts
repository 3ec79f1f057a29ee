import { Shared } from '../../checker/barrier.js'
import { retrace } from '../../checker/bfs.js'
import { EdgeLog } from '../../checker/liveness/edge-log.js'
import { fairCycle, type Lasso } from '../../checker/liveness/fair-cycle.js'
import { blockSize } from '../../checker/memory/store-memory.js'
import { pathTo } from '../../checker/path.js'
import type { StateStore } from '../../checker/state-store.js'
import { hostIsAlive } from '../../model/machine/any-active.js'
import { Reg, registerCount } from '../../model/machine/registers.js'
import { Phase } from '../../model/machine/state.js'
import type { Run } from '../simulator.js'
import type { ModelSystem } from './model-system.js'
import { runAlong } from './path.js'

/** A conversion that never ends: the actions to a loop, and those of the loop. */
export interface NonTermination {
  readonly run: Run
  /** How many of the run's actions lead up to the loop; the rest is the loop. Without a rest no step is enabled. */
  readonly loopFrom: number
  readonly vcpu: number
}

/**
 * Looks, in the complete graph of a search, for a conversion that never ends: a fair cycle on which a vCPU's request
 * stays open. With a dead host or TD no conversion has to end.
 *
 * @param known the steps of the search, if they were logged; else they are taken once more
 */
export function findFairLasso(system: ModelSystem, store: StateStore, known?: EdgeLog): NonTermination | undefined {
  const edges = known ?? retraced(system, store)
  const states = store.shared[Shared.blocks] * blockSize
  for (let vcpu = 0; vcpu < system.machine.scope.vcpus; vcpu += 1) {
    const lasso = fairCycle(edges, states, openFor(system, store, states, vcpu))
    if (lasso !== undefined) return lassoAsRun(system, store, edges, lasso, vcpu)
  }
  return undefined
}

function retraced(system: ModelSystem, store: StateStore): EdgeLog {
  const edges = new EdgeLog()
  retrace(system, store, edges.add)
  return edges
}

/** Whether, in a stored state, the vCPU's conversion is under way. */
function openFor(system: ModelSystem, store: StateStore, states: number, vcpu: number): (state: number) => boolean {
  const { state: s, words } = system
  const isOpen = new Uint8Array(states)
  store.forEachId((id) => {
    store.read(id, words)
    const asked = s.reg[vcpu * registerCount + Reg.requestEnd] !== 0
    isOpen[id] = asked && s.phase[vcpu] !== Phase.Idle && hostIsAlive(s) && s.tdDead[0] === 0 ? 1 : 0
  })
  return (id) => isOpen[id] === 1
}

/** A lasso as the actions that lead to it and around it once. */
function lassoAsRun(
  system: ModelSystem,
  store: StateStore,
  edges: EdgeLog,
  { state, loop }: Lasso,
  vcpu: number,
): NonTermination {
  const path = [...pathTo(store, state), ...loop.map((edge) => edges.target(edge))]
  const run = runAlong(system, store, path)
  return { run, loopFrom: run.length - loop.length, vcpu }
}
