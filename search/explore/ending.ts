import { Reg, registerCount } from '../../model/registers.js'
import { Phase } from '../../model/state.js'
import type { Run } from '../run.js'
import { Shared } from './control.js'
import { Edges } from './edges.js'
import { retrace } from './explore.js'
import { fairCycle, type Lasso } from './fair-cycles.js'
import type { ModelSystem } from './model-system.js'
import { chainTo } from './path.js'
import { blockSize, type Store } from './store.js'

/** A conversion that never ends: the way to a loop, and the loop, as actions. */
export interface Endless {
  readonly run: Run
  /** How many of the run's actions lead up to the loop; the rest is the loop. None: nothing can go on at all. */
  readonly loopFrom: number
  readonly vcpu: number
}

/**
 * Looks, in the complete graph of a search, for a conversion that never ends: a vCPU whose request stays open for ever
 * though everybody does what fair scheduling owes. A host or a TD that is dead owes nobody an end.
 *
 * @param known the steps of the search, if somebody kept them; else they are taken once more
 */
export function endless(system: ModelSystem, store: Store, known?: Edges): Endless | undefined {
  const edges = known ?? retraced(system, store)
  const states = store.shared[Shared.blocks] * blockSize
  for (let vcpu = 0; vcpu < system.machine.scope.vcpus; vcpu += 1) {
    const lasso = fairCycle(edges, states, openFor(system, store, states, vcpu))
    if (lasso !== undefined) return told(system, store, edges, lasso, vcpu)
  }
  return undefined
}

function retraced(system: ModelSystem, store: Store): Edges {
  const edges = new Edges()
  retrace(system, store, edges.add)
  return edges
}

/** Whether, in a stored state, the vCPU's conversion is under way. */
function openFor(system: ModelSystem, store: Store, states: number, vcpu: number): (state: number) => boolean {
  const { state: s, words } = system
  const isOpen = new Uint8Array(states)
  for (let id = 0; id < states; id += 1) {
    store.read(id, words)
    const asked = s.reg[vcpu * registerCount + Reg.requestEnd] !== 0
    isOpen[id] = asked && s.phase[vcpu] !== Phase.Idle && s.hostDead[0] === 0 && s.tdDead[0] === 0 ? 1 : 0
  }
  return (id) => isOpen[id] === 1
}

function told(system: ModelSystem, store: Store, edges: Edges, { state, loop }: Lasso, vcpu: number): Endless {
  const way = [...chainTo(store, state).slice(1), ...loop.map((edge) => edges.target(edge))]
  const target = new Int32Array(system.words.length)
  system.start()
  const run = way.map((id) => {
    store.read(id, target)
    return system.follow(({ key }) => key.every((word, at) => word === target[at]))
  })
  return { run, loopFrom: run.length - loop.length, vcpu }
}
