import type { Problem } from '../../base/result.js'
import type { Design, Driver } from '../../designs/index.js'
import type { Node, Plan } from '../../model/plan/plan.js'
import { iommufdNoSplit, mirrorState, type Rule, typeUnpinAfterSync } from '../../spec/index.js'
import { drivers } from '../oracle/machine.js'
import type { InterfaceName } from '../protocol/messages.js'

/** The interface whose map and unmap a driver is; undefined for a driver of a design's own. */
export function interfaceOf(driver: Driver): InterfaceName | undefined {
  const found = Object.entries(drivers).find(([, known]) => known === driver)
  return found?.[0] as InterfaceName | undefined
}

/** Steps that stay inside the VMM and need no call. */
const ownSteps: readonly string[] = ['lock.acquire', 'lock.release', 'vmm.check-pool']

/** What a step of a driver's own would need, and the rule that has it otherwise. */
const whyNot: Readonly<Record<string, Rule>> = {
  'iommu.defer-flush': typeUnpinAfterSync,
  'area.split': iommufdNoSplit,
}

/**
 * Whether a design's plan is one of calls that an implementation can be asked for: its driver is an interface of the
 * protocol, step by step, and all that it does beside calls is its own.
 *
 * @returns why it cannot be carried out, with the rule that keeps it so, if one does; undefined if it can
 */
export function notExecutable(design: Design, driver: Driver): Problem | undefined {
  const plans = [design.boot, design.toPrivate, design.toShared, design.undoPrivate ?? [], design.undoShared ?? []]
  const foreign = plans.flatMap(rowsOf).find((row) => !ownSteps.includes(row))
  if (foreign !== undefined)
    return { message: `its plan takes the step ${foreign}, for which the protocol has no call` }
  return interfaceOf(driver) === undefined ? noInterface(driver) : undefined
}

/** Why an implementation does not do what a driver does, and which drivers it has. */
function noInterface(driver: Driver): Problem {
  const names = Object.keys(drivers)
  const known = new Set(Object.values(drivers).flatMap(rowsOfDriver))
  const own = [...new Set(rowsOfDriver(driver).filter((row) => !known.has(row)))]
  const isMirror = driver.accounting === 'none'
  const rule = isMirror ? mirrorState : own.map((row) => whyNot[row]).find((found) => found !== undefined)
  const otherwise = own.length === 0 ? 'takes their steps in an order of its own' : `takes the steps ${own.join(', ')}`
  const steps = isMirror ? 'keeps no accounts of its mappings' : otherwise
  const cited = rule === undefined ? '' : `; ${rule.statement}`
  return {
    message: `its driver ${driver.name} is none of the interfaces ${names.join(', ')}: it ${steps}${cited}`,
    remedy: `An implementation has drivers of its own: list one of those among the design's, and name it by --driver.`,
    ...(rule === undefined ? {} : { rule }),
  }
}

const rowsOfDriver = ({ map, unmap }: Driver): string[] => [map, unmap].flatMap(({ body }) => rowsOf(body))

/** The rows of the steps that a plan takes itself, not through a call. */
function rowsOf(plan: Plan): string[] {
  return plan.flatMap((node: Node): string[] => {
    if ('row' in node) return [node.row]
    return 'body' in node ? rowsOf(node.body) : []
  })
}
