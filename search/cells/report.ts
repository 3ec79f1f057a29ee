import { z } from 'zod'

/** What a command prints of a cell beside its verdicts. */
export const cellReportSchema = z.strictObject({
  isOpen: z.boolean().describe('whether a bound left the cell open, so that another search may say more'),
  states: z.number().int().min(0).describe('states that were seen'),
  decides: z.string().describe('in what two closed reports of one cell have to be alike; may be empty'),
  shown: z.unknown().describe('what the command prints, as its own schema has it'),
})
export type CellReport = z.infer<typeof cellReportSchema>

/** Whether two reports exclude each other. */
export const reportsContradict = (a: CellReport | undefined, b: CellReport | undefined): boolean =>
  a?.isOpen === false && b?.isOpen === false && a.decides !== b.decides

/** The report that says more: a closed one, then the one of more states; of two alike, the first. */
export function betterReport(a: CellReport | undefined, b: CellReport | undefined): CellReport | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a.isOpen !== b.isOpen) return a.isOpen ? b : a
  return a.isOpen && b.states > a.states ? b : a
}
