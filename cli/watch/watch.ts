import { once } from 'node:events'
import { url as debuggerUrl } from 'node:inspector'
import { Worker } from 'node:worker_threads'
import type { CallLimits, Endless } from './endless-call.js'
import type { FromMainWatcher, MainWatch } from './main-watcher.js'
import { endlessInThreads } from './other-threads.js'
import { endlessText, isOwn } from './place.js'

/** Milliseconds in which a thread that runs JavaScript pauses, on a busy machine too. */
const pause = 5000

/**
 * Watches all threads for a function of the user's that never returns: the main thread from a thread of its own, the
 * others from the main thread, which waits for them. Nothing is watched while a debugger is attached, since a
 * breakpoint looks the same.
 *
 * @param seconds that a function may take; one that takes longer is noticed after up to twice as many
 * @param onEndless is told what to say of it, once; no thread is paused then
 */
export async function watchOwnCode(seconds: number, onEndless: (message: string) => void): Promise<void> {
  if (seconds <= 0 || debuggerUrl() !== undefined) return
  const silence = seconds * 1000
  const limits: CallLimits = { call: silence, pause }
  const found = (endless: Endless) => onEndless(endlessText(endless, seconds))
  watchThreads(silence, limits, found)
  await watchMain(silence, limits, found)
}

const watcher = new URL('./main-watcher.js', import.meta.url)

function watchThreads(silence: number, limits: CallLimits, found: (endless: Endless) => void): void {
  const look = async () => {
    const endless = await endlessInThreads(isOwn, (url) => url === watcher.href, limits)
    if (endless === undefined) wait()
    else found(endless)
  }
  const wait = () => void setTimeout(() => void look().catch(wait), silence).unref()
  wait()
}

async function watchMain(silence: number, limits: CallLimits, found: (endless: Endless) => void): Promise<void> {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  setInterval(() => Atomics.add(beats, 0, 1), Math.min(250, silence / 8)).unref()
  const worker = new Worker(watcher, { workerData: { beats, silence, limits } satisfies MainWatch })
  worker.on('error', () => undefined) // without it nothing is watched
  await once(worker, 'message').catch(() => undefined)
  let endless: Endless | undefined
  worker.on('message', (message: FromMainWatcher) => {
    if (message.type === 'endless') {
      endless = message.endless
      worker.ref() // what the main thread did has been broken off: nothing else may keep the process
    } else if (endless !== undefined) found(endless)
  })
  worker.unref() // behind the listener, which would keep the process again
}
