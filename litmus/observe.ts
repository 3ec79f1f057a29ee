import { ok } from '../base/result.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { ThreadActor } from './language/actor.js'
import { all, type ParseResult, refuseAt } from './language/problem.js'
import type { LitmusSource, LocationText, Proposition, Word } from './language/syntax.js'
import { type Location, locations } from './locations.js'
import { outcomeWord, outcomeWords } from './outcome.js'
import type { ThreadStep } from './steps.js'

/** A final state as a condition sees it: the state, its registers, and whether it is stuck: some thread never ends. */
export interface Final {
  readonly s: State
  readonly registers: ArrayLike<number>
  readonly stuck: boolean
}

/** Something that a test shows of each final state. */
export interface Observable {
  /** As it is printed: `D0:r0`, `attr[1]`. */
  readonly name: string
  readonly words: readonly string[] | 'number'
  readonly read: (final: Final) => string
}

/** A register of a thread: who, its name, what it records; its place in the vector is its place in the list. */
export interface Register {
  readonly actor: string
  readonly name: string
  readonly records: ThreadStep['records']
}

export interface Thread {
  readonly actor: ThreadActor
  readonly ops: readonly ThreadStep[]
}

/** The registers that steps of the threads bind, each once. */
export function registersOf(threads: readonly Thread[]): Register[] {
  const found: Register[] = []
  for (const { actor, ops } of threads) {
    for (const { register, records } of ops) {
      if (register !== undefined) found.push({ actor: actor.name, name: register, records })
    }
  }
  return found
}

/** Index of an actor's register among all; -1 if there is none. */
export const placeOfRegister = (registers: readonly Register[], actor: string, name: string): number =>
  registers.findIndex((known) => known.actor === actor && known.name === name)

/** All that a condition and a list of locations ask for, in the order in which they name it. */
export function observablesOf(
  m: Machine,
  source: LitmusSource,
  registers: readonly Register[],
): ParseResult<readonly Observable[]> {
  const asked = [...source.locations, ...locationsIn(source.proposition)]
  const made = all(asked.map((location) => observableOf(m, location, registers)))
  if (!made.ok) return made
  return ok(made.value.filter(({ name }, at) => made.value.findIndex((other) => other.name === name) === at))
}

function locationsIn(proposition: Proposition): LocationText[] {
  if (proposition.kind === 'is') return [proposition.location]
  if (proposition.kind === 'not') return locationsIn(proposition.part)
  return proposition.kind === 'true' ? [] : proposition.parts.flatMap(locationsIn)
}

/** What a location of the text names, and how it is read from a state; refused if there is no such location. */
export function observableOf(m: Machine, text: LocationText, registers: readonly Register[]): ParseResult<Observable> {
  const { actor, name, index } = text
  if (name.text === 'stuck') {
    return ok({ name: 'stuck', words: ['no', 'yes'], read: ({ stuck }) => (stuck ? 'yes' : 'no') })
  }
  if (/^r\d+$/.test(name.text)) return registerOf(text, registers)
  const location = Object.hasOwn(locations, name.text) ? locations[name.text] : undefined
  if (location === undefined) {
    const known = [...Object.keys(locations), 'stuck'].join(', ')
    return refuseAt(name, `found "${name.text}", expected a register as in P0:r0, or one of ${known}`)
  }
  const part = location.part?.(m)
  if (part !== undefined) return refuseAt(name, `${name.text} needs: parts ${part}`)
  const page = index === undefined ? -1 : Number(index.text)
  if (location.of.includes('page') !== page >= 0) {
    return refuseAt(text, page < 0 ? `${name.text} is of a page: ${name.text}[0]` : `${name.text} is of no page`)
  }
  if (page >= m.pages) return refuseAt(index ?? text, `found page ${page}, but the scope has pages=${m.pages}`)
  const who = actor === undefined ? ok(0) : whoOf(m, location, actor)
  if (!who.ok) return who
  return ok(ofLocation(m, location, printed(location, text, who.value), Math.max(0, page), who.value))
}

function printed(location: Location, { name, index }: LocationText, who: number): string {
  const role = roleOf(location)
  const prefix = role === undefined || (role === 'U' && who === 0) ? '' : `${role}${who}:`
  return `${prefix}${name.text}${index === undefined ? '' : `[${index.text}]`}`
}

function ofLocation(m: Machine, { words, read }: Location, name: string, page: number, who: number): Observable {
  return {
    name,
    words,
    read: ({ s }) => {
      const value = read(m, s, page, who)
      return words === 'number' ? String(value) : (words[value] ?? '?')
    },
  }
}

/** The letter of the actor that a location is of, besides its page. */
const roleOf = ({ of }: Location): 'U' | 'D' | 'P' | undefined =>
  of.includes('unit') ? 'U' : of.includes('device') ? 'D' : of.includes('vcpu') ? 'P' : undefined

/** Which unit, device or vCPU a location is of. */
function whoOf(m: Machine, location: Location, actor: Word): ParseResult<number> {
  const role = roleOf(location)
  if (role === undefined) return refuseAt(actor, `found ${actor.text}, expected no thread here`)
  if (actor.text.slice(0, 1) !== role) return refuseAt(actor, `found ${actor.text}, expected ${role}0`)
  const who = Number(actor.text.slice(1))
  const size = { U: m.scope.units, D: m.scope.devices, P: m.scope.vcpus }[role]
  return who < size ? ok(who) : refuseAt(actor, `found ${actor.text}, but the machine has ${size}`)
}

function registerOf({ actor, name, at, end }: LocationText, registers: readonly Register[]): ParseResult<Observable> {
  if (actor === undefined) return refuseAt({ at, end }, `whose register is ${name.text}? Write P0:${name.text}`)
  const place = placeOfRegister(registers, actor.text, name.text)
  const register = registers[place]
  if (register === undefined) return refuseAt({ at, end }, `no step of ${actor.text} writes ${name.text}`)
  return ok({
    name: `${actor.text}:${name.text}`,
    words: outcomeWords[register.records],
    read: ({ registers: held }) => outcomeWord(held[place] ?? 0),
  })
}
