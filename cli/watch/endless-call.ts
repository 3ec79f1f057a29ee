import type { CallFrame, Debuggee } from './debuggee.js'

export interface CallLimits {
  /** Milliseconds that a function of the user's may take from the look on. */
  readonly call: number
  /** Milliseconds in which a thread that runs JavaScript pauses; one that waits in the kernel does not. */
  readonly pause: number
}

/** A function of the user's that does not return. */
export interface Endless {
  /** It, as dmaproof or Node called it. */
  readonly called: CallFrame
  /** Where in the user's code it is: in it, or in what it has called. */
  readonly at: CallFrame
}

/** Functions that are left one after the other before a look ends: more than are ever on a stack of the user's. */
const maxSteps = 1000

/**
 * Looks whether a thread is in a function of the user's that does not return. The thread is paused, and continues until
 * the function on top of its stack returns, and so on with the one below, until no function of the user's is left.
 *
 * @param isOwn whether a frame is of the user's code
 * @returns undefined if all returned in time
 */
export async function endlessCall(
  thread: Debuggee,
  isOwn: (frame: CallFrame) => boolean,
  limits: CallLimits,
): Promise<Endless | undefined> {
  const paused = new Pauses(thread)
  thread.send('Debugger.enable')
  try {
    thread.send('Debugger.pause')
    let stack = await paused.next(limits.pause)
    for (let step = 0; stack?.some(isOwn) === true && step < maxSteps; step += 1) {
      thread.send('Debugger.stepOut')
      const after = await paused.next(limits.call)
      if (after === undefined) {
        thread.send('Debugger.pause')
        const [at, ...others] = (await paused.next(limits.pause))?.filter(isOwn) ?? []
        return at === undefined ? undefined : { at, called: others.at(-1) ?? at }
      }
      stack = after
    }
    return undefined
  } finally {
    thread.send('Debugger.disable') // the thread continues, and is never paused by a message that it has not seen yet
  }
}

interface Script {
  readonly scriptId: string
  readonly url: string
}

interface Paused {
  readonly callFrames: readonly {
    readonly functionName: string
    readonly functionLocation?: { readonly lineNumber: number; readonly columnNumber: number }
    readonly location: { readonly scriptId: string; readonly lineNumber: number }
  }[]
}

/** The stacks of a thread, from the innermost function outward, each time that it pauses. */
class Pauses {
  private take: ((stack: readonly CallFrame[]) => void) | undefined
  private readonly urls = new Map<string, string>()

  constructor(thread: Debuggee) {
    thread.listen(({ method, params }) => {
      if (method === 'Debugger.scriptParsed') this.note(params as Script)
      else if (method === 'Debugger.paused') this.take?.(this.stackOf(params as Paused))
    })
  }

  private note({ scriptId, url }: Script): void {
    this.urls.set(scriptId, url)
  }

  private stackOf({ callFrames }: Paused): readonly CallFrame[] {
    return callFrames.map(({ functionName, functionLocation: begin, location: { scriptId, lineNumber } }) => {
      const isTopLevel = begin?.lineNumber === 0 && begin.columnNumber === 0
      return { functionName, isTopLevel, url: this.urls.get(scriptId) ?? '', line: lineNumber + 1 }
    })
  }

  /** @returns undefined if it does not pause within so many milliseconds */
  next(milliseconds: number): Promise<readonly CallFrame[] | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), milliseconds).unref()
      this.take = (stack) => {
        clearTimeout(timer)
        resolve(stack)
      }
    })
  }
}
