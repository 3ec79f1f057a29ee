import { appendFileSync } from 'node:fs'
import { ok, type Result, refuse } from '../../../base/result.js'
import { endGroup, spawnGroup } from '../process-group.js'

/** Where commands write their output, and the signal that stops them. */
export interface Shell {
  /** Shows one line to the user. */
  readonly say: (line: string) => void
  /** Everything that the commands print. */
  readonly log: string
  readonly signal: AbortSignal
}

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const tailLines = 12

/**
 * Runs one command to its end.
 *
 * @returns what it wrote to stdout; or, if it failed, the command and the last lines that it printed
 */
export function command(shell: Shell, words: readonly string[], options: CommandOptions = {}): Promise<Result<string>> {
  appendFileSync(shell.log, `$ ${words.join(' ')}\n`)
  return new Promise((resolve) => {
    const child = spawnGroup(words, { cwd: options.cwd, env: { ...process.env, LC_ALL: 'C', ...options.env } })
    const end = () => endGroup(child)
    shell.signal.addEventListener('abort', end)
    child.stdin.end()
    let out = ''
    let all = ''
    const hear = (text: string) => {
      appendFileSync(shell.log, text)
      all = (all + text).slice(-16_384)
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      hear(text)
    })
    child.stderr.setEncoding('utf8').on('data', hear)
    child.on('error', (error) => resolve(failed(shell, words, error.message)))
    child.on('close', (status) => {
      shell.signal.removeEventListener('abort', end)
      end()
      resolve(status === 0 ? ok(out) : failed(shell, words, `status ${status}`, all))
    })
  })
}

function failed({ log, signal }: Shell, words: readonly string[], how: string, said = ''): Result<never> {
  if (signal.aborted) return refuse('interrupted')
  const tail = said.trimEnd().split('\n').slice(-tailLines)
  const lines = tail.map((line) => `  ${line}`).join('\n')
  return refuse(`${words.join(' ')}\n  failed: ${how}\n${lines}\n  all of it: ${log}`)
}
