import { Session } from 'node:inspector'
import { type CallFrame, type Debuggee, type DebuggerEvent, post } from './debuggee.js'
import { type CallLimits, type Endless, endlessCall } from './endless-call.js'

/** Milliseconds in which Node tells which threads there are. */
const telling = 200

/**
 * Looks at each worker thread of this process, one after the other. For the main thread.
 *
 * @param isLeftOut by the URL of what a thread runs
 * @returns the first function of the user's that does not return
 */
export async function endlessInThreads(
  isOwn: (frame: CallFrame) => boolean,
  isLeftOut: (url: string) => boolean,
  limits: CallLimits,
): Promise<Endless | undefined> {
  const session = new Session()
  session.connect()
  const threads = attached(session, isLeftOut)
  try {
    post(session, 'NodeWorker.enable', { waitForDebuggerOnStart: false })
    await new Promise((resolve) => setTimeout(resolve, telling).unref())
    for (const thread of threads) {
      const endless = await endlessCall(thread, isOwn, limits)
      if (endless !== undefined) return endless
    }
    return undefined
  } finally {
    await new Promise((resolve) => setTimeout(resolve, telling).unref()) // until what was sent last has arrived
    session.disconnect()
  }
}

interface Attached {
  readonly params: { readonly sessionId: string; readonly workerInfo: { readonly url: string } }
}

interface Received {
  readonly params: { readonly sessionId: string; readonly message: string }
}

/** The threads, as the session tells them. */
function attached(session: Session, isLeftOut: (url: string) => boolean): readonly Debuggee[] {
  const threads: Debuggee[] = []
  const listeners = new Map<string, (event: DebuggerEvent) => void>()
  let id = 0
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }: Attached) => {
    if (isLeftOut(workerInfo.url)) return
    threads.push({
      send: (method) => {
        id += 1
        const message = JSON.stringify({ id, method, params: {} })
        post(session, 'NodeWorker.sendMessageToWorker', { sessionId, message })
      },
      listen: (listener) => listeners.set(sessionId, listener),
    })
  })
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }: Received) => {
    listeners.get(sessionId)?.(JSON.parse(message) as DebuggerEvent)
  })
  return threads
}
