import type { RandomWalk } from '../../checker/random-walk.js'
import { plural } from './plural.js'

const total = (walks: readonly RandomWalk[]) => ({
  steps: walks.reduce((sum, { steps }) => sum + steps, 0),
  seconds: walks.reduce((sum, { seconds }) => sum + seconds, 0),
})

/** What `explore --random --json` prints: `{steps, seconds}` of all walks together. */
export const walkedJson = (walks: readonly RandomWalk[]): string => `${JSON.stringify(total(walks))}\n`

/** What `explore --random` says: how many steps, how fast, and whether any of them failed. */
export function walkedText(walks: readonly RandomWalk[]): string {
  const { steps, seconds } = total(walks)
  const rate = Math.round(steps / seconds).toLocaleString('en-US')
  const end = walks.some(({ failed }) => failed !== 0) ? 'violated' : 'nothing failed'
  const walked = `${steps.toLocaleString('en-US')} ${plural(steps, 'step')}`
  return `${walked} in ${seconds.toFixed(2)} s (${rate} a second); ${end}\n`
}
