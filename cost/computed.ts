import { ok, type Result, refuse } from '../base/result.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { leafAt } from '../model/memory/page-table.js'
import { GuestView } from '../model/plan/interpreter.js'
import type { CostCounters } from './counters.js'
import type { IotlbSizes } from './iotlb.js'
import { CostRun } from './run.js'
import type { ConvertStep, Workload, WorkloadStep } from './workload.js'

/** The same design twice: as it is, and with `iommufdReplaceUnfilled` in the place of its driver. */
export interface TwoMachines {
  readonly full: Machine
  readonly unfilled: Machine
}

/** What was run with every step, and gave what was computed. */
export interface Evidence {
  /** Calls of the driver, each a switch of domains. */
  readonly switches: number
  /** Mappings of the container in the largest of them. */
  readonly mappings: number
}

/** What was run for several computed runs; undefined if none was computed. */
export function allEvidence(all: readonly (Evidence | undefined)[]): Evidence | undefined {
  const known = all.filter((one) => one !== undefined)
  if (known.length === 0) return undefined
  const switches = known.reduce((sum, one) => sum + one.switches, 0)
  return { switches, mappings: Math.max(...known.map(({ mappings }) => mappings)) }
}

/** A run of the calls without their refills, and what vouches for its counters. */
export interface ComputedRun {
  readonly run: CostRun
  readonly evidence: Evidence
}

/** About a second. */
const defaultStartSteps = 2 ** 21
/** Pages that the loops of these calls may go over: each call looks at every page of the guest. */
const startPages = 2 ** 31

/**
 * Runs a workload without the refills, which are counted. A check runs two parts with every step, and refuses the cost
 * if a counter or the state after them differs: the start of the workload; and, after conversions 1, 4, 16 … and the
 * last, a conversion of one page and the conversion back, on a copy of the state.
 *
 * @param startSteps steps of the host that the start of the workload may take
 */
export function computeRun(
  machines: TwoMachines,
  iotlb: IotlbSizes,
  workload: Workload,
  startSteps = defaultStartSteps,
): Result<ComputedRun> {
  const check = new Check(machines, iotlb, startSteps)
  const run = new CostRun(machines.unfilled, { iotlb, countsRefills: true })
  check.start(workload)
  run.run(
    checked(workload.steps(), (last) => check.around(run.s, last)),
    workload.givesUp,
  )
  return check.problem === undefined ? ok({ run, evidence: check.evidence }) : refuse(check.problem)
}

/** The steps of a workload, with a look behind its conversions 1, 4, 16 … and behind the last. */
function* checked(steps: Iterable<WorkloadStep>, look: (last: ConvertStep) => void): Generator<WorkloadStep> {
  let [count, next] = [0, 1]
  let unseen: ConvertStep | undefined
  for (const step of steps) {
    yield step
    if (step.op !== 'convert') continue
    count += 1
    unseen = step
    if (count < next) continue
    look(step)
    next *= 4
    unseen = undefined
  }
  if (unseen !== undefined) look(unseen)
}

/** Runs in full what else is computed, and compares. */
class Check {
  problem: string | undefined
  private switches = 0
  private mappings = 0
  private copy: State | undefined

  constructor(
    private readonly machines: TwoMachines,
    private readonly iotlb: IotlbSizes,
    private readonly startSteps: number,
  ) {}

  get evidence(): Evidence {
    return { switches: this.switches, mappings: this.mappings }
  }

  /** The start of the workload, in full and without refills, up to the same call. */
  start(workload: Workload): void {
    const { unfilled, full: machine } = this.machines
    const maxSwitches = Math.ceil(startPages / machine.pages)
    const full = new CostRun(machine, { iotlb: this.iotlb, maxSteps: this.startSteps, maxSwitches })
    full.run(workload.steps(), workload.givesUp)
    const upTo = full.stopped === 'steps' ? { maxSwitches: full.switches } : {}
    const computed = new CostRun(unfilled, { iotlb: this.iotlb, countsRefills: true, ...upTo })
    computed.run(workload.steps(), workload.givesUp)
    this.compare(full, computed, `the first ${full.switches} calls`)
  }

  /** A page of the last conversion there and back, on copies of the state that it left. */
  around(s: State, { gfn }: ConvertStep): void {
    if (this.problem !== undefined) return
    const { full, unfilled } = this.machines
    const there: ConvertStep = { op: 'convert', gfn, count: 1, to: toOther(s, gfn) }
    const steps: readonly ConvertStep[] = [there, { ...there, to: there.to === 'shared' ? 'private' : 'shared' }]
    const where = `page ${gfn}, ${there.to} and back, beside ${s.mappings[0]} mappings`
    const computed = this.onCopy(unfilled, s, steps)
    const expected = digests(unfilled, computed.s)
    const measured = this.onCopy(full, s, steps)
    this.compare(measured, computed, where)
    for (const [view, digest] of digests(full, measured.s)) {
      if (digest !== expected.get(view)) this.problem ??= `${where}: the pages differ in ${view}`
    }
  }

  /** Runs steps on the copy of a state, which is good until the next run. */
  private onCopy(m: Machine, s: State, steps: readonly ConvertStep[]): CostRun {
    this.copy ??= m.blankState()
    this.copy.bytes.set(s.bytes)
    const countsRefills = m === this.machines.unfilled
    const run = new CostRun(m, { iotlb: this.iotlb, start: this.copy, countsRefills })
    run.run(steps)
    return run
  }

  private compare(measured: CostRun, computed: CostRun, where: string): void {
    this.switches += measured.switches
    this.mappings = Math.max(this.mappings, measured.counters.mappings)
    for (const key of Object.keys(measured.counters) as (keyof CostCounters)[]) {
      const [found, expected] = [computed.counters[key], measured.counters[key]]
      if (found !== expected)
        this.problem ??= `${where}: ${key} is computed as ${found}, and was counted as ${expected}`
    }
  }
}

const toOther = (s: State, gfn: number): ConvertStep['to'] =>
  s.guestView[gfn] === GuestView.Shared ? 'private' : 'shared'

const byPage = [
  'attr',
  'guestView',
  'sharedFrame',
  'privateFrame',
  'orphans',
  'pinnedFrame',
  'mapOf',
  'mapLength',
] as const

/** A number for each view by page, and for what the tables of each domain lead to: states that differ have others. */
function digests(m: Machine, s: State): Map<string, number> {
  const known = new Map<string, number>()
  const note = (name: string, at: (gfn: number) => number) => {
    let digest = 0
    for (let gfn = 0; gfn < m.pages; gfn += 1) digest = Math.imul(digest, 0x01000193) ^ at(gfn)
    known.set(name, digest)
  }
  for (const name of byPage) {
    const view = s[name]
    note(name, (gfn) => view[gfn])
  }
  const inUse = s.domain[0]
  note('leaves of the domain in use', (gfn) => leafAt(m, s, inUse, gfn))
  note('leaves of the other domain', (gfn) => leafAt(m, s, 1 - inUse, gfn))
  return known
}
