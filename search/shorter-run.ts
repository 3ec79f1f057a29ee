import { explore } from '../checker/bfs.js'
import { makeOwnMemory } from '../checker/memory/store-memory.js'
import { StateStore } from '../checker/state-store.js'
import { placesOf, rows } from '../model/actions/relation.js'
import type { Machine } from '../model/machine/machine.js'
import { conversionEnds, type Property } from '../properties/index.js'
import { isBegun } from './completed.js'
import { ModelSystem } from './exhaustive/model-system.js'
import { runTo } from './exhaustive/path.js'
import type { Run } from './simulator.js'

/** Distinct states after which the search gives up, unless told. */
const maxStates = 200_000

/** Parameters whose values are limited to those below the largest of the run. */
const bounded = ['vcpu', 'device', 'gfn', 'iovfn'] as const

/**
 * Searches breadth-first for a run that violates a property in fewer actions, in two steps: first with what the run
 * begins, on parts of its ranges; then with the environment's kinds of action, vCPUs, devices and pages of the run. A
 * plan may be begun that the run does not begin. `conversion-ends` is left out, which no single state shows.
 *
 * @param seconds for both
 * @param states of each
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
  const end = performance.now() + seconds * 1000
  const among = (known: Run, allows: Allows) => {
    const bounds = { exhaust: false, levels: known.length - 1, seconds: (end - performance.now()) / 1000 }
    const system = new ModelSystem(machine, [property], undefined, allows)
    const memory = makeOwnMemory(system.packing, states)
    const [failure] = explore(system, memory, bounds).failures
    return failure && runTo(system, new StateStore(memory), failure)
  }
  const like = likeThoseOf(run)
  const isPart = partOf(run)
  const shorter = among(run, (a) => like(a) && isPart(a))
  return among(shorter ?? run, like) ?? shorter
}

type Allows = (a: Int32Array) => boolean

/**
 * Of a kind that the run begins, what it begins or the same on part of the range. Of another kind, what has no range,
 * or is a well-formed call on part of a range of the run.
 */
function partOf(run: Run): Allows {
  const begun = run.filter(isBegun)
  const ofKind = new Map(begun.map(([kind]) => [kind, begun.filter((code) => code[0] === kind)]))
  const ranges = begun.filter(hasRange)
  return (a) => {
    if (!isBegun(a)) return true
    const same = ofKind.get(a[0])
    if (same !== undefined) return same.some((code) => isAlike(a, code) && isWithin(a, code))
    if (!hasRange(a)) return true
    return (flawAt[a[0]] === 0 || a[flawAt[a[0]]] === 0) && ranges.some((code) => isWithin(a, code))
  }
}

const [countAt, gfnAt, iovfnAt, flawAt] = (['count', 'gfn', 'iovfn', 'flaw'] as const).map(placesOf)

const hasRange = (a: Int32Array): boolean => countAt[a[0]] > 0
const pageAt = (a: Int32Array): number => gfnAt[a[0]] || iovfnAt[a[0]]

/** Whether the range of an action lies in that of another, if it has one. */
function isWithin(a: Int32Array, other: Int32Array): boolean {
  if (!hasRange(a)) return true
  const [from, otherFrom] = [a[pageAt(a)], other[pageAt(other)]]
  return from >= otherFrom && from + a[countAt[a[0]]] <= otherFrom + other[countAt[other[0]]]
}

/** Whether two actions of a kind differ in their range at most. */
function isAlike(a: Int32Array, other: Int32Array): boolean {
  const isOfRange = (at: number) => hasRange(a) && (at === countAt[a[0]] || at === pageAt(a))
  return a.every((value, at) => value === other[at] || isOfRange(at))
}

function likeThoseOf(run: Run): Allows {
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
    const row = rows[a[0]]
    if (isUsed[a[0]] === 0 && row.by === 'environment' && row.plan !== 'begins') return false
    for (let index = 0; index < places.length; index += 1) {
      const at = places[index][a[0]]
      if (at > 0 && a[at] > most[index]) return false
    }
    return true
  }
}

/** Where each kind's code has each of the bounded parameters, by parameter. */
const places = bounded.map(placesOf)
