import { z } from 'zod'

/** What a command prints of a cell beside its verdicts. */
export const cellReportSchema = z.strictObject({
  isOpen: z.boolean().describe('whether a bound left the cell open, so that another search may say more'),
  states: z.number().int().min(0).describe('states that were seen, or sequences that were asked'),
  decides: z.string().describe('in what two closed reports of one cell have to be alike; may be empty'),
  fails: z.boolean().optional().describe('whether the target gave a reply that the model does not allow, or lost DMA'),
  shown: z.unknown().describe('what the command prints, as its own schema has it'),
})
export type CellReport = z.infer<typeof cellReportSchema>

/** What a report shows, as the schema of one command has it; undefined if it is of another. */
export function shownAs<T>(schema: z.ZodType<T>, report: CellReport | undefined): T | undefined {
  const read = schema.safeParse(report?.shown)
  return read.success ? read.data : undefined
}

/** Whether two reports exclude each other. A fault that a search met is no less one where a bound cut the search. */
export function reportsContradict(a: CellReport | undefined, b: CellReport | undefined): boolean {
  if (a === undefined || b === undefined) return false
  if (!a.isOpen && !b.isOpen) return a.decides !== b.decides
  const [open, other] = a.isOpen ? [a, b] : [b, a]
  return !other.isOpen && fails(open) && !fails(other)
}

/**
 * The report that says more: one that shows a fault, then a closed one, then the one of more states; of two alike, the
 * first.
 */
export function betterReport(a: CellReport | undefined, b: CellReport | undefined): CellReport | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (fails(a) !== fails(b)) return fails(a) ? a : b
  if (a.isOpen !== b.isOpen) return a.isOpen ? b : a
  return a.isOpen && b.states > a.states ? b : a
}

const fails = (report: CellReport): boolean => report.fails === true
