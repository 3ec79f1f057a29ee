import {
  ok,
  type PlacedProblem,
  type Problem,
  type Refused,
  type Result,
  refuse,
  refused,
  type TextSpan,
} from '../../base/result.js'
import type { FilePlace, Word } from './syntax.js'

/** Something that a litmus test says, or what is wrong with it and where in the file's text. */
export type ParseResult<T> = Result<T, PlacedProblem<TextSpan>>

export const refuseAt = ({ at, end }: FilePlace, message: string): Refused<PlacedProblem<TextSpan>> =>
  refuse(message, { place: { kind: 'span', at, end } })

/** A problem of what the file asks for, at the words that ask for it. */
export const placed = (problem: Problem, { at, end }: FilePlace): Refused<PlacedProblem<TextSpan>> =>
  refused({ ...problem, place: { kind: 'span', at, end } })

/** The first word that stands there a second time. */
export const firstRepeated = (words: readonly Word[]): Word | undefined =>
  words.find(({ text }, at) => words.findIndex((other) => other.text === text) < at)

/** Of what stands there twice one would be taken silently. */
export const standsTwice = (word: Word): ParseResult<never> => refuseAt(word, `"${word.text}" stands here twice`)

/** The values of a list of results, or the first problem among them. */
export function all<T>(parsed: readonly ParseResult<T>[]): ParseResult<readonly T[]> {
  const values: T[] = []
  for (const result of parsed) {
    if (!result.ok) return result
    values.push(result.value)
  }
  return ok(values)
}
