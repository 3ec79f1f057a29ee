import type { Problem } from '../../base/result.js'
import type { MachineSettings } from '../../model/machine/machine.js'
import { isAcquire } from '../../model/plan/node-names.js'
import type { Call, Host, Plan, Setting } from '../../model/plan/plan.js'
import type { Design, Driver } from '../design.js'
import { type CallsOn, callsOn, type Facts, Flow, factsOf, mayEnd, meet } from './flow.js'
import { problem } from './values.js'

/** A plan of a design, what runs after an error of it, and what is set while they run. */
interface Pair {
  readonly name: string
  readonly plan: Plan
  readonly undoName: string
  readonly undo: Plan
  readonly sets: readonly Setting[]
}

/** What the plans of a design with one of its drivers do wrong on a machine. */
export function machineProblems(design: Design, driver: Driver, host: Host, machine: MachineSettings): Problem[] {
  const calls = callsOn(host.calls, machine)
  const { undoPrivate = [], undoShared = [] } = design
  const pairs: Pair[] = [
    { name: 'boot', plan: design.boot, undoName: '', undo: [], sets: [] },
    { name: 'toPrivate', plan: design.toPrivate, undoName: 'undoPrivate', undo: undoPrivate, sets: ['chunk'] },
    { name: 'toShared', plan: design.toShared, undoName: 'undoShared', undo: undoShared, sets: ['chunk'] },
    ...slotPairs(design),
  ]
  const drivers = `drivers (${driver.name})`
  return [
    ...pairs.flatMap((pair) => pairProblems(pair, calls, machine)),
    ...aroundProblems('added', design.added, calls, machine),
    ...aroundProblems('removed', design.removed, calls, machine),
    ...callProblems(`${drivers}: map`, driver.map, calls, machine),
    ...callProblems(`${drivers}: unmap`, driver.unmap, calls, machine),
    ...callProblems(`${drivers}: attach`, driver.attach, calls, machine),
    ...callProblems(`${drivers}: detach`, driver.detach, calls, machine),
    ...wholeProblems(`${drivers}: teardown`, driver.teardown, calls, machine),
    ...wholeProblems(`${drivers}: ats`, driver.ats ?? [], calls, machine),
    ...Object.entries(design.kvm ?? {}).flatMap(([name, call]) => callProblems(`kvm.${name}`, call, calls, machine)),
  ]
}

const slotPairs = ({ slotRemoved = [], undoSlotRemoved = [], slotAdded = [], undoSlotAdded = [] }: Design): Pair[] => [
  { name: 'slotRemoved', plan: slotRemoved, undoName: 'undoSlotRemoved', undo: undoSlotRemoved, sets: ['slot'] },
  { name: 'slotAdded', plan: slotAdded, undoName: 'undoSlotAdded', undo: undoSlotAdded, sets: ['slot'] },
]

function pairProblems({ name, plan, undoName, undo, sets }: Pair, calls: CallsOn, machine: MachineSettings): Problem[] {
  const flow = new Flow(calls, machine)
  flow.atEnd(name, flow.plan(plan, name, factsOf(...sets)))
  return [...flow.problems, ...undoProblems(undoName, undo, meet(flow.failed, factsOf(...sets)), calls, machine)]
}

/** @param held where the plan before failed, and so where its undo begins */
function undoProblems(name: string, undo: Plan, held: Facts, calls: CallsOn, machine: MachineSettings): Problem[] {
  const flow = new Flow(calls, machine, true)
  flow.plan(undo, name, held)
  return flow.problems
}

function callProblems(name: string, call: Call | undefined, calls: CallsOn, machine: MachineSettings): Problem[] {
  if (call === undefined) return []
  const { body, undo } = call
  return pairProblems(
    { name: `${name}.body`, plan: body, undoName: `${name}.undo`, undo, sets: ['call'] },
    calls,
    machine,
  )
}

const wholeProblems = (name: string, plan: Plan, calls: CallsOn, machine: MachineSettings): Problem[] =>
  pairProblems({ name, plan, undoName: '', undo: [], sets: [] }, calls, machine)

/** What the VMM does before and after its driver attaches or detaches a device is one plan. */
function aroundProblems(name: string, around: Design['added'], calls: CallsOn, machine: MachineSettings): Problem[] {
  if (around === undefined) return []
  const flow = new Flow(calls, machine)
  const between = flow.plan(around.before, `${name}.before`, factsOf())
  flow.atEnd(`${name}.after`, flow.plan(around.after, `${name}.after`, between))
  return flow.problems
}

/** Whether a plan takes a lock anywhere in its own list. */
export const takesLock = (plan: Plan): boolean =>
  plan.some((node) => isAcquire(node) || ('body' in node && takesLock(node.body)))

/** An undo plan behind a plan that nothing ends early. */
export function idleUndoProblems(design: Design): Problem[] {
  const { toPrivate, undoPrivate = [], toShared, undoShared = [] } = design
  const pairs = [
    { name: 'toPrivate', plan: toPrivate, undoName: 'undoPrivate', undo: undoPrivate },
    { name: 'toShared', plan: toShared, undoName: 'undoShared', undo: undoShared },
  ]
  return pairs.flatMap(({ name, plan, undoName, undo }) => {
    if (undo.length === 0 || mayEnd(plan)) return []
    return [problem(undoName, `never runs: no step of ${name} ends it with an error`, 'Remove it.')]
  })
}
