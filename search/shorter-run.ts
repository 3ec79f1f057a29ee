import { explore } from '../checker/bfs.js'
import { makeOwnMemory, StateStore } from '../checker/state-store.js'
import { placesOf, rows } from '../model/actions/relation.js'
import type { Machine } from '../model/machine/machine.js'
import { conversionEnds, type Property } from '../properties/index.js'
import { ModelSystem } from './exhaustive/model-system.js'
import { runTo } from './exhaustive/path.js'
import type { Run } from './simulator.js'

/** Distinct states after which the search gives up, unless told. */
const maxStates = 200_000

/** Parameters whose values are limited to those below the largest of the run. */
const bounded = ['vcpu', 'device', 'gfn', 'iovfn'] as const

/**
 * Searches breadth-first for a run that violates a property in fewer actions: with the environment's kinds of action,
 * vCPUs, devices and pages of the given run, and no others. `conversion-ends` is left out, which no single state shows.
 *
 * @returns the shortest such run; undefined if there is none, or a bound was reached first
 */
export function shorterRun(
  machine: Machine,
  run: Run,
  property: Property,
  seconds: number,
  states: number = maxStates,
): Run | undefined {
  if (property === conversionEnds || run.length < 2) return undefined
  const system = new ModelSystem(machine, [property], undefined, likeThoseOf(run))
  const memory = makeOwnMemory(system.packing, states)
  const explored = explore(system, memory, { exhaust: false, levels: run.length - 1, seconds })
  const [failure] = explored.failures
  return failure && runTo(system, new StateStore(memory), failure)
}

function likeThoseOf(run: Run): (a: Int32Array) => boolean {
  const isUsed = new Uint8Array(rows.length)
  const most = new Int32Array(bounded.length).fill(-1)
  for (const code of run) {
    isUsed[code[0]] = 1
    for (const [index, place] of places.entries()) {
      const at = place[code[0]]
      if (at > 0) most[index] = Math.max(most[index], code[at])
    }
  }
  return (a) => {
    if (isUsed[a[0]] === 0 && rows[a[0]].by === 'environment') return false
    for (let index = 0; index < places.length; index += 1) {
      const at = places[index][a[0]]
      if (at > 0 && a[at] > most[index]) return false
    }
    return true
  }
}

/** Where each kind's code has each of the bounded parameters, by parameter. */
const places = bounded.map(placesOf)
