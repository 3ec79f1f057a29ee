import { readObject } from '../protocol/framing.js'
import { readHello } from '../protocol/handshake.js'
import {
  type Answer,
  answerSchema,
  type Call,
  type Hello,
  protocolVersion,
  type RaceCall,
} from '../protocol/messages.js'
import {
  defaultTimeout,
  type Exchange,
  type OpenTarget,
  type RequestBody,
  type TargetFailure,
} from '../protocol/target.js'
/**
 * An implementation in this process. An exception counts as the death of the target.
 *
 * @example
 * const make = (): Implementation => implement({ interfaces: ['page-table'] }, calls)
 */
export interface Implementation {
  readonly hello: Hello
  /** Answers a reset, a call, and nothing else. */
  answer(request: RequestBody): Answer | Promise<Answer>
}

/**
 * Makes a target of an object. Each opening makes a new object, as it would start a new process, and replies are
 * validated as a process's lines are. A synchronous call that never returns cannot be stopped.
 *
 * @param timeout seconds without a reply after which it counts as silent
 *
 * @example
 * await conform(objectTarget(() => implement(hello, calls)), { interface: 'page-table', runs: 1000, seed: 1 })
 */
export function objectTarget(make: () => Implementation, timeout = defaultTimeout): OpenTarget {
  return async () => {
    const opened = openObject(make)
    if ('kind' in opened) return opened
    let last: Promise<Exchange> = Promise.resolve({ replies: [] })
    const ask = (requests: readonly RequestBody[]): Promise<Exchange> => {
      last = last.then(({ failure }) =>
        failure === undefined ? answerAll(opened.implementation, requests, timeout) : { replies: [], failure },
      )
      return last
    }
    return { hello: opened.hello, ask, close: async () => undefined }
  }
}

function openObject(make: () => Implementation): { implementation: Implementation; hello: Hello } | TargetFailure {
  try {
    const implementation = make()
    const said = Object.entries(implementation.hello).map(([name, value]) => [name, wordsOf(value)])
    const hello = readHello({ id: 0, outcome: 'ok', ...Object.fromEntries(said) })
    return hello.ok ? { implementation, hello: hello.value } : failureOf('unreadable', hello.problem.message)
  } catch (error) {
    return failureOf('died', `it threw when it was made: ${textOf(error)}`)
  }
}

/** A list, as the wire has it. */
const wordsOf = (value: unknown): unknown => (Array.isArray(value) ? value.join(' ') : value)

async function answerAll(
  implementation: Implementation,
  requests: readonly RequestBody[],
  timeout: number,
): Promise<Exchange> {
  const replies: Answer[] = []
  for (const request of requests) {
    const answer = await answerOne(implementation, request, timeout)
    if ('kind' in answer) return { replies, failure: answer }
    replies.push(answer)
  }
  return { replies }
}

async function answerOne(
  implementation: Implementation,
  request: RequestBody,
  timeout: number,
): Promise<Answer | TargetFailure> {
  try {
    const answer = implementation.answer(request)
    const said = isPending(answer) ? await inTime(answer, timeout) : answer
    if (said === silence) return failureOf('silent', `no reply to ${request.call} for ${timeout} s`)
    const read = readObject(said, answerSchema)
    return read.ok ? read.value : failureOf('unreadable', `the reply to ${request.call}: ${read.problem.message}`)
  } catch (error) {
    return failureOf('died', `it threw at ${request.call}: ${textOf(error)}`)
  }
}

const silence = Symbol('silence')
const isPending = (answer: unknown): answer is PromiseLike<unknown> =>
  typeof answer === 'object' && answer !== null && 'then' in answer

async function inTime(answer: PromiseLike<unknown>, timeout: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(silence), timeout * 1000)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

const failureOf = (kind: TargetFailure['kind'], message: string): TargetFailure => ({ kind, message, stderr: '' })
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The reply of a function: `ok`, the name of an errno, or the observations of a call that succeeded. */
type ReplyBody = string | Omit<Answer, 'outcome'>

type Any = Call | RaceCall

/**
 * A function a call; a call that has none succeeds and does nothing.
 *
 * @example
 * const calls: Calls = { map: ({ iovfn, page }) => table.map(iovfn, page) }
 */
export type Calls = { readonly [K in Any['call']]?: (call: Extract<Any, { call: K }>) => ReplyBody } & {
  readonly reset?: (request: Extract<RequestBody, { call: 'reset' }>) => unknown
}

/**
 * Makes an implementation of functions, for `objectTarget`.
 *
 * @param has what differs from an implementation that offers, observes and limits nothing
 *
 * @example
 * objectTarget(() => implement({ name: 'my-table', interfaces: ['page-table'] }, calls))
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
      const answer = calls[request.call] as ((call: Any) => ReplyBody) | undefined
      const said = answer?.(request) ?? 'ok'
      return typeof said === 'string' ? { outcome: said } : { outcome: 'ok', ...said }
    },
  }
}
