import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import type { Result } from '../../base/result.js'
import { LineCutter, readLine } from '../protocol/framing.js'
import { readHello } from '../protocol/handshake.js'
import { anyHelloSchema, type Hello, protocolVersion, type Reply, replySchema } from '../protocol/messages.js'
import {
  defaultTimeout,
  type Exchange,
  type OpenTarget,
  type RequestBody,
  type Target,
  type TargetFailure,
  withoutId,
} from '../protocol/target.js'
import { endGroup, spawnGroup } from './process-group.js'

/**
 * How a process is started, and how long it may take for a reply.
 *
 * @example
 * const options: ProcessOptions = { command: 'python3 page_table.py', timeout: 5 }
 */
export interface ProcessOptions {
  /** A command line for the shell. */
  readonly command: string
  readonly folder?: string
  /** Seconds (not milliseconds) without a reply after which the process counts as silent; default `defaultTimeout`. */
  readonly timeout?: number
}

const maxStderr = 4096
/** Milliseconds for the last output to arrive after an exit or a refusal, and for a process to end. */
const grace = 200

/** A batch of requests that waits for its replies: their schema and the first id. */
interface Waiting {
  readonly schema: z.ZodType<{ readonly id: number }>
  readonly from: number
  readonly count: number
  readonly replies: { readonly id: number }[]
  readonly end: (failure: TargetFailure | undefined) => void
}

/** A process that speaks the line protocol, in a process group of its own. */
class Speaker {
  failure: TargetFailure | undefined
  private readonly child: ChildProcessWithoutNullStreams
  private readonly cutter = new LineCutter()
  private readonly closed: Promise<void>
  private waiting: Waiting[] = []
  private timer: NodeJS.Timeout | undefined
  private stderr = ''
  private next = 0
  private readonly timeout: number

  constructor({ command, folder, timeout = defaultTimeout }: ProcessOptions) {
    this.timeout = timeout
    this.child = spawnGroup(['/bin/sh', '-c', command], folder === undefined ? {} : { cwd: folder })
    this.child.stdout.on('data', (chunk: Buffer) => this.receive(chunk))
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString('latin1').replace(/[^\x20-\x7e\n]/g, '?')).slice(-maxStderr)
    })
    this.child.stdin.on('error', () => undefined) // its end is told by `exit`
    this.child.on('error', (error) => this.fail('died', `it could not be started: ${error.message}`))
    this.child.on('exit', (code, signal) => setTimeout(() => this.ended(code, signal), grace))
    this.closed = new Promise((resolve) => {
      this.child.on('exit', () => resolve())
      this.child.on('error', () => resolve())
    })
  }

  /** Sends requests. The replies are in order, up to the first that could not be read. */
  async ask<T extends { readonly id: number }>(
    requests: readonly object[],
    schema: z.ZodType<T>,
  ): Promise<Received<T>> {
    if (this.failure !== undefined) return { replies: [], failure: this.failure }
    const replies: T[] = []
    const from = this.next
    this.next += requests.length
    const failure = await new Promise<TargetFailure | undefined>((end) => {
      this.waiting.push({ schema, from, count: requests.length, replies, end })
      this.restartTimer()
      this.child.stdin.write(requests.map((request, index) => line(from + index, request)).join(''))
    })
    return failure === undefined ? { replies } : { replies, failure }
  }

  /** Says bye, and kills the process if it does not end. */
  async close(): Promise<void> {
    this.stopTimer()
    this.failure ??= { kind: 'died', message: 'it was closed', stderr: '' }
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.stdin.end(line(this.next, { call: 'bye' }))
      const timer = setTimeout(() => this.kill(), grace)
      await this.closed
      clearTimeout(timer)
    }
    this.kill()
  }

  /** Ends a process whose hello was refused; its stderr has a moment to arrive. */
  async refuse(message: string): Promise<TargetFailure> {
    await sleep(grace)
    await this.close()
    return { kind: 'unreadable', message, stderr: this.stderr }
  }

  private receive(chunk: Buffer): void {
    if (this.failure !== undefined) return
    const { lines, problem } = this.cutter.push(chunk)
    for (const line of lines) {
      this.receiveLine(line)
      if (this.failure !== undefined) return
    }
    if (problem !== undefined) this.fail('unreadable', problem.message)
  }

  private receiveLine(bytes: Buffer): void {
    const [waiting] = this.waiting
    if (waiting === undefined) {
      this.fail('unasked', 'it wrote a line without being asked')
      return
    }
    const reply: Result<{ readonly id: number }> = readLine(bytes, waiting.schema)
    const wanted = waiting.from + waiting.replies.length
    if (!reply.ok) this.fail('unreadable', reply.problem.message)
    else if (reply.value.id !== wanted) {
      this.fail('out-of-order', `found a reply to request ${reply.value.id}, expected one to ${wanted}`)
    } else {
      waiting.replies.push(reply.value)
      if (waiting.replies.length === waiting.count) this.answered(waiting)
      else this.restartTimer()
    }
  }

  private ended(code: number | null, signal: NodeJS.Signals | null): void {
    const half = this.cutter.half === '""' ? '' : `, in the middle of a line: ${this.cutter.half}`
    this.fail('died', `it ended ${signal === null ? `with status ${code}` : `by ${signal}`}${half}`)
  }

  private fail(kind: TargetFailure['kind'], message: string): void {
    if (this.failure !== undefined) return
    this.failure = { kind, message, stderr: this.stderr }
    this.stopTimer()
    this.kill()
    for (const { end } of this.waiting.splice(0)) end(this.failure)
  }

  private answered({ end }: Waiting): void {
    this.waiting.shift()
    if (this.waiting.length === 0) this.stopTimer()
    else this.restartTimer()
    end(undefined)
  }

  private restartTimer(): void {
    if (this.timer !== undefined) this.timer.refresh()
    else this.timer = setTimeout(() => this.failSilent(), this.timeout * 1000)
  }

  private stopTimer(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private failSilent(): void {
    const half = this.cutter.half === '""' ? '' : `; it has begun a line: ${this.cutter.half}`
    this.fail('silent', `no reply for ${this.timeout} s${half}`)
  }

  /** Kills the process and its children, whose streams would otherwise stay open. */
  private kill(): void {
    endGroup(this.child)
    this.child.stdout.destroy()
    this.child.stderr.destroy()
    this.child.stdin.destroy()
  }
}

interface Received<T> {
  readonly replies: readonly T[]
  readonly failure?: TargetFailure
}

const line = (id: number, request: object): string => `${JSON.stringify({ id, ...request })}\n`

/**
 * Starts a command and says hello.
 *
 * @example
 * const target = processTarget({ command: './page-table', timeout: 5 })
 * await conform(target, { interface: 'page-table', runs: 1000, seed: 1 })
 */
export function processTarget(options: ProcessOptions): OpenTarget {
  return async () => {
    const speaker = new Speaker(options)
    const { replies, failure } = await speaker.ask([{ call: 'hello', protocol: protocolVersion }], anyHelloSchema)
    const [first] = replies
    if (first === undefined) return failure as TargetFailure
    const hello = readHello(first)
    return hello.ok ? target(speaker, hello.value) : speaker.refuse(hello.problem.message)
  }
}

function target(speaker: Speaker, hello: Hello): Target {
  return {
    hello,
    ask: async (requests: readonly RequestBody[]): Promise<Exchange> => {
      const { replies, failure } = await speaker.ask<Reply>(requests, replySchema)
      const answers = replies.map(withoutId)
      return failure === undefined ? { replies: answers } : { replies: answers, failure }
    },
    close: () => speaker.close(),
  }
}
