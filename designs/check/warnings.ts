import type { Problem } from '../../base/result.js'
import { lockNames } from '../../model/machine/state.js'
import { bodyOf, isAcquire } from '../../model/plan/node-names.js'
import type { Plan } from '../../model/plan/plan.js'
import { type Design, fullName, hostOf } from '../design.js'
import { nodesOf } from './flow.js'
import { nodeText } from './nodes.js'
import { problem } from './values.js'

/**
 * What is doubtful of a design that `checkDesign` has passed, and may be meant: the search judges it as it stands. A
 * lock that one conversion takes and the other does not keeps only conversions in the same direction apart.
 *
 * @returns each with design, plan, step and what to do
 * @example
 * for (const doubt of designWarnings(mine)) console.warn(problemText(doubt))
 */
export function designWarnings(design: Design): Problem[] {
  const { toPrivate, toShared, slotRemoved = [], slotAdded = [] } = design
  const plans: readonly Running[] = [
    { name: 'toPrivate', plan: toPrivate },
    { name: 'toShared', plan: toShared },
    { name: 'slotRemoved', plan: slotRemoved },
    { name: 'slotAdded', plan: slotAdded },
  ]
  const running = plans.filter(({ plan }) => plan.length > 0)
  return running.flatMap(({ name, plan }) => {
    const others = running.filter((other) => other.name !== name)
    const opposite = others.filter((other) => other.name === (name === 'toPrivate' ? 'toShared' : 'toPrivate'))
    const isConversion = name === 'toPrivate' || name === 'toShared'
    return acquiresOf(plan, name).flatMap(({ lock, at }) => {
      const without = (isConversion ? opposite : others).filter((other) => !takes(design, other.plan, lock))
      const isAlone = isConversion ? without.length > 0 : without.length === others.length && others.length > 0
      return isAlone ? [aloneProblem(design, name, lock, at, without)] : []
    })
  })
}

interface Running {
  readonly name: string
  readonly plan: Plan
}

function aloneProblem(design: Design, name: string, lock: number, at: string, without: readonly Running[]): Problem {
  const others = without.map((other) => other.name).join(' and ')
  const word = lockNames[lock]
  const says = `takes the lock ${word}, which ${others} ${without.length === 1 ? 'does' : 'do'} not take`
  const remedy =
    `The lock keeps two runs of ${name} apart, and not ${name} and ${others}: take it there, too, ` +
    `by steps.acquire('${word}') and steps.release('${word}'), or leave it so if the source does.`
  return problem(`${fullName(design)}: ${at}`, `${says}, so that both may run at the same time`, remedy)
}

interface Acquire {
  readonly lock: number
  readonly at: string
}

/** Where a plan itself takes each lock for the first time. */
function acquiresOf(plan: Plan, path: string): Acquire[] {
  const all = plan.flatMap((node, index): Acquire[] => {
    const here = `${path}[${index}]`
    if (isAcquire(node)) return [{ lock: node.lock, at: `${here} (${nodeText(node)})` }]
    return acquiresOf(bodyOf(node), `${here}.body`)
  })
  return all.filter(({ lock }, at) => all.findIndex((one) => one.lock === lock) === at)
}

/** Whether a plan takes a lock, itself or by a call that it makes. */
function takes(design: Design, plan: Plan, lock: number): boolean {
  const nodes = nodesOf(plan)
  const called = new Set(nodes.flatMap((node) => ('call' in node ? [node.call] : [])))
  const bodies = design.drivers.flatMap((driver) => {
    const { calls } = hostOf(design, driver)
    return [...called].flatMap((call) => nodesOf(calls[call].body))
  })
  return [...nodes, ...bodies].some((node) => isAcquire(node) && node.lock === lock)
}
