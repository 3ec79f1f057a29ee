/** A line of a file, 1-based. */
export interface Line {
  readonly kind: 'line'
  readonly line: number
}

/** Characters of a text: from `at`, up to `end`. */
export interface TextSpan {
  readonly kind: 'span'
  readonly at: number
  readonly end: number
}

/** A word of a list: its index. */
export interface WordIndex {
  readonly kind: 'word'
  readonly index: number
}

/**
 * Where a problem is: a line of a file, characters of a text, or a word of a list.
 *
 * @example
 * if (problem.place?.kind === 'line') console.log(problem.place.line)
 */
export type Place = Line | TextSpan | WordIndex

/**
 * The rule behind a problem; a `Rule` of `spec/` is one.
 *
 * @example
 * if (!checked.ok) console.log(checked.problem.rule?.id)
 */
export interface CitedRule {
  readonly id: string
  readonly statement: string
  readonly source: { readonly name: string; readonly revision: string }
  readonly at: string
}

/**
 * What is wrong with something that was given.
 *
 * @example
 * const { message, remedy } = checkDesign(undefined).problem
 */
export interface Problem {
  /** What was found and what was expected, in one sentence. */
  readonly message: string
  readonly place?: Place
  /** What to do: a sentence of its own. */
  readonly remedy?: string
  /** The rule that makes it impossible. */
  readonly rule?: CitedRule
}

/** A problem of which it is known where it is. */
export interface PlacedProblem<P extends Place> extends Problem {
  readonly place: P
}

export interface Ok<T> {
  readonly ok: true
  readonly value: T
}

export interface Refused<P extends Problem = Problem> {
  readonly ok: false
  readonly problem: P
}

/**
 * A value from outside, or what is wrong with it.
 *
 * @example
 * const platform: Result<Platform> = parsePlatform('linux-7.2 drain=none')
 * if (platform.ok) use(platform.value)
 */
export type Result<T, P extends Problem = Problem> = Ok<T> | Refused<P>

/** A value that was accepted. */
export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })

/** A refusal with a problem that is made already; `refuse` makes one from a message. */
export const refused = <P extends Problem>(problem: P): Refused<P> => ({ ok: false, problem })

/** @param more a place, a remedy or a rule, where there is one */
export function refuse(message: string): Refused
export function refuse<M extends Omit<Problem, 'message'>>(message: string, more: M): Refused<M & { message: string }>
export function refuse(message: string, more: Omit<Problem, 'message'> = {}): Refused {
  return refused({ message, ...more })
}

/** The `more` of `refuse` for a problem in a text: the number of its line, from 1. */
export const onLine = (line: number): { readonly place: Line } => ({ place: { kind: 'line', line } })

/** The value of a result that our own code must get right. @throws Error with the problem's text if it is refused */
export function must<T>(checked: Result<T>): T {
  if (checked.ok) return checked.value
  throw new Error(problemText(checked.problem))
}

/** The same problem, said of a part of something: `WHERE: message`. */
export const within = <P extends Problem>(where: string, problem: P): Refused<P> =>
  refused({ ...problem, message: `${where}: ${problem.message}` })

/**
 * A problem in words: `FILE:LINE: message [rule]`. Characters of a text are shown with their line and a caret under
 * them. The remedy is on a line of its own. The index of a word is not printed: the message names the word.
 *
 * @param file as it is to be named
 * @param text the file's text, in which characters are found
 *
 * @example
 * if (!checked.ok) console.error(problemText(checked.problem))
 */
export function problemText({ message, place, remedy, rule }: Problem, file?: string, text?: string): string {
  const { position, excerpt } = placeText(place, text)
  const where = [...(file === undefined ? [] : [file]), ...position].join(':')
  const cited = rule === undefined ? message : `${message} [${rule.id}]`
  return [
    where === '' ? cited : `${where}: ${cited}`,
    ...excerpt,
    ...(remedy === undefined ? [] : [`  ${remedy}`]),
  ].join('\n')
}

interface PlaceText {
  /** Line and column, as far as they are known. */
  readonly position: readonly number[]
  readonly excerpt: readonly string[]
}

function placeText(place: Place | undefined, text: string | undefined): PlaceText {
  if (place?.kind === 'line') return { position: [place.line], excerpt: [] }
  if (place?.kind !== 'span' || text === undefined) return { position: [], excerpt: [] }
  const { at, end } = place
  const line = text.slice(0, at).split('\n').length
  const start = text.slice(0, at).lastIndexOf('\n') + 1
  const whole = text.slice(start).split('\n')[0]?.replace(/\r$/, '') ?? ''
  const column = at - start
  const width = Math.max(1, Math.min(end, start + whole.length) - at)
  const number = String(line).padStart(5)
  const under = whole.slice(0, column).replaceAll(/[^\t]/g, ' ')
  const excerpt = [`${number} | ${whole}`, `${' '.repeat(number.length)} | ${under}${'^'.repeat(width)}`]
  return { position: [line, column + 1], excerpt }
}
