import type { Session } from 'node:inspector'

/** One function on the stack of a thread that was paused, as the debugger of Node tells it. */
export interface CallFrame {
  /** Empty for one without a name. */
  readonly functionName: string
  /** Whether the frame is no function but the top level of a module. */
  readonly isTopLevel: boolean
  /** `file:` or `node:`, or empty for code that came from no file. */
  readonly url: string
  /** From 1. */
  readonly line: number
}

/** A message of the debugger's protocol (Chrome DevTools Protocol, domain Debugger) that is no reply. */
export interface DebuggerEvent {
  readonly method: string
  readonly params?: unknown
}

/** A thread that can be paused and looked at. */
export interface Debuggee {
  readonly send: (method: string) => void
  /** Replaces the listener of before. */
  readonly listen: (listener: (event: DebuggerEvent) => void) => void
}

/** Sends a message without waiting for its reply; the types of Node have one overload per method. */
export function post(session: Session, method: string, params: object = {}): void {
  const send = session.post.bind(session) as (method: string, params: object) => void
  send(method, params)
}
