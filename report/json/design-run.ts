import { z } from 'zod'
import type { DesignRun } from '../../conform/design-run/run.js'
import { verdictNames } from '../../search/verdict.js'
import { beside, machineName, outcomeOf, outcomes, whyUntested } from '../text/design-run.js'
import { divergenceText } from '../text/divergence.js'
import { type Judged, pathOf } from '../text/judged.js'

const count = z.number().int().min(0)

const fatesSchema = z
  .strictObject({
    arrived: count.describe('DMA that is in the backing of its page'),
    blocked: count.describe('DMA that the IOMMU blocked'),
    elsewhere: count.describe('DMA in a frame that no longer backs the page'),
  })
  .meta({ id: 'fates' })

export const countsSchema = z
  .strictObject({
    toPrivate: count.describe('conversions to private'),
    toShared: count.describe('conversions to shared'),
    refused: count.describe('conversions that were refused'),
    calls: count.describe('calls of the plans, those of the boot left out'),
    dma: z
      .strictObject({
        shared: fatesSchema.describe('to a shared page, between two calls'),
        changing: fatesSchema.describe('to a page under conversion'),
        private: fatesSchema.describe('to a private page'),
      })
      .describe('DMA that began and ended between two calls'),
    race: z
      .strictObject({
        before: fatesSchema.describe('before the calls'),
        during: fatesSchema.describe('during the calls'),
        after: fatesSchema.describe('after the calls'),
      })
      .describe("DMA to pages that stay shared, begun before a plan's calls, by when it took place"),
    lostBehind: z.record(z.string(), count).describe('blocked DMA to shared pages, by what was done last before it'),
    looks: count.describe('looks of the guest at its private pages'),
    changed: count.describe('looks that found something that the guest had not written'),
  })
  .meta({ id: 'counts' })

const propertySchema = z.strictObject({
  property: z.string().describe('the property'),
  seen: count.describe('how often the implementation did what the property forbids'),
  of: count.describe('out of how many'),
  model: z.enum(verdictNames).describe('the verdict of the model'),
  trace: z.string().nullable().describe('path of its saved counterexample'),
  agree: z.boolean().nullable().describe('whether they agree; null if nothing was observed'),
})

/** One entry of what `run --json` prints. */
export const designRunSchema = z.strictObject({
  machine: z.string().describe('design, driver, backing and platform, in words'),
  target: z.string().describe('the target, by its own name'),
  interface: z.string().describe('the interface that was asked'),
  platform: z.string().describe('the platform that the model took it to be'),
  kvm: z.boolean().describe('whether there was a virtual machine'),
  runs: count.describe('fresh containers, each with its boot'),
  counts: countsSchema.describe('what was counted during conversions'),
  control: countsSchema.describe('the same DMA without a conversion'),
  properties: z.array(propertySchema).describe('the implementation beside the model'),
  replies: count.describe('replies that were checked against the model'),
  divergence: z.string().nullable().describe('the reply that the model does not allow, for people'),
  transcript: z.string().nullable().describe('path of its saved transcript'),
  outcome: z
    .enum(outcomes)
    .describe('nothing lost; lost here and in the model; the two differ; or the counts say nothing'),
  why: z.string().nullable().describe('why the counts say nothing'),
  seconds: z.number().describe('time of the run'),
})
export type DesignRunJson = z.infer<typeof designRunSchema>

/** @param transcript path of the saved divergence, if there is one and it could be saved */
export function designRunJson(run: DesignRun, judged: readonly Judged[], transcript: string | null): DesignRunJson {
  const { target, interface: on, platform, hasKvm, runs, counts, control, replies, divergence, seconds } = run
  return {
    machine: machineName(judged),
    target,
    interface: on,
    platform,
    kvm: hasKvm,
    runs,
    counts: { ...counts, lostBehind: { ...counts.lostBehind } as Record<string, number> },
    control: { ...control, lostBehind: { ...control.lostBehind } as Record<string, number> },
    properties: beside(run, judged).map(({ property, seen: count, of, model, agree }) => {
      return { property, seen: count, of, model: model.verdict.verdict, trace: pathOf(model), agree: agree ?? null }
    }),
    replies,
    divergence: divergence === undefined ? null : divergenceText(divergence),
    transcript,
    outcome: outcomeOf(run, judged),
    why: whyUntested(run) ?? null,
    seconds,
  }
}
