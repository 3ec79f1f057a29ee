import { z } from 'zod'
import type { RandomWalk } from '../../checker/random-walk.js'

/** What `explore --random --json` prints. */
export const randomWalkSchema = z.strictObject({
  steps: z.number().int().min(0).describe('steps of all random runs together'),
  seconds: z.number().describe('their time'),
})

/** Of several walks, the steps and the time together. */
export const walkedTotal = (walks: readonly RandomWalk[]): z.infer<typeof randomWalkSchema> => ({
  steps: walks.reduce((sum, { steps }) => sum + steps, 0),
  seconds: walks.reduce((sum, { seconds }) => sum + seconds, 0),
})

export const walkedJson = (walks: readonly RandomWalk[]): string => `${JSON.stringify(walkedTotal(walks))}\n`
