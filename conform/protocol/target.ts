import type { Answer, Call, Hello, RaceCall, Reply, Reset } from './messages.js'

/** A request before the target has numbered it. */
export type RequestBody = Omit<Reset, 'id'> | Call | RaceCall

/** How an implementation stopped being one: not a wrong answer, but none, or one that nobody can read. */
export interface TargetFailure {
  readonly kind: 'died' | 'silent' | 'unreadable' | 'out-of-order' | 'unasked'
  /** Where, what was found, what was expected. */
  readonly message: string
  /** The end of what it wrote on stderr. */
  readonly stderr: string
}

/** The replies to the first of the requests; if not to all of them, then why. */
export interface Exchange {
  readonly replies: readonly Answer[]
  readonly trouble?: TargetFailure
}

/** An implementation that has said hello. After trouble it is of no use any more. */
export interface Target {
  readonly hello: Hello
  /** Sends all requests, and then waits for their replies. */
  ask(requests: readonly RequestBody[]): Promise<Exchange>
  close(): Promise<void>
}

/** Starts an implementation anew. */
export type OpenTarget = () => Promise<Target | TargetFailure>

export const isTargetFailure = (opened: Target | TargetFailure): opened is TargetFailure => 'kind' in opened

/** Why a target could not be started, with the end of its stderr. */
export function notOpened({ message, stderr }: TargetFailure): string {
  const tail = stderr === '' ? '' : `\n  its stderr ends: ${stderr.trimEnd().split('\n').slice(-5).join('\n    ')}`
  return `the target did not say hello: ${message}${tail}`
}

/** The reply without the number of its request. */
export function withoutId({ id: _, ...answer }: Reply): Answer {
  return answer
}
