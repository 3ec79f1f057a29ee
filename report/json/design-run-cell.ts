import { z } from 'zod'
import { ok, type Result } from '../../base/result.js'
import type { Counts } from '../../conform/design-run/dma-fates.js'
import type { DesignRun } from '../../conform/design-run/run.js'
import { interfaceNames, observationNames } from '../../conform/protocol/messages.js'
import { readDivergence, storedDivergence, storedDivergenceSchema } from '../../conform/runner/stored.js'
import { countsSchema, designRunSchema } from './design-run.js'

/** What a result of a cell of `run` keeps that asks the implementation. A cell that asks the model has verdicts. */
export const designRunCellSchema = z.strictObject({
  kind: z.literal('run').describe('the command'),
  word: z.string().describe('the target, as the command line has it'),
  driver: z.string().describe('the driver of the design'),
  ...designRunSchema.pick({ target: true, platform: true, kvm: true, runs: true, replies: true, seconds: true }).shape,
  interface: z.enum(interfaceNames).describe('the interface that was asked'),
  observes: z.array(z.enum(observationNames)).describe('what the target promised to observe'),
  counts: countsSchema.describe('what was counted during conversions'),
  control: countsSchema.describe('the same DMA without a conversion'),
  divergence: storedDivergenceSchema.nullable().describe('the reply that the model does not allow'),
  cut: z.string().nullable().describe('why it ended before its time'),
})
export type DesignRunCell = z.infer<typeof designRunCellSchema>

/** A run, as a result keeps it. @param about its driver, the target's name, and the text of the divergence */
export function designRunCell(
  run: DesignRun,
  about: { readonly word: string; readonly driver: string; readonly transcript: string },
): DesignRunCell {
  const { divergence, hasKvm, observes, counts, control, cut, ...rest } = run
  const { word, driver, transcript } = about
  return {
    kind: 'run',
    word,
    driver,
    ...rest,
    kvm: hasKvm,
    observes: [...observes],
    counts: { ...counts, lostBehind: { ...counts.lostBehind } as Record<string, number> },
    control: { ...control, lostBehind: { ...control.lostBehind } as Record<string, number> },
    divergence: divergence === undefined ? null : storedDivergence(divergence, transcript),
    cut: cut ?? null,
  }
}

/** The run that was kept; refused if its divergence cannot be read. */
export function readDesignRunCell(cell: DesignRunCell): Result<DesignRun> {
  const { kind: _, word: __, driver: ___, kvm, divergence, cut, counts, control, ...rest } = cell
  const read = divergence === null ? undefined : readDivergence(divergence)
  if (read?.ok === false) return read
  return ok({
    ...rest,
    hasKvm: kvm,
    counts: counts as Counts,
    control: control as Counts,
    ...(read === undefined ? {} : { divergence: read.value }),
    ...(cut === null ? {} : { cut }),
  })
}
