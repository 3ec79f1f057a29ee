import { retrace } from '../../checker/bfs.js'
import { Shared } from '../../checker/control/barrier.js'
import { EdgeLog } from '../../checker/liveness/edge-log.js'
import { fairCycle, type Lasso } from '../../checker/liveness/fair-cycle.js'
import { LoggedSteps, type Steps, UnfoldedSteps } from '../../checker/liveness/steps.js'
import { blockSize } from '../../checker/memory/store-memory.js'
import { pathTo } from '../../checker/path.js'
import type { StateStore } from '../../checker/state-store.js'
import { hostIsAlive } from '../../model/machine/any-active.js'
import { Reg, regOf } from '../../model/machine/registers.js'
import { Phase } from '../../model/machine/state.js'
import type { VcpuId } from '../../model/machine/units.js'
import type { Run } from '../simulator.js'
import { exchangedClasses } from './fairness.js'
import type { ModelSystem } from './model-system.js'
import { runAlong, runThrough } from './path.js'

/** A conversion that never ends: the actions to a loop, and those of the loop. */
export interface NonTermination {
  readonly run: Run
  /** How many of the run's actions lead up to the loop; the rest is the loop. Without a rest no step is enabled. */
  readonly loopFrom: number
  readonly vcpu: number
}

/** The states of a search, and its steps. */
interface Graph {
  readonly system: ModelSystem
  readonly store: StateStore
  readonly edges: EdgeLog
  /** Ids are below this. */
  readonly ids: number
}

/**
 * Looks, in the complete graph of a search, for a conversion that never ends: a fair cycle on which a vCPU's request
 * stays open. With a dead host or TD no conversion has to end.
 *
 * @param known the steps of the search, if they were logged; else they are taken once more
 */
export function findFairLasso(system: ModelSystem, store: StateStore, known?: EdgeLog): NonTermination | undefined {
  const edges = known ?? retraced(system, store)
  const graph: Graph = { system, store, edges, ids: store.shared[Shared.blocks] * blockSize }
  if (system.symmetries?.vcpus === true) return lassoUpToVcpus(graph)
  const steps = new LoggedSteps(edges, graph.ids)
  for (const [vcpu, isOpen] of openStates(graph).entries()) {
    const lasso = fairCycle(steps, (id) => isOpen[id] === 1)
    if (lasso !== undefined) return lassoAsRun(graph, steps, lasso, vcpu)
  }
  return undefined
}

function retraced(system: ModelSystem, store: StateStore): EdgeLog {
  const edges = new EdgeLog()
  retrace(system, store, edges.add)
  return edges
}

/** By vCPU, and of each id, 1 if the vCPU's conversion is under way in the stored state. */
function openStates({ system, store, ids }: Graph): Uint8Array[] {
  const { state: s, words, machine: m } = system
  const isOpen = Array.from({ length: m.scope.vcpus }, () => new Uint8Array(ids))
  store.forEachId((id) => {
    store.read(id, words)
    if (!hostIsAlive(s) || s.tdDead[0] !== 0) return
    for (let vcpu = 0; vcpu < isOpen.length; vcpu += 1) {
      const asked = s.reg[regOf(vcpu, Reg.requestEnd)] !== 0
      isOpen[vcpu][id] = asked && s.phase[vcpu] !== Phase.Idle ? 1 : 0
    }
  })
  return isOpen
}

/** A lasso as the actions that lead to it and around it once. */
function lassoAsRun({ system, store }: Graph, steps: Steps, lasso: Lasso, vcpu: VcpuId): NonTermination {
  const path = [...pathTo(store, lasso.state), ...loopOf(steps, lasso)]
  const run = runAlong(system, store, path)
  return { run, loopFrom: run.length - lasso.loop.length, vcpu }
}

/** The states that a loop leads to, one after the other. */
const loopOf = (steps: Steps, { loop }: Lasso): number[] => loop.map(({ state, edge }) => steps.target(state, edge))

/**
 * Where one state is stored of each two that differ only in which of two vCPUs is which: a conversion of vCPU 1 that
 * never ends is one of vCPU 0 in the images of its states. While one is under way the container is not torn down, which
 * vCPU 0 alone does.
 */
function lassoUpToVcpus(graph: Graph): NonTermination | undefined {
  const { system, edges, ids } = graph
  const steps = new UnfoldedSteps(edges, ids, exchangedClasses(system.machine))
  const isOpen = openStates(graph)
  const lasso = fairCycle(steps, (node) => isOpen[node & 1][node >>> 1] === 1)
  if (lasso === undefined) return undefined
  const path = unfoldedPath(graph, lasso.state >>> 1)
  const vcpu = ((path.at(-1) ?? 0) ^ lasso.state) & 1
  const nodes = [...path.slice(1), ...loopOf(steps, lasso).map((node) => node ^ vcpu)]
  const states = nodes.map((node) => system.read(graph.store, node >>> 1, (node & 1) === 1))
  return { run: runThrough(system, states), loopFrom: path.length - 1, vcpu }
}

/** The nodes of the shortest path to a stored state, or to its image, from the initial one. */
function unfoldedPath({ store, edges }: Graph, id: number): number[] {
  const nodes: number[] = []
  let node = 0
  for (const to of pathTo(store, id)) {
    if (nodes.length === 0) node = to * 2
    else node = to * 2 + ((node & 1) ^ swapsBetween(edges, node >>> 1, to))
    nodes.push(node)
  }
  return nodes
}

function swapsBetween(edges: EdgeLog, from: number, to: number): number {
  for (let edge = edges.first(from); edge < edges.first(from + 1); edge += 1) {
    if (edges.target(edge) === to) return edges.swaps(edge)
  }
  throw new Error('no step leads to the stored state')
}
