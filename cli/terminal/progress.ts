import cliProgress from 'cli-progress'
import type { Io } from './io.js'

export interface Progress {
  /** From 0 to 1. */
  readonly show: (share: number) => void
  readonly stop: () => void
}

/** A bar on stderr if it is a terminal, else nothing. */
export function makeProgress(io: Io, title: string): Progress {
  if (!io.isWatched) return { show: () => undefined, stop: () => undefined }
  const format = `${title} {bar} {percentage}% · {duration_formatted}`
  const bar = new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  )
  bar.start(1000, 0)
  return { show: (share) => bar.update(Math.floor(share * 1000)), stop: () => bar.stop() }
}
