import { setImmediate } from 'node:timers/promises'
import { type NumberedTask, runInThreads, type ThreadFailure } from '../../search/jobs/threads.js'
import type { Share } from '../options/cells.js'
import type { Io } from '../terminal/io.js'
import { litmusFrom, litmusReport } from './cells.js'
import { type LitmusTask, type RanTest, runFile } from './run-file.js'

/** A file that was named: its text, or what is wrong with it. */
export type NamedFile = { readonly path: string } & ({ readonly text: string } | { readonly wrong: string })

export interface RunTests extends Pick<LitmusTask, 'limits' | 'show'> {
  /** Runs the tests in a thread: this one stays free, to renew a lease. */
  readonly inThread: boolean
  readonly isInterrupted: () => boolean
  readonly onInterrupt: Io['onInterrupt']
  /** Receives each file with what came of it, in their order. */
  readonly onRan: (ran: RanTest) => void
}

/**
 * Runs, one after the other, what is of this process and not known yet, and keeps what came of it.
 *
 * @returns what ended the thread before its time
 * @throws what a test throws in this thread
 */
export async function runTests(
  files: readonly NamedFile[],
  share: Share,
  { inThread, isInterrupted, onInterrupt, onRan, ...how }: RunTests,
): Promise<ThreadFailure | undefined> {
  const left = [...share.mine()]
  /** The next test; what comes before it and needs no run is told. */
  const take = (): NumberedTask<LitmusTask> | undefined => {
    for (let index = left.shift(); index !== undefined && !isInterrupted(); index = left.shift()) {
      const file = files[index]
      const known = litmusFrom(share.known(index)?.report)
      if (known !== undefined) onRan(known)
      else if (file === undefined) return undefined
      else if ('wrong' in file) onRan(file)
      else return { index, task: { ...file, ...how } }
    }
    return undefined
  }
  const onDone = (index: number, ran: RanTest): true => {
    if (!('wrong' in ran)) share.keep(index, [], litmusReport(ran))
    onRan(ran)
    return true
  }
  if (!inThread) {
    for (let next = take(); next !== undefined; next = take()) {
      await setImmediate() // lets ^C arrive
      if (isInterrupted()) break
      onDone(next.index, runFile(next.task))
    }
    return undefined
  }
  const url = new URL('./worker.js', import.meta.url)
  const end = await runInThreads<LitmusTask, RanTest, never>({ url, take, onDone, onInterrupt }, 1)
  return end.ended === 'failed' ? end.failure : undefined
}
