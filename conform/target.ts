import type { Answer, Call, Hello, RaceCall, Reply, Reset } from './protocol.js'

/** A request before the target has numbered it. */
export type Asked = Omit<Reset, 'id'> | Call | RaceCall

/** How an implementation stopped being one: not a wrong answer, but none, or one that nobody can read. */
export interface Trouble {
  readonly kind: 'died' | 'silent' | 'unreadable' | 'out-of-order' | 'unasked'
  /** Where, what was found, what was expected. */
  readonly message: string
  /** The end of what it wrote on stderr. */
  readonly stderr: string
}

/** The replies to the first of the requests; if not to all of them, then why. */
export interface Exchange {
  readonly replies: readonly Answer[]
  readonly trouble?: Trouble
}

/** An implementation that has said hello. After trouble it is of no use any more. */
export interface Target {
  readonly hello: Hello
  /** Sends all requests, and then waits for their replies. */
  ask(requests: readonly Asked[]): Promise<Exchange>
  close(): Promise<void>
}

/** Starts an implementation anew. */
export type OpenTarget = () => Promise<Target | Trouble>

export const isTrouble = (opened: Target | Trouble): opened is Trouble => 'kind' in opened

/** An implementation in this process. What it throws counts as its death. */
export interface Implementation {
  readonly hello: Hello
  /** Answers a reset, a call, and nothing else. */
  answer(request: Asked): Answer | Promise<Answer>
}

/** Makes a target of an object. It is made anew for each opening, as a process would be. */
export function objectTarget(make: () => Implementation): OpenTarget {
  return async () => {
    const implementation = make()
    let last: Promise<Exchange> = Promise.resolve({ replies: [] })
    const ask = (requests: readonly Asked[]): Promise<Exchange> => {
      last = last.then(({ trouble }) =>
        trouble === undefined ? answerAll(implementation, requests) : { replies: [], trouble },
      )
      return last
    }
    return { hello: implementation.hello, ask, close: async () => undefined }
  }
}

async function answerAll(implementation: Implementation, requests: readonly Asked[]): Promise<Exchange> {
  const replies: Answer[] = []
  for (const request of requests) {
    try {
      const answer = implementation.answer(request)
      replies.push(answer instanceof Promise ? await answer : answer)
    } catch (error) {
      const message = `it threw at ${request.call}: ${error instanceof Error ? error.message : String(error)}`
      return { replies, trouble: { kind: 'died', message, stderr: '' } }
    }
  }
  return { replies }
}

/** The reply without the number of its request. */
export function withoutId({ id: _, ...answer }: Reply): Answer {
  return answer
}
