import type { Place, Word } from './syntax.js'

/** What is wrong with a file: where, and in words what was found and what was expected. */
export interface Problem extends Place {
  readonly message: string
}

export type ParseResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem }

export const accept = <T>(value: T): ParseResult<T> => ({ ok: true, value })
export const refuse = ({ at, end }: Place, message: string): { readonly ok: false; readonly problem: Problem } => ({
  ok: false,
  problem: { at, end, message },
})

/** The first word that stands there a second time. */
export const repeated = (words: readonly Word[]): Word | undefined =>
  words.find(({ text }, at) => words.findIndex((other) => other.text === text) < at)

/** Of what stands there twice one would be taken silently. */
export const standsTwice = (word: Word): ParseResult<never> => refuse(word, `"${word.text}" stands here twice`)

/** Values of all, or the first problem. */
export function all<T>(parsed: readonly ParseResult<T>[]): ParseResult<readonly T[]> {
  const values: T[] = []
  for (const one of parsed) {
    if (!one.ok) return one
    values.push(one.value)
  }
  return accept(values)
}

/** The problem as a message with file, line and column, the line itself and a caret under the place. */
export function problemText(file: string, text: string, { at, end, message }: Problem): string {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const start = before.lastIndexOf('\n') + 1
  const whole = text.slice(start).split('\n')[0]?.replace(/\r$/, '') ?? ''
  const column = at - start
  const width = Math.max(1, Math.min(end, start + whole.length) - at)
  const number = String(line).padStart(5)
  const under = whole.slice(0, column).replaceAll(/[^\t]/g, ' ')
  return [
    `${file}:${line}:${column + 1}: ${message}`,
    `${number} | ${whole}`,
    `${' '.repeat(number.length)} | ${under}${'^'.repeat(width)}`,
  ].join('\n')
}
