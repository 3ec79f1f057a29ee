import type { FoundAt } from '../../conform/runner/report.js'
import { foundAtText } from '../../report/text/conform.js'
import type { Io } from '../terminal/io.js'
import type { Watch } from '../terminal/watch.js'

/** Milliseconds between two lines. */
const interval = 10_000

/** Says on stderr each new kind of divergence when it is met, and how far the run is where no bar shows it. */
export function progressLines(
  io: Io,
  { onProgress }: Watch,
  now = () => performance.now(),
): { readonly onProgress: (share: number) => void; readonly onDivergence: (when: FoundAt) => void } {
  let next = now() + interval
  return {
    onProgress: (share) => {
      onProgress(share)
      if (io.isWatched || now() < next) return
      next = now() + interval
      io.err(`conform: ${Math.floor(share * 100)}% done\n`)
    },
    onDivergence: (when) => io.err(`conform: a divergence ${foundAtText(when)}; shrinking it\n`),
  }
}
