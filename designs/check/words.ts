import { isFields, type Problems, problem, shown } from './values.js'

// Words of the vocabulary as a plan holds them: ranges, loops, conditions and notes.

interface Word {
  /** What the word is, with its article. */
  readonly what: string
  /** Where words of this sort are exported, and one of them. */
  readonly from: string
  readonly example: string
  /** Fields that are functions. */
  readonly functions: readonly string[]
}

export const rangeWord: Word = { what: 'a range', from: 'ranges', example: 'ranges.chunk', functions: ['first', 'end'] }
export const loopWord: Word = {
  what: 'a loop',
  from: 'loops',
  example: 'loops.eachMappedPage(ranges.chunk)',
  functions: ['start', 'seek', 'next'],
}
export const conditionWord: Word = {
  what: 'a condition',
  from: 'conditions',
  example: 'conditions.someMapped(ranges.chunk)',
  functions: ['holds'],
}
export const noteWord: Word = { what: 'a note', from: 'steps', example: 'steps.findHull', functions: ['run'] }

/** @param name of the function, '' if it has none */
export const wantsCall = (from: string, name: string, example: string): string =>
  name === ''
    ? `It wants a call, as in ${example}.`
    : `${from}.${name} wants a call (shown by: dmaproof explain ${from}.${name})`

/** A word that is undefined is one that the vocabulary lacks; one that is a function wants a call. */
export function* wordProblems(value: unknown, at: string, word: Word): Problems {
  const { what, from, example, functions } = word
  if (typeof value === 'function') {
    yield problem(at, `found ${shown(value)}, expected ${what}`, wantsCall(from, value.name, example))
    return
  }
  if (!isFields(value)) {
    const why = value === undefined ? `A name that ${from} lacks is undefined. ` : ''
    yield problem(at, `found ${shown(value)}, expected ${what}`, `${why}Write ${what}, as in ${example}.`)
    return
  }
  const wrong = functions.find((name) => typeof value[name] !== 'function')
  if (wrong !== undefined) {
    const found = `its ${wrong} is ${shown(value[wrong])}, and no function`
    yield problem(at, `found ${shown(value)}, expected ${what}: ${found}`, `Write ${what}, as in ${example}.`)
  } else if (typeof value.name !== 'string') {
    yield problem(at, `${what} without a name`, 'Give it a name: reports show it.')
  } else if ('range' in value) yield* wordProblems(value.range, `${at}: its range`, rangeWord)
}
