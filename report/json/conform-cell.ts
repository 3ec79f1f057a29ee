import { z } from 'zod'
import { ok, type Result } from '../../base/result.js'
import { interfaceNames, observationNames } from '../../conform/protocol/messages.js'
import type { BlockReport, Found, Met } from '../../conform/runner/report.js'
import { readMet, storedMet, storedMetSchema } from '../../conform/runner/stored.js'
import { conformSchema } from './conform.js'

/** How a cell of `conform` ended, in a sentence each. */
export const endedSays: Readonly<Record<BlockReport['ended'], string>> = {
  whole: 'Of a cell of `conform`: all its sequences were asked.',
  'given up':
    'Of a cell of `conform`: after so many kinds of divergence, or processes that failed, nothing more was asked.',
  open: 'Of a cell of `conform`: ^C, a bound of time or a target that did not start again came first.',
}

/** What a result of a cell of `conform` keeps: there are no verdicts. */
export const conformCellSchema = z.strictObject({
  kind: z.literal('conform').describe('the command'),
  word: z.string().describe('the target, as the command line has it'),
  ...conformSchema.omit({ divergences: true, refused: true }).shape,
  interface: z.enum(interfaceNames).describe('the interface that was asked'),
  observes: z.array(z.enum(observationNames)).describe('what the target promised to observe'),
  ended: z
    .enum(['whole', 'given up', 'open'])
    .describe('all was asked; nothing more after so many divergences or failures; or a bound or ^C came first'),
  met: z.array(storedMetSchema).describe('one entry a kind of divergence'),
})
export type ConformCell = z.infer<typeof conformCellSchema>

/** A block that was asked, as a result keeps it. @param transcriptOf gives the text of a divergence's transcript */
export function conformCell(
  { report, met, ended }: BlockReport,
  word: string,
  transcriptOf: (found: Found) => string,
): ConformCell {
  const { divergences: _, refused: __, first = null, cut, platforms, observes, boundary, litmus, ...sums } = report
  const why = ended === 'open' ? (cut ?? 'its time was over') : cut
  return {
    kind: 'conform',
    word,
    ...sums,
    platforms: [...platforms],
    observes: [...observes],
    boundary: { cases: boundary.cases, leftOut: [...boundary.leftOut] },
    litmus: { files: litmus.files, unsaid: [...litmus.unsaid] },
    first,
    cut: why ?? null,
    ended,
    met: met.map((one) => storedMet(one, transcriptOf(one.found))),
  }
}

/** The block that was kept; refused if a divergence of it cannot be read. */
export function readConformCell({
  kind: _,
  word: __,
  ended,
  met,
  first,
  cut,
  ...sums
}: ConformCell): Result<BlockReport> {
  const read: Met[] = []
  for (const group of met) {
    const own = readMet(group)
    if (!own.ok) return own
    read.push(own.value)
  }
  const report = {
    ...sums,
    divergences: read.map(({ found }) => found),
    refused: [],
    ...(first && { first }),
    ...(cut === null ? {} : { cut }),
  }
  return ok({ report, met: read, ended })
}
