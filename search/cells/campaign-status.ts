import { z } from 'zod'
import { cellCommands } from './cell.js'

const count = z.number().int()
const cell = {
  key: z.string().describe('the key of the cell'),
  title: z.string().describe('the same for people'),
}
const named = z.array(z.strictObject(cell))
const failed = z.array(z.strictObject({ ...cell, why: z.string().describe('what was said of it last') }))

/** What `campaign status --json` prints. */
export const campaignSchema = z.strictObject({
  campaign: z.string().describe('its number: equal plans are one campaign'),
  command: z.enum(cellCommands).describe('the command that is divided'),
  version: z.string().describe('the version of dmaproof'),
  cells: count.describe('cells of the whole'),
  done: count.describe('cells with a result that no bound cut short'),
  running: count.describe('cells that a worker searches'),
  waiting: count.describe('cells that no worker has taken yet'),
  open: named.describe('cells that a bound of time or memory left open'),
  failed: failed.describe('cells whose search ended in an internal error'),
  poisoned: failed.describe('cells that no worker survived'),
  absent: named.describe('cells without a result that are in no queue: campaign start puts them in again'),
  contradictions: count.describe(
    'cells with results that contradict each other: a bug of dmaproof; of conform and run, of the target',
  ),
  secondsLeft: z
    .number()
    .nullable()
    .describe('an estimate by the mean of the cells that are done; null where none is, or no worker is there'),
})

export type CampaignStatus = z.infer<typeof campaignSchema>
