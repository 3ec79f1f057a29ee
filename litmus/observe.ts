import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Actor } from './language/actor.js'
import { accept, all, type ParseResult, refuse } from './language/problem.js'
import type { LocationText, Proposition, Source, Word } from './language/syntax.js'
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
  readonly actor: Actor
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

export const placeOfRegister = (registers: readonly Register[], actor: string, name: string): number =>
  registers.findIndex((known) => known.actor === actor && known.name === name)

/** All that a condition and a list of locations ask for, in the order in which they name it. */
export function observablesOf(
  m: Machine,
  source: Source,
  registers: readonly Register[],
): ParseResult<readonly Observable[]> {
  const asked = [...source.locations, ...locationsIn(source.proposition)]
  const made = all(asked.map((location) => observableOf(m, location, registers)))
  if (!made.ok) return made
  return accept(made.value.filter(({ name }, at) => made.value.findIndex((other) => other.name === name) === at))
}

function locationsIn(proposition: Proposition): LocationText[] {
  if (proposition.kind === 'is') return [proposition.location]
  if (proposition.kind === 'not') return locationsIn(proposition.part)
  return proposition.kind === 'true' ? [] : proposition.parts.flatMap(locationsIn)
}

export function observableOf(m: Machine, text: LocationText, registers: readonly Register[]): ParseResult<Observable> {
  const { actor, name, index } = text
  if (name.text === 'stuck') {
    return accept({ name: 'stuck', words: ['no', 'yes'], read: ({ stuck }) => (stuck ? 'yes' : 'no') })
  }
  if (/^r\d+$/.test(name.text)) return registerOf(text, registers)
  const location = Object.hasOwn(locations, name.text) ? locations[name.text] : undefined
  if (location === undefined) {
    const known = [...Object.keys(locations), 'stuck'].join(', ')
    return refuse(name, `found "${name.text}", expected a register as in P0:r0, or one of ${known}`)
  }
  const part = location.part?.(m)
  if (part !== undefined) return refuse(name, `${name.text} needs: parts ${part}`)
  const page = index === undefined ? -1 : Number(index.text)
  if (location.of.includes('page') !== page >= 0) {
    return refuse(text, page < 0 ? `${name.text} is of a page: ${name.text}[0]` : `${name.text} is of no page`)
  }
  if (page >= m.pages) return refuse(index ?? text, `found page ${page}, but the scope has pages=${m.pages}`)
  const who = whoOf(m, location, actor)
  if (typeof who === 'string') return refuse(actor ?? text, who)
  return accept(ofLocation(m, location, printed(location, text, who), Math.max(0, page), who))
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

/** Which unit, device or vCPU a location is of, or what is wrong with that. */
function whoOf(m: Machine, location: Location, actor: Word | undefined): number | string {
  if (actor === undefined) return 0
  const role = roleOf(location)
  if (role === undefined) return `found ${actor.text}, expected no thread here`
  if (actor.text.slice(0, 1) !== role) return `found ${actor.text}, expected ${role}0`
  const who = Number(actor.text.slice(1))
  const size = { U: m.scope.units, D: m.scope.devices, P: m.scope.vcpus }[role]
  return who < size ? who : `found ${actor.text}, but the machine has ${size}`
}

function registerOf({ actor, name, at, end }: LocationText, registers: readonly Register[]): ParseResult<Observable> {
  if (actor === undefined) return refuse({ at, end }, `whose register is ${name.text}? Write P0:${name.text}`)
  const place = placeOfRegister(registers, actor.text, name.text)
  const register = registers[place]
  if (register === undefined) return refuse({ at, end }, `no step of ${actor.text} writes ${name.text}`)
  return accept({
    name: `${actor.text}:${name.text}`,
    words: outcomeWords[register.records],
    read: ({ registers: held }) => outcomeWord(held[place] ?? 0),
  })
}
