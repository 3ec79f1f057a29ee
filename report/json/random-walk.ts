import { z } from 'zod'
import { type RandomWalk, walkedTotal } from '../../checker/random-walk.js'

/** What `explore --random --json` prints. */
export const randomWalkSchema = z.strictObject({
  steps: z.number().int().min(0).describe('steps of all random runs together'),
  seconds: z.number().describe('their time'),
})

export function walkedJson(walks: readonly RandomWalk[]): string {
  const total: z.infer<typeof randomWalkSchema> = walkedTotal(walks)
  return `${JSON.stringify(total)}\n`
}
