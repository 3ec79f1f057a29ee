import { ok, type Result, refuse } from '../base/result.js'
import { bouncePoolOf } from '../designs/bounce-pool.js'
import { iommufdReplace, iommufdReplaceUnfilled } from '../designs/drivers/iommufd-replace.js'
import { type Design, fullName } from '../designs/index.js'
import { failing } from '../model/actions/relation.js'
import type { Machine } from '../model/machine/machine.js'
import type { ScopeInput } from '../model/machine/scope.js'
import { Catalogue } from '../search/catalogue/catalogue.js'
import { buildMachine } from '../search/machine-config.js'
import { computeRun, type Evidence } from './computed.js'
import type { CostCounters } from './counters.js'
import type { CostParameters } from './parameters.js'
import { CostRun } from './run.js'
import type { Workload, WorkloadStep } from './workload.js'
import { poolPages } from './workloads.js'

/** One design with one driver, which runs one workload. */
export interface CostQuestion {
  readonly design: string
  readonly driver: string
  readonly backing: 'separate' | 'in-place'
  readonly platform: string
  readonly workload: Workload
  /** Pages of the guest. */
  readonly pages: number
}

/** What the workload cost. */
export interface Cost {
  readonly question: CostQuestion
  readonly counters: CostCounters
  /** The rule by which the first conversion was refused; undefined if none was. */
  readonly refusedBy: string | undefined
  /** Why the run stopped before its workload's end. */
  readonly stopped: 'retries' | 'vm' | undefined
  readonly seconds: number
  /** Pages of the guests that were run, where the cost is extrapolated from them. */
  readonly extrapolatedFrom?: readonly number[]
  /** What was run in full, where refills of a second domain are counted and not run. */
  readonly computedFrom?: Evidence
}

const perSuper = 512

/** A pool as large as that of Linux, which the guest asks for before it does anything else. */
const largePool: Design = { ...bouncePoolOf(poolPages / perSuper), bootRequest: false }

function withLargePool(catalogue: Catalogue): Catalogue {
  return new Catalogue({ ...catalogue.own, designs: [...catalogue.own.designs, largePool] })
}

/** All that a cost needs of a machine: one vCPU that converts, one device, pages of the real sizes. */
const scopeFor = (design: Design, { pages, backing }: CostQuestion, given: CostParameters): ScopeInput => ({
  ...design.scope,
  pages,
  backing,
  pagesPerSuperpage: perSuper,
  vcpus: 1,
  devices: 1,
  iotlbEntries: 1,
  start: 'private',
  requests: 'both',
  teardown: false,
  entryLimit: given.entryLimit,
  memlockLimit: given.memlockPages,
})

/** Steps of the host up to which a run is counted step by step whose every call goes over all that is mapped. */
const maxSwitchSteps = 2 ** 25

/** A switch of domains writes the second one anew, so that the steps grow with the square of the pages. */
const tooManySteps = ({ driver, workload }: CostQuestion, { steps, mappings, conversions }: CostCounters): string =>
  `each map and unmap of ${driver} writes all that is mapped into a second domain, and clears the first: after ` +
  `${steps.toLocaleString('en-US')} steps it has ${mappings.toLocaleString('en-US')} mappings, in conversion ` +
  `${conversions.toLocaleString('en-US')} of ${workload.name}, and its cost is not counted further; a workload that ` +
  `maps fewer pages, as nic-strict, is, and the calls of ${iommufdReplace.name} are computed`

function* withPool(steps: Iterable<WorkloadStep>): Generator<WorkloadStep> {
  yield { op: 'convert', gfn: 0, count: poolPages, to: 'shared' }
  yield* steps
}

/**
 * Runs a workload on the model and counts. A combination that a rule makes impossible is refused with that rule.
 *
 * @param catalogue what the names of the question mean
 */
export function measure(question: CostQuestion, given: CostParameters, catalogue: Catalogue): Result<Cost> {
  const began = performance.now()
  const known = withLargePool(catalogue)
  const design = known.findDesign(question.design)
  if (design === undefined) return refuse(`design: unknown name "${question.design}"`)
  const machine = machineOf(design, question, given, known)
  if (!machine.ok) return machine
  const done = runOn(machine.value, design, question, given, known)
  if (!done.ok) return done
  const { run, evidence } = done.value
  const { stopped } = run
  if (stopped === 'steps') return refuse(tooManySteps(question, run.counters))
  return ok({
    question,
    counters: run.counters,
    refusedBy: run.refusedBy < 0 ? undefined : failing[run.refusedBy]?.rule.id,
    stopped,
    seconds: (performance.now() - began) / 1000,
    ...(evidence === undefined ? {} : { computedFrom: evidence }),
  })
}

interface Done {
  readonly run: CostRun
  readonly evidence?: Evidence
}

/** Runs every step; where those are too many, what a switch of domains fills and clears again is counted instead. */
function runOn(
  full: Machine,
  design: Design,
  question: CostQuestion,
  given: CostParameters,
  known: Catalogue,
): Result<Done> {
  const { workload, driver } = question
  const { iotlb } = given
  const found = known.findDriver(design, driver)
  if (found.ok && found.value === iommufdReplace) {
    const unfilled = machineOf(unfilledOf(design), { ...question, driver: iommufdReplaceUnfilled.name }, given, known)
    if (!unfilled.ok) return unfilled
    const computed = computeRun({ full, unfilled: unfilled.value }, iotlb, workload)
    if (!computed.ok || computed.value.run.counters.steps > maxSwitchSteps) return computed
  }
  const hasPool = design === largePool
  const run = new CostRun(full, { iotlb, hasPool, ...(full.domains > 1 ? { maxSteps: maxSwitchSteps } : {}) })
  run.run(hasPool ? withPool(workload.steps()) : workload.steps(), workload.givesUp)
  return ok({ run })
}

const unfilledOf = (design: Design): Design => ({ ...design, variant: 'unfilled', drivers: [iommufdReplaceUnfilled] })

function machineOf(design: Design, question: CostQuestion, given: CostParameters, known: Catalogue): Result<Machine> {
  const { driver, platform } = question
  const scope = scopeFor(design, question, given)
  const knowing = new Catalogue({ ...known.own, designs: [...known.own.designs, design] })
  const built = buildMachine({ design: fullName(design), driver, platform, scope }, knowing)
  return built.ok ? ok(built.value.machine) : built
}
