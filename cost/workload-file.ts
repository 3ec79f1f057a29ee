import { z } from 'zod'
import { ok, onLine, type Result, refuse } from '../base/result.js'
import { scopeTable } from '../model/machine/scope.js'
import type { Workload, WorkloadStep } from './workload.js'

const gfn = z
  .number()
  .int()
  .min(0)
  .max(scopeTable.pages.max - 1)
const count = z.number().int().min(1).max(scopeTable.pages.max)

/** One line of a workload of the user's own. */
export const workloadStepSchema = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('convert').describe('the guest asks to convert a range'),
    gfn: gfn.describe('first page, in pages of 4 KiB'),
    count: count.describe('pages'),
    to: z.enum(['shared', 'private']).describe('what they become'),
  }),
  z.strictObject({
    op: z.literal('dma').describe('a device goes over a range, page by page'),
    gfn: gfn.describe('first page'),
    count: count.default(1).describe('pages'),
    access: z.enum(['read', 'write']).describe('whether the device reads memory or writes to it'),
    bounced: z
      .boolean()
      .default(false)
      .describe('whether the range is a bounce buffer, which the guest copies from or to'),
  }),
])

/** Reads the lines of a workload; empty lines are left out. A message names the line and the field. */
export function readWorkload(text: string, name: string): Result<Workload> {
  const steps: WorkloadStep[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const step = readStep(line, index + 1)
    if (!step.ok) return step
    steps.push(step.value)
  }
  if (steps.length === 0) return refuse('found no line, expected a conversion or a DMA on each')
  return ok({ name, says: 'A workload of its own.', source: name, pages: 0, steps: () => steps })
}

function readStep(line: string, number: number): Result<WorkloadStep> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return refuse('found no JSON, expected an object such as {"op":"dma","gfn":0,"access":"read"}', onLine(number))
  }
  const parsed = workloadStepSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const field = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
    return refuse(`${field}${issue?.message ?? 'not understood'}`, onLine(number))
  }
  const { gfn: first, count: pages } = parsed.data
  if (first + pages > scopeTable.pages.max) {
    return refuse(
      `count: found ${pages}, expected a range that ends at page ${scopeTable.pages.max} at most`,
      onLine(number),
    )
  }
  return ok(parsed.data)
}
