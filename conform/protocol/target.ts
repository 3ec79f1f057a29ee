import type { Answer, Call, Hello, RaceCall, Reply, Reset } from './messages.js'

/**
 * A request before the target has numbered it.
 *
 * @example
 * const answer = (request: RequestBody) => (request.call === 'reset' ? reset(request) : one(request))
 */
export type RequestBody = Omit<Reset, 'id'> | Call | RaceCall

/** What may come in the place of a reply. */
export const failureNames = ['died', 'silent', 'unreadable', 'out-of-order', 'unasked'] as const
export type FailureName = (typeof failureNames)[number]

/**
 * How a target failed: not by a wrong reply, but by none, or by one that is not a reply of the protocol.
 *
 * @example
 * const opened = await open()
 * if ('kind' in opened) console.error(opened.message)
 */
export interface TargetFailure {
  readonly kind: FailureName
  /** Where, what was found, what was expected. */
  readonly message: string
  /** The last part of its stderr. */
  readonly stderr: string
}

/** The replies to the requests, in order; with the failure if there are fewer replies than requests. */
export interface Exchange {
  readonly replies: readonly Answer[]
  readonly failure?: TargetFailure
}

/**
 * A running implementation that has replied to `hello`. After a failure it answers nothing more.
 *
 * @example
 * const target = await open()
 * if ('hello' in target) await target.close()
 */
export interface Target {
  readonly hello: Hello
  /** Sends all requests before it waits for replies. */
  ask(requests: readonly RequestBody[]): Promise<Exchange>
  close(): Promise<void>
}

/**
 * Starts a fresh process, or makes a fresh object.
 *
 * @example
 * const open: OpenTarget = processTarget({ command: './page-table', timeout: 5 })
 */
export type OpenTarget = () => Promise<Target | TargetFailure>

/** Whether opening a target failed. */
export const isTargetFailure = (opened: Target | TargetFailure): opened is TargetFailure => 'kind' in opened

/** Why a target could not be started, with the end of its stderr. */
export function startFailureText({ message, stderr }: TargetFailure): string {
  const tail = stderr === '' ? '' : `\n  its stderr ends: ${stderr.trimEnd().split('\n').slice(-5).join('\n    ')}`
  return `the target did not say hello: ${message}${tail}`
}

/** The reply without the number of its request. */
export function withoutId({ id: _, ...answer }: Reply): Answer {
  return answer
}

/** Seconds without a reply after which a target counts as silent, unless told. */
export const defaultTimeout = 10
