import { ok, type Result, refuse } from '../base/result.js'
import { bouncePoolOf } from '../designs/bounce-pool.js'
import { type Design, fullName } from '../designs/index.js'
import { failing } from '../model/actions/relation.js'
import type { ScopeInput } from '../model/machine/scope.js'
import { Catalogue } from '../search/catalogue/catalogue.js'
import { buildMachine } from '../search/machine-config.js'
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

/** A switch of domains writes the second one anew, so that the steps grow with the square of the pages. */
const tooManySteps = ({ driver, workload }: CostQuestion, { steps, mappings, conversions }: CostCounters): string =>
  `each map and unmap of ${driver} writes all that is mapped into a second domain, and clears the first: after ` +
  `${steps.toLocaleString('en-US')} steps it has ${mappings.toLocaleString('en-US')} mappings, in conversion ` +
  `${conversions.toLocaleString('en-US')} of ${workload.name}, and its cost is not counted further; a workload that ` +
  'maps fewer pages, as nic or nic-strict, is'

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
  const { driver, platform, workload } = question
  const scope = scopeFor(design, question, given)
  const built = buildMachine({ design: fullName(design), driver, platform, scope }, known)
  if (!built.ok) return built
  const hasPool = design === largePool
  const run = new CostRun(built.value.machine, given.iotlb, hasPool)
  run.run(hasPool ? withPool(workload.steps()) : workload.steps(), workload.givesUp)
  const { stopped } = run
  if (stopped === 'steps') return refuse(tooManySteps(question, run.counters))
  return ok({
    question,
    counters: run.counters,
    refusedBy: run.refusedBy < 0 ? undefined : failing[run.refusedBy]?.rule.id,
    stopped,
    seconds: (performance.now() - began) / 1000,
  })
}
