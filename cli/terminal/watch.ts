import type { Io } from './io.js'
import { makeProgress } from './progress.js'

/** What a long run tells, and what it asks. */
export interface Watch {
  readonly onProgress: (share: number) => void
  readonly isInterrupted: () => boolean
}

/** Shows the progress of a run, and lets ^C end it early instead of the process. */
export async function runWatched<T>(io: Io, title: string, run: (watch: Watch) => Promise<T>): Promise<T> {
  const progress = makeProgress(io, title)
  try {
    return await interruptible(io, (isInterrupted) => run({ onProgress: progress.show, isInterrupted }))
  } finally {
    progress.stop()
  }
}

/** Lets ^C end a run early instead of the process. */
export async function interruptible<T>(io: Io, run: (isInterrupted: () => boolean) => Promise<T>): Promise<T> {
  let isInterrupted = false
  const unlisten = io.onInterrupt(() => {
    isInterrupted = true
  })
  try {
    return await run(() => isInterrupted)
  } finally {
    unlisten()
  }
}
