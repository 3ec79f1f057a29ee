import type { Answer, Call, RaceCall } from '../protocol/messages.js'

interface Armed {
  readonly write: Extract<Call, { call: 'dma-write' }>
  /** Calls that are made before it takes place. */
  turns: number
  when: 'before' | 'during' | 'after'
  answer: Answer | undefined
}

/** For tests: armed writes, which take place between two of the calls behind their begin, each between others. */
export class ModelRace {
  private readonly armed = new Map<number, Armed>()
  private begun = 0

  /** @param write makes the write at this moment */
  constructor(private readonly write: (call: Armed['write']) => Answer) {}

  answer(request: RaceCall): Answer {
    if (request.call === 'dma-arm') {
      const { device, iovfn, value } = request
      const write = { call: 'dma-write', device, iovfn, value } as const
      this.armed.set(device, { write, turns: Number.POSITIVE_INFINITY, when: 'after', answer: undefined })
      return { outcome: 'ok' }
    }
    return request.call === 'dma-begin' ? this.begin(request.ahead) : this.end(request.device)
  }

  /** A call was made that is none of the race's. */
  turn(): void {
    for (const one of this.armed.values()) {
      one.turns -= 1
      if (one.turns === 0) this.land(one, 'during')
    }
  }

  private begin(ahead: number): Answer {
    for (const [device, one] of this.armed) {
      this.begun += 1
      one.turns = (this.begun * 7 + device) % (ahead + 1)
      if (one.turns === 0) this.land(one, 'before')
    }
    return { outcome: 'ok' }
  }

  private end(device: number): Answer {
    const one = this.armed.get(device)
    if (one === undefined) throw new Error(`device ${device} was not armed`)
    if (one.answer === undefined) this.land(one, 'after')
    this.armed.delete(device)
    return { outcome: 'ok', result: one.answer?.result ?? 'blocked', when: one.when }
  }

  private land(one: Armed, when: Armed['when']): void {
    one.when = when
    one.turns = 0
    one.answer = this.write(one.write)
  }
}
