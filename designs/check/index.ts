import { ok, type Problem, type Result, refused, within } from '../../base/result.js'
import type { Machine, MachineSettings } from '../../model/machine/machine.js'
import { noParts, type Parts } from '../../model/machine/parts.js'
import { presets } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import type { Host, Plan, Step } from '../../model/plan/plan.js'
import { type Design, type Driver, fullName, hostOf } from '../design.js'
import { designProblems, driverProblems } from './fields.js'
import { existence, nodesOf } from './flow.js'
import { idleUndoProblems, machineProblems, takesLock } from './machine.js'
import { unreadable } from './readable.js'
import { rangeProblems } from './sampled-ranges.js'
import { isFields, problem, shown } from './values.js'

/**
 * Checks a design before it runs: its fields, every step, call, loop, branch and note of its plans and of its drivers'
 * plans, the locks that they take, and what their ranges need. The value may be anything, as a module of a user has it.
 * What depends on a machine is asked of every preset, without parts and with all.
 *
 * @returns the design, or the first thing that is wrong with it, with its place and what to do:
 *   `mine: toPrivate[1] (call umap on chunk): unknown call "umap"`
 * @example
 * const checked = checkDesign({ ...onDemand, toPrivate: [{ call: 'umap', on: ranges.chunk }] })
 * if (!checked.ok) console.log(problemText(checked.problem))
 */
export function checkDesign(value: unknown): Result<Design> {
  if (typeof value !== 'object' || value === null) return notDesign(value)
  const known = checked.get(value)
  if (known !== undefined) return known
  const result = checkNow(value)
  checked.set(value, result)
  return result
}

const checked = new WeakMap<object, Result<Design>>()

function notDesign(value: unknown): Result<Design> {
  const remedy = 'Give one: { name, summary, source, lock, drivers, backings, boot, toPrivate, toShared }.'
  return refused(problem('design', `found ${shown(value)}, expected a design`, remedy))
}

function checkNow(value: object): Result<Design> {
  const broken = unreadable(value, 'design')
  if (broken !== undefined) return refused(broken)
  if (!isFields(value)) return notDesign(value)
  const name = typeof value.name === 'string' && value.name !== '' ? value.name : 'design'
  const [wrong] = designProblems(value)
  if (wrong !== undefined) return within(name, wrong)
  const design = value as unknown as Design
  const [first] = [...onMachines(design), ...lockProblems(design), ...idleUndoProblems(design)]
  return first === undefined ? ok(design) : within(fullName(design), first)
}

/**
 * Checks a driver that stands alone: its fields, and the shape of its plans. What they do is checked with a design.
 *
 * @example
 * const checked = checkDriver({ ...type1v2, name: 'mine', unmap: { body: [steps.wiat], undo: [] } })
 */
export function checkDriver(value: unknown): Result<Driver> {
  const broken = unreadable(value, 'driver')
  if (broken !== undefined) return refused(broken)
  const [wrong] = driverProblems(value, 'driver')
  return wrong === undefined ? ok(value as Driver) : refused(wrong)
}

/**
 * Checks a design that `checkDesign` has passed on one machine: what its plans do there, and the pages that ranges of
 * its own give there.
 */
export function checkDesignOn(design: Design, driver: Driver, machine: Machine): Result<Design> {
  const { added, removed } = design
  const plans = {
    boot: design.boot,
    toPrivate: design.toPrivate,
    undoPrivate: design.undoPrivate,
    toShared: design.toShared,
    undoShared: design.undoShared,
    slotRemoved: design.slotRemoved,
    undoSlotRemoved: design.undoSlotRemoved,
    slotAdded: design.slotAdded,
    undoSlotAdded: design.undoSlotAdded,
    'added.before': added?.before,
    'added.after': added?.after,
    'removed.before': removed?.before,
    'removed.after': removed?.after,
    'map.body': driver.map.body,
    'map.undo': driver.map.undo,
    'unmap.body': driver.unmap.body,
    'unmap.undo': driver.unmap.undo,
    teardown: driver.teardown,
  }
  const state = machine.blankState()
  const ranges = Object.entries(plans).flatMap(([name, plan = []]) => rangeProblems(plan, name, machine, state))
  const [first] = [
    ...ranges,
    ...machineProblems(design, driver, hostOf(design, driver, machine.platform.architecture), machine),
  ]
  return first === undefined ? ok(design) : within(fullName(design), first)
}

function* onMachines(design: Design): Generator<Problem, void> {
  for (const driver of design.drivers) {
    const host = hostOf(design, driver)
    const conditional = conditionalSteps(host)
    const seen = new Set<string>()
    for (const machine of machinesOf(design)) {
      const steps = conditional.map((step) => String(existence(step, machine))).join()
      if (!seen.has(steps)) yield* machineProblems(design, driver, host, machine)
      seen.add(steps)
    }
  }
}

/** The steps of a host that only some machines have: machines that have the same of them run the same plans. */
function conditionalSteps(host: Host): Step[] {
  const calls = Object.values(host.calls).flatMap(({ body, undo }) => [body, undo])
  const plans = Object.values(host).filter((plan): plan is Plan => Array.isArray(plan))
  return [...calls, ...plans]
    .flatMap(nodesOf)
    .flatMap((node) => ('row' in node && (node.part !== undefined || node.on !== undefined) ? [node] : []))
}

/** Machines on which a plan may have different steps. */
function* machinesOf(design: Design): Generator<MachineSettings, void> {
  const all = Object.fromEntries(Object.keys(noParts).map((part) => [part, true])) as Parts
  for (const backing of design.backings) {
    const scope = makeScope({ ...design.scope, backing })
    if (!scope.ok) continue
    for (const platform of Object.values(presets)) {
      for (const parts of [noParts, all]) yield { scope: scope.value, platform, parts }
    }
  }
}

/** `lock` is a text for people: the plans have to take the lock that it names. */
function lockProblems({ lock, toPrivate, toShared }: Design): Problem[] {
  if (/^none\b/i.test(lock) || [toPrivate, toShared].some(takesLock)) return []
  const remedy = "Begin both with steps.acquire('vm') and end them with steps.release('vm'), or write lock: 'none'."
  return [problem('lock', `says ${JSON.stringify(lock)}, and neither toPrivate nor toShared takes a lock`, remedy)]
}
