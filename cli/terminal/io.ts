import { createInterface } from 'node:readline'
import { type Problem, problemText } from '../../base/result.js'
import { visible } from '../../base/visible.js'
import { onInterrupt } from './interrupts.js'

/** Asks one question. @returns undefined if there will be no answer: the input has ended, or ^C */
export type AskUser = (question: string) => Promise<string | undefined>

/** All that a command uses beside files, so that a test can replace it. */
export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly colors: boolean
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean
  /** Whether stderr is a terminal. */
  readonly isWatched: boolean
  /** Show stacks: DMAPROOF_DEBUG=1. */
  readonly debug: boolean
  /** The file of the summary of a job, to be added to: GITHUB_STEP_SUMMARY. */
  readonly summary?: string | undefined
  /** Lets a command ask questions on the terminal; absent where there is none. */
  readonly asking?: <T>(use: (ask: AskUser) => Promise<T>) => Promise<T>
  /** Calls back at ^C, SIGTERM and SIGHUP instead of ending the process. @returns how to stop listening */
  readonly onInterrupt: (callback: () => void) => () => void
}

/** Ends a command with its status: see `Status`. */
export type End = (status: number) => void

/** Prints an error message on stderr, after the name of the program. */
export function complain(io: Io, message: string): void {
  io.err(`dmaproof: ${visible(message)}\n`)
}

/**
 * Prints a problem on stderr, with its place and remedy.
 *
 * @param file path of the file in which the problem is, as the user named it
 */
export function complainOf(io: Io, problem: Problem, file?: string): void {
  complain(io, problemText(problem, file))
}

/** Our own colours, which hide nothing. */
const colour = new RegExp(`(${String.fromCharCode(27)}\\[(?:0|1|2|22|3[0-9])m)`)

/** The text with control characters made visible, except this program's colours: names in it come from files. */
export const onTerminal = (text: string): string =>
  text
    .split(colour)
    .map((part, at) => (at % 2 === 1 ? part : visible(part)))
    .join('')

/** The process itself. */
export function processIo(): Io {
  const { env, stdin, stdout, stderr } = process
  return {
    out: (text) => void stdout.write(stdout.isTTY ? onTerminal(text) : text),
    err: (text) => void stderr.write(stderr.isTTY ? onTerminal(text) : text),
    colors: (env.NO_COLOR ?? '') === '' && (stdout.isTTY === true || (env.FORCE_COLOR ?? '0') !== '0'),
    isTerminal: stdout.isTTY === true,
    isWatched: stderr.isTTY === true,
    debug: env.DMAPROOF_DEBUG === '1',
    summary: env.GITHUB_STEP_SUMMARY || undefined,
    // stdout has nothing but what a command says
    ...(stdin.isTTY === true && stderr.isTTY === true ? { asking: (use) => askingOn(stdin, stderr, use) } : {}),
    onInterrupt,
  }
}

/** Lets `use` ask questions, each answered by one line of the input; undefined once the input has ended. */
export async function askingOn<T>(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  use: (ask: AskUser) => Promise<T>,
): Promise<T> {
  const reader = createInterface({ input, output })
  const lines = reader[Symbol.asyncIterator]()
  let isOpen = true
  reader.once('close', () => {
    isOpen = false // at the end of the input, and at ^C; what was read before it still answers
  })
  try {
    return await use(async (question) => {
      if (isOpen) {
        reader.setPrompt(question)
        reader.prompt()
      } else output.write(question)
      const { done, value } = await lines.next()
      if (done !== true) return value
      output.write('\n') // what is said next begins a line
      return undefined
    })
  } finally {
    reader.close()
  }
}

/**
 * Handles failed writes to stdout. A closed pipe (`| head`) is no error, and the exit status stays that of the command;
 * any other failure ends it with status 2.
 */
export function guardOutput(io: Io, end: End): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    complain(io, `the output could not be written: ${error.message}`)
    end(2)
  })
  process.stderr.on('error', () => undefined)
}
