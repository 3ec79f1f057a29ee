import type { z } from 'zod'
import { ok, type Problem, type Result, refuse } from '../../base/result.js'
import { lineLimit } from './messages.js'
import { schemaError } from './schema-error.js'

const newline = 10

/** Cuts a stream of bytes into lines and buffers at most one line. */
export class LineCutter {
  private readonly rest = Buffer.alloc(lineLimit)
  private held = 0

  /** @returns the lines that are complete now, and what is wrong if the stream cannot be cut any further */
  push(chunk: Buffer): { readonly lines: readonly Buffer[]; readonly problem?: Problem } {
    const lines: Buffer[] = []
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      if (this.held + end - from > lineLimit) return { lines, problem: tooLong }
      lines.push(this.take(chunk.subarray(from, end)))
      from = end + 1
    }
    const left = chunk.length - from
    if (this.held + left > lineLimit) return { lines, problem: tooLong }
    chunk.copy(this.rest, this.held, from)
    this.held += left
    return { lines }
  }

  /** What came after the last line's end, shortened for people. */
  get half(): string {
    return quote(this.rest.subarray(0, this.held))
  }

  private take(tail: Buffer): Buffer {
    if (this.held === 0) return tail
    const whole = Buffer.concat([this.rest.subarray(0, this.held), tail])
    this.held = 0
    return whole
  }
}

const tooLong: Problem = {
  message: `found more than ${lineLimit} bytes without the end of a line, expected one reply per line`,
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads one line of an implementation as an object of a schema. */
export function readLine<T extends object>(line: Buffer, schema: z.ZodType<T>): Result<T> {
  let text: string
  try {
    text = utf8.decode(line)
  } catch {
    return refuse(`found bytes that are not UTF-8 (${quote(line)}), expected a JSON object`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse(`found a line that is not JSON (${quote(line)}), expected one object per line`)
  }
  const read = readObject(value, schema)
  return read.ok ? read : refuse(`${read.problem.message} (${quote(line)})`)
}

/** Reads a value as an object of a schema. */
export function readObject<T extends object>(value: unknown, schema: z.ZodType<T>): Result<T> {
  const parsed = schema.safeParse(value)
  return parsed.success ? ok(parsed.data) : refuse(schemaError(value, parsed.error))
}

/** At most 60 characters of what was written, so that a message stays one. */
function quote(bytes: Buffer): string {
  const shown = bytes
    .subarray(0, 60)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '?')
  return `"${shown}"${bytes.length > 60 ? '…' : ''}`
}
