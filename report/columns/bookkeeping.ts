import { properties } from '../../properties/index.js'
import type { RecordedStep } from '../../search/step-effects.js'
import { bookkeepingOf } from '../../search/step-subject.js'
import { byPlace } from './actor.js'
import type { ActorLine } from './narrate.js'

/**
 * Whether steps of locks and accounts may stand in brackets in a counterexample: its property reads neither, and no
 * step fails, since a lock or a full account may be why.
 */
export const mayBracket = (property: string, steps: readonly RecordedStep[]): boolean =>
  properties.some(({ name, ignoresAccounts }) => name === property && ignoresAccounts === true) &&
  steps.every(({ outcome }) => outcome === 'ok')

/** What the brackets say of a step: `takes` stands with the step behind it, the others with the step before. */
type Aside = 'takes' | 'releases' | 'accounts'

/**
 * Puts steps of locks and accounts in brackets on the line of the step that they belong to: the one for which a lock is
 * taken, or after which it is released. A step that another actor's step parts from that one keeps a line of its own,
 * and so does the last step of all, at which the property fails.
 */
export function bracketed(steps: readonly RecordedStep[], lines: readonly ActorLine[]): ActorLine[] {
  const lineOf = linesOf(steps.map(asideOf), lines)
  const bracketedOn = lines.map((): RecordedStep[] => [])
  for (const [at, step] of steps.entries()) if (lineOf[at] !== at) bracketedOn[lineOf[at] ?? at]?.push(step)
  return lines.flatMap((line, at) => {
    if (lineOf[at] !== at) return []
    const own = bracketedOn[at] ?? []
    return [own.length === 0 ? line : { ...line, text: `${line.text} (${inWords(own)})` }]
  })
}

function asideOf(step: RecordedStep): Aside | undefined {
  const about = bookkeepingOf(step)
  if (about !== 'lock') return about && 'accounts'
  return step.effects?.changed.lock?.every(([, , after]) => after === 0) === true ? 'releases' : 'takes'
}

/** By step, the one on whose line it stands: the last one on its own. */
function linesOf(asides: readonly (Aside | undefined)[], lines: readonly ActorLine[]): number[] {
  const lineOf = asides.map((_, index) => index)
  const moveTo = (at: number, next: number): void => {
    const [own, other, line] = [lines[at], lines[next], lineOf[next]]
    if (own === undefined || other === undefined || line === undefined || byPlace(own.actor, other.actor) !== 0) return
    if (asides[line] === undefined) lineOf[at] = line
  }
  for (let at = asides.length - 2; at >= 0; at -= 1) if (asides[at] === 'takes') moveTo(at, at + 1)
  for (let at = 1; at < asides.length - 1; at += 1) {
    const isEnding = asides[at] === 'releases' || asides[at] === 'accounts'
    if (isEnding && asides[at - 1] !== 'takes') moveTo(at, at - 1)
  }
  return lineOf
}

/** `takes vm, container; releases container` */
function inWords(bracketedOn: readonly RecordedStep[]): string {
  const parts: { readonly word: Aside | undefined; readonly locks: readonly string[] }[] = []
  for (const step of bracketedOn) {
    const word = asideOf(step)
    const { locks: before } = parts.at(-1)?.word === word ? (parts.pop() ?? { locks: [] }) : { locks: [] }
    parts.push({ word, locks: word === 'accounts' ? [] : [...before, String(step.action.lock)] })
  }
  return parts.map(({ word, locks }) => (locks.length === 0 ? word : `${word} ${locks.join(', ')}`)).join('; ')
}
