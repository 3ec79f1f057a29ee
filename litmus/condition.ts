import { ok, type Problem } from '../base/result.js'
import type { Machine } from '../model/machine/machine.js'
import { all, type ParseResult, placed } from './language/problem.js'
import type { Proposition } from './language/syntax.js'
import { type Observable, observableOf, type Register } from './observe.js'

/** What was seen of a final state: the words of the observables, by their names. */
export type Seen = ReadonlyMap<string, string>
export type Holds = (seen: Seen) => boolean

/** Makes a proposition to be asked of what was seen; a word that its location never holds is refused. */
export function holdsOf(m: Machine, proposition: Proposition, registers: readonly Register[]): ParseResult<Holds> {
  switch (proposition.kind) {
    case 'true':
      return ok(() => true)
    case 'not': {
      const part = holdsOf(m, proposition.part, registers)
      return part.ok ? ok((seen) => !part.value(seen)) : part
    }
    case 'is':
      return atomOf(m, proposition, registers)
    default: {
      const parts = all(proposition.parts.map((part) => holdsOf(m, part, registers)))
      if (!parts.ok) return parts
      const isAnd = proposition.kind === 'and'
      return ok((seen) => (isAnd ? parts.value.every((part) => part(seen)) : parts.value.some((part) => part(seen))))
    }
  }
}

/** `fault` stands for every `fault:…`, `done` for every `done:…`. */
function atomOf(
  m: Machine,
  { location, equal, value }: Extract<Proposition, { kind: 'is' }>,
  registers: readonly Register[],
): ParseResult<Holds> {
  const found = observableOf(m, location, registers)
  if (!found.ok) return found
  const { name, words } = found.value
  const wrong = wrongWord(found.value, value.text)
  if (wrong !== undefined) return placed(wrong, value)
  const is = (word: string) => word === value.text || (words !== 'number' && word.startsWith(`${value.text}:`))
  return ok((seen) => is(seen.get(name) ?? '') === equal)
}

function wrongWord({ name, words }: Observable, text: string): Problem | undefined {
  const isKnown = words === 'number' ? /^\d+$/.test(text) : words.includes(text)
  const expected = words === 'number' ? 'a whole number' : `one of ${words.join(', ')}`
  return isKnown ? undefined : { message: `${name}: found "${text}", expected ${expected}` }
}
