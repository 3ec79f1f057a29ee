import { isBad, readObject } from './framing.js'
import { readHello } from './handshake.js'
import { type Answer, answerSchema, type Call, type Hello, type RaceCall, type Reply, type Reset } from './messages.js'

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

/** An implementation in this process. What it throws counts as its death. */
export interface Implementation {
  readonly hello: Hello
  /** Answers a reset, a call, and nothing else. */
  answer(request: RequestBody): Answer | Promise<Answer>
}

/** Seconds without a reply after which an object counts as silent, unless told. */
const defaultTimeout = 10

/**
 * Makes a target of an object. It is made anew for each opening, as a process would be, and what it says is read as a
 * process's lines are. One that never comes back from a call without a promise cannot be stopped.
 *
 * @param timeout seconds without a reply after which it counts as silent
 */
export function objectTarget(make: () => Implementation, timeout = defaultTimeout): OpenTarget {
  return async () => {
    const opened = openObject(make)
    if ('kind' in opened) return opened
    let last: Promise<Exchange> = Promise.resolve({ replies: [] })
    const ask = (requests: readonly RequestBody[]): Promise<Exchange> => {
      last = last.then(({ trouble }) =>
        trouble === undefined ? answerAll(opened.implementation, requests, timeout) : { replies: [], trouble },
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
    return isBad(hello) ? troubleOf('unreadable', hello.wrong) : { implementation, hello }
  } catch (error) {
    return troubleOf('died', `it threw when it was made: ${textOf(error)}`)
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
    if ('kind' in answer) return { replies, trouble: answer }
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
    if (said === silence) return troubleOf('silent', `no reply to ${request.call} for ${timeout} s`)
    const read = readObject(said, answerSchema)
    return isBad(read) ? troubleOf('unreadable', `the reply to ${request.call}: ${read.wrong}`) : read
  } catch (error) {
    return troubleOf('died', `it threw at ${request.call}: ${textOf(error)}`)
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

const troubleOf = (kind: TargetFailure['kind'], message: string): TargetFailure => ({ kind, message, stderr: '' })
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The reply without the number of its request. */
export function withoutId({ id: _, ...answer }: Reply): Answer {
  return answer
}
