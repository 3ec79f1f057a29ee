import cliProgress from 'cli-progress'
import type { Io } from './io.js'

export interface Progress {
  /** From 0 to 1. */
  readonly show: (share: number) => void
  /** Prints something beside the bar, which may be on the same terminal. */
  readonly beside: (print: () => void) => void
  readonly stop: () => void
}

/**
 * What is known of the end of a run: `about`, where its work is known; `at most`, where it may end before the bound of
 * time or memory that its share is of.
 */
export type Estimate = 'about' | 'at most'

/** To the begin of the line, which is cleared. */
const clearLine = '\r\u001b[K'

/**
 * How long the rest of a run takes if it continues at the same pace.
 *
 * @param share from 0 to 1
 */
export function leftText(share: number, seconds: number, estimate: Estimate): string {
  if (share <= 0) return 'time left not known yet'
  return `${estimate} ${timeText((seconds / share) * (1 - share))} left`
}

/** `1h02m`, `3m07s`, `9s` */
function timeText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)]
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  if (hours > 0) return `${hours}h${two(minutes % 60)}m`
  return minutes > 0 ? `${minutes}m${two(seconds % 60)}s` : `${Math.ceil(seconds)}s`
}

/** A bar with the time that is left on stderr if it is a terminal, else nothing. */
export function makeProgress(io: Io, title: string, estimate: Estimate = 'about'): Progress {
  if (!io.isWatched) return { show: () => undefined, beside: (print) => print(), stop: () => undefined }
  const begun = performance.now()
  // the last share and when it was reached: until the next, the estimate stays
  let [share, at] = [0, begun]
  const format: cliProgress.GenericFormatter = (options, { progress }) => {
    const took = (performance.now() - begun) / 1000
    const left = leftText(share, (at - begun) / 1000, estimate)
    const percent = Math.floor(progress * 100)
    return `${title} ${cliProgress.Format.BarFormat(progress, options)} ${percent}% · ${timeText(took)}, ${left}`
  }
  const bar = new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  )
  bar.start(1000, 0)
  return {
    show: (now) => {
      if (now !== share) [share, at] = [now, performance.now()]
      bar.update(Math.floor(now * 1000))
    },
    beside: (print) => {
      process.stderr.write(clearLine) // as the bar does: `io.err` shows what would rule the terminal
      print()
    },
    stop: () => bar.stop(),
  }
}
