import { plural } from '../../base/plural.js'
import { type RandomWalk, walkedTotal } from '../../checker/random-walk.js'

/** What `explore --random` says: how many steps, how fast, and whether any of them failed. */
export function walkedText(walks: readonly RandomWalk[]): string {
  const { steps, seconds } = walkedTotal(walks)
  const rate = Math.round(steps / seconds).toLocaleString('en-US')
  const end = walks.some(({ failed }) => failed !== 0) ? 'violated' : 'nothing failed'
  const walked = `${steps.toLocaleString('en-US')} ${plural(steps, 'step')}`
  return `${walked} in ${seconds.toFixed(2)} s (${rate} a second); ${end}\n`
}
