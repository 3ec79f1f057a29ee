import { Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'
import { type Debuggee, type DebuggerEvent, post } from './debuggee.js'
import { type CallLimits, type Endless, endlessCall } from './endless-call.js'
import { isOwn } from './place.js'

/** What the thread is given. */
export interface MainWatch {
  /** One cell, which the main thread counts up while it takes part in its event loop. */
  readonly beats: Int32Array
  /** Milliseconds without a beat after which it is looked at. */
  readonly silence: number
  readonly limits: CallLimits
}

/** What the thread says: it watches; a function that does not return; then that the main thread is let go of. */
export type FromMainWatcher =
  | { readonly type: 'watches' }
  | { readonly type: 'endless'; readonly endless: Endless }
  | { readonly type: 'released' }

const { beats, silence, limits } = workerData as MainWatch
const say = (message: FromMainWatcher) => parentPort?.postMessage(message)
let [last, since] = [-1, performance.now()]
let isLooking = false

setInterval(
  () => {
    const now = Atomics.load(beats, 0)
    if (now !== last) [last, since] = [now, performance.now()]
    else if (!isLooking && performance.now() - since > silence) void look()
  },
  Math.min(500, silence / 4),
)
say({ type: 'watches' })

/** A session stays open while it is needed only: the process would wait for its end. */
async function look(): Promise<void> {
  isLooking = true
  const session = new Session()
  session.connectToMainThread()
  const endless = await endlessCall(mainThread(session), isOwn, limits)
  if (endless !== undefined) {
    say({ type: 'endless', endless })
    post(session, 'Runtime.terminateExecution')
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  session.disconnect()
  if (endless !== undefined) say({ type: 'released' })
  since = performance.now()
  isLooking = false
}

const mainThread = (session: Session): Debuggee => ({
  send: (method) => post(session, method),
  listen: (listener) => session.on('inspectorNotification', (event) => listener(event as DebuggerEvent)),
})
