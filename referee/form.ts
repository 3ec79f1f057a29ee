import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Property } from '../properties/index.js'
import { type Counts, visitStates } from './count.js'
import { breaks, breaksIn } from './trace.js'

/** What a judgement of a form says: how many forms the states have, and what is wrong with it. */
export interface JudgedForm {
  readonly counts: Counts
  readonly forms: number
  /** In a sentence; undefined if nothing is. */
  readonly objection: string | undefined
}

/**
 * A second opinion on a reduction that keeps one state for all that have the same form. It knows nothing of what the
 * form is made from: it visits every state one by one, and asks that states of one form violate the same properties,
 * that their steps do, and that these lead to the same forms. Then nothing that a search of forms leaves out can be
 * told from what it keeps. A form that tells apart more than it must is not objected to: it only saves less.
 *
 * @param bring brings a state to its form, in place
 */
export function judgeForm(m: Machine, bring: (s: State) => void, properties: readonly Property[]): JudgedForm {
  const s = m.blankState()
  const known = new Map<string, string>()
  const formOf = () => {
    bring(s)
    return Buffer.from(s.bytes).toString('latin1')
  }
  const broken = (by: typeof breaks) => properties.filter((property) => by(m, s, property)).map(({ name }) => name)
  let form = ''
  let follows: string[] = []
  let objection: string | undefined
  const visited = visitStates(m, {
    s,
    onState: () => {
      follows = [broken(breaksIn).join(' ')]
      form = formOf()
    },
    onStep: () => {
      const fails = broken(breaks).join(' ')
      follows.push(`${fails} ${formOf()}`)
    },
    onEnd: () => {
      const follow = [...new Set(follows)].sort().join('\n')
      const before = known.get(form)
      known.set(form, follow)
      if (before !== undefined && before !== follow)
        objection ??= 'states of one form violate different properties, or have steps to different forms'
    },
  })
  return { counts: visited, forms: known.size, objection }
}
