import { z } from 'zod'
import type { CostCounters } from '../../cost/counters.js'
import type { Cost, CostQuestion } from '../../cost/measure.js'
import { measures } from '../../cost/measures.js'
import { type CostParameters, iotlbText } from '../../cost/parameters.js'

const count = z.number().int().min(0)

const countersSchema = z
  .strictObject(Object.fromEntries(measures.map(({ key, says }) => [key, count.describe(says)])))
  .meta({ id: 'counters' }) as unknown as z.ZodType<CostCounters>

/** One cost. Memory is in pages of 4 KiB. */
const costSchema = z.strictObject({
  design: z.string().describe('the design: `on-demand-4k`, or `on-demand-4k/map-first`'),
  driver: z.string().describe('the driver'),
  backing: z.enum(['separate', 'in-place']).describe('the backing'),
  platform: z.string().describe('a preset with fields changed'),
  workload: z.string().describe('name of the workload, or path of its file'),
  guestPages: count.describe('pages of the guest'),
  extrapolatedFrom: z
    .array(count)
    .nullable()
    .describe('pages of the guests that were run; null if the guest itself was'),
  computedFrom: z
    .strictObject({
      switches: count.describe('switches of domains that were run with every step'),
      mappings: count.describe('mappings of the container in the largest of them'),
    })
    .nullable()
    .describe(
      'what was run in full, where what a switch of domains fills and clears was counted, not run; null if all was run',
    ),
  iotlb: z.string().describe('entries and ways of the IOTLB, as `--iotlb` takes them'),
  entryLimit: count.describe('mappings that a type1 container may hold'),
  memlockPages: count.describe('pages that may be locked'),
  waitMicroseconds: z.number().min(0).describe('what a wait for invalidations takes; the time of waits alone is known'),
  refusedBy: z.string().nullable().describe('rule by which the first conversion was refused; null if none was'),
  stopped: z
    .enum(['retries', 'vm'])
    .nullable()
    .describe('why the run ended early: a conversion was told to retry again and again, or the VM was stopped'),
  counters: countersSchema.describe('what was counted'),
  seconds: z.number().describe('time of the run'),
})

const notMeasuredSchema = z.strictObject({
  design: z.string().describe('the design'),
  driver: z.string().describe('the driver'),
  workload: z.string().describe('name of the workload, or path of its file'),
  error: z.string().describe('why nothing was measured'),
})

/** What `cost --json` prints. */
export const costsSchema = z.array(z.union([costSchema, notMeasuredSchema]))

type CostJson = z.infer<typeof costSchema>

/** Costs of one workload, and what could not be measured. */
export interface CostsOfWorkload {
  readonly costs: readonly Cost[]
  readonly notMeasured: readonly { readonly question: CostQuestion; readonly error: string }[]
}

/** One entry per line. */
export function costsJson(all: readonly CostsOfWorkload[], given: CostParameters): string {
  const entries = all.flatMap(({ costs, notMeasured }) => [
    ...costs.map((cost) => costJson(cost, given)),
    ...notMeasured.map(({ question: { design, driver, workload }, error }) => ({
      design,
      driver,
      workload: workload.name,
      error,
    })),
  ])
  return `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`
}

function costJson(cost: Cost, given: CostParameters): CostJson {
  const { question, counters, extrapolatedFrom, computedFrom, refusedBy, stopped, seconds } = cost
  const { design, driver, backing, platform, workload, pages } = question
  return {
    design,
    driver,
    backing,
    platform,
    workload: workload.name,
    guestPages: pages,
    extrapolatedFrom: extrapolatedFrom === undefined ? null : [...extrapolatedFrom],
    computedFrom: computedFrom ?? null,
    iotlb: iotlbText(given.iotlb),
    entryLimit: given.entryLimit,
    memlockPages: given.memlockPages,
    waitMicroseconds: given.waitMicroseconds,
    refusedBy: refusedBy ?? null,
    stopped: stopped ?? null,
    counters,
    seconds,
  }
}
