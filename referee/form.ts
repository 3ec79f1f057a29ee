import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Property } from '../properties/index.js'
import { type Counts, forEachStep, visitStates } from './count.js'
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
 * that their steps do, and that these lead to the same forms; and the same of the form itself, from which the reduced
 * search takes its steps. Then nothing that a search of forms leaves out can be told from what it keeps. A form that
 * tells apart more than it must is not objected to: it only saves less.
 *
 * @param bring brings a state to its form, in place
 * @param isApart whether a state is its own form, and the reduced search takes steps to it from every state of a form,
 *   so that these steps need not be alike
 */
export function judgeForm(
  m: Machine,
  bring: (s: State) => void,
  properties: readonly Property[],
  isApart: (s: State) => boolean = () => false,
): JudgedForm {
  const s = m.blankState()
  const known = new Map<string, string>()
  let objection: string | undefined
  const broken = (by: typeof breaks) => properties.filter((property) => by(m, s, property)).map(({ name }) => name)
  const formOf = () => {
    bring(s)
    return Buffer.from(s.bytes).toString('latin1')
  }
  const onState = () => [broken(breaksIn).join(' ')]
  let apart = false
  const onStep = () => {
    if (isApart(s) !== apart) return []
    return [`${broken(breaks).join(' ')} ${formOf()}`]
  }
  const textOf = (follows: readonly string[]) => [...new Set(follows)].sort().join('\n')
  const ofForm = (form: string) => {
    s.bytes.set(Buffer.from(form, 'latin1'))
    const follows = onState()
    forEachStep(m, s, form, () => follows.push(...onStep()))
    return textOf(follows)
  }
  let form = ''
  let follows: string[] = []
  const counts = visitStates(m, {
    s,
    onState: () => {
      apart = isApart(s)
      follows = onState()
      form = formOf()
    },
    onStep: () => follows.push(...onStep()),
    onEnd: () => {
      const follow = textOf(follows)
      const before = known.get(form)
      known.set(form, follow)
      if (before === undefined && ofForm(form) !== follow) objection ??= 'a form does not do what its states do'
      else if (before !== undefined && before !== follow)
        objection ??= 'states of one form violate different properties, or have steps to different forms'
    },
  })
  return { counts, forms: known.size, objection }
}
