import { type Answer, type Call, type Hello, protocolVersion, type RaceCall } from '../protocol/messages.js'
import type { Implementation, RequestBody } from '../protocol/target.js'

/** How a call ended: `ok` or an errno by its name; or what was observed of one that succeeded. */
type Said = string | Omit<Answer, 'outcome'>

type Any = Call | RaceCall

/** A function a call; a call that has none succeeds and does nothing. */
export type Calls = { readonly [K in Any['call']]?: (call: Extract<Any, { call: K }>) => Said } & {
  readonly reset?: (request: Extract<RequestBody, { call: 'reset' }>) => unknown
}

/**
 * Makes an implementation of functions, for `objectTarget`.
 *
 * @param has what differs from an implementation that offers, observes and limits nothing
 */
export function implement(has: Partial<Hello>, calls: Calls): Implementation {
  const hello: Hello = {
    protocol: protocolVersion,
    name: 'object',
    interfaces: [],
    flaws: [],
    limits: [],
    observes: [],
    devices: 1,
    pages: 16,
    ...has,
  }
  return {
    hello,
    answer: (request) => {
      if (request.call === 'reset') {
        calls.reset?.(request)
        return { outcome: 'ok' }
      }
      const answer = calls[request.call] as ((call: Any) => Said) | undefined
      const said = answer?.(request) ?? 'ok'
      return typeof said === 'string' ? { outcome: said } : { outcome: 'ok', ...said }
    },
  }
}
