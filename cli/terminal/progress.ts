import cliProgress from 'cli-progress'
import type { Io } from './io.js'

export interface Progress {
  /** From 0 to 1. */
  readonly show: (share: number) => void
  readonly stop: () => void
}

/** Updates from which the time that is left is estimated: enough for searches of which some are long. */
const estimatedFrom = 100

/** A bar on stderr if it is a terminal, else nothing. */
export function makeProgress(io: Io, title: string): Progress {
  if (!io.isWatched) return { show: () => undefined, stop: () => undefined }
  const format = `${title} {bar} {percentage}% · {duration_formatted}, about {eta_formatted} left`
  const bar = new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: true, etaBuffer: estimatedFrom },
    cliProgress.Presets.shades_classic,
  )
  bar.start(1000, 0)
  return { show: (share) => bar.update(Math.floor(share * 1000)), stop: () => bar.stop() }
}
