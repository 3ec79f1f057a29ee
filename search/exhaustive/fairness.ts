import { maxFairnessClasses } from '../../checker/liveness/fair-cycle.js'
import { classSize, fairnessClasses, owedBy, ownerAt } from '../../model/actions/fairness.js'
import { rows } from '../../model/actions/relation.js'
import type { Row } from '../../model/actions/row.js'
import type { Machine } from '../../model/machine/machine.js'

/**
 * Numbers the classes of fair scheduling on a machine: each vCPU with its plan, each vCPU's fault, each unit, each
 * device, each domain. An action that no class of theirs owes (new requests, new DMA, evictions, failures) may never
 * come.
 *
 * @returns of an action the number of its class, or 0
 */
export function fairnessClassesOf(m: Machine, among: readonly Row[] = rows): (a: Int32Array) => number {
  const first = firstClasses(m)
  const base = Int32Array.from(among, ({ fairness }) => first.get(owedBy(fairness) ?? 'none') ?? 0)
  return (a) => (base[a[0]] === 0 ? 0 : base[a[0]] + a[ownerAt])
}

/** How many classes of fair scheduling a machine has; `fairCycle` tells `maxFairnessClasses` apart. */
export const fairnessClassCount = (m: Machine): number =>
  fairnessClasses.reduce((count, name) => count + classSize(m, name), 0)

/** The number of the first class of each sort. */
function firstClasses(m: Machine): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  let next = 1
  for (const name of fairnessClasses) {
    first.set(name, next)
    next += classSize(m, name)
  }
  return first
}

/** The number that each class has when the first two vCPUs are exchanged. */
export function exchangedClasses(m: Machine): Int32Array {
  const numbers = Int32Array.from({ length: maxFairnessClasses + 1 }, (_, number) => number)
  const first = firstClasses(m)
  for (const name of ['vcpu', 'fault'] as const) {
    if (classSize(m, name) < 2) continue
    const ofFirst = first.get(name) ?? 0
    numbers[ofFirst] = ofFirst + 1
    numbers[ofFirst + 1] = ofFirst
  }
  return numbers
}
