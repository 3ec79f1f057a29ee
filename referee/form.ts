import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Property } from '../properties/index.js'
import { forEachStep, type RefereeCounts, visitStates } from './count.js'
import { breaks, breaksIn } from './trace.js'

/** What a judgement of a form says: how many forms the states have, and what is wrong with it. */
export interface JudgedForm {
  readonly counts: RefereeCounts
  readonly forms: number
  /** In a sentence; undefined if nothing is. */
  readonly objection: string | undefined
}

/**
 * A second opinion on a reduction that keeps one state for all that have the same form. It knows nothing of what the
 * form is made from: it visits every state one by one, and asks that states of one form violate the same properties,
 * that their steps do, and that these lead to the same forms; and the same of the form itself, from which the reduced
 * search takes its steps. A step that violates nothing and stays in its form is left out, as a search leaves it out: it
 * leads nowhere. Then nothing that a search of forms leaves out can be told from what it keeps. A form that tells apart
 * more than it must is not objected to: it only saves less.
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
  const followers = new Followers(m, s, bring, properties, isApart)
  let form = ''
  let objection: string | undefined
  const counts = visitStates(m, {
    s,
    onState: () => {
      form = followers.begin()
    },
    onStep: () => followers.add(),
    onEnd: () => {
      const follow = followers.text()
      const before = known.get(form)
      known.set(form, follow)
      if (before === undefined && followers.of(form) !== follow) objection ??= 'a form does not do what its states do'
      else if (before !== undefined && before !== follow)
        objection ??= 'states of one form violate different properties, or have steps to different forms'
    },
  })
  return { counts, forms: known.size, objection }
}

/** What a state violates, what its steps do, and to which forms these lead. */
class Followers {
  private isApartHere = false
  private own = ''
  private found = new Set<string>()

  constructor(
    private readonly m: Machine,
    private readonly s: State,
    private readonly bring: (s: State) => void,
    private readonly properties: readonly Property[],
    private readonly isApart: (s: State) => boolean,
  ) {}

  private broken(by: typeof breaks): string {
    return this.properties
      .filter((property) => by(this.m, this.s, property))
      .map(({ name }) => name)
      .join(' ')
  }

  private formOf(): string {
    this.bring(this.s)
    return Buffer.from(this.s.bytes).toString('latin1')
  }

  /** Begins at the present state. @returns its form */
  begin(): string {
    this.isApartHere = this.isApart(this.s)
    this.found = new Set([this.broken(breaksIn)])
    this.own = this.formOf()
    return this.own
  }

  /** Adds the state that a step has led to. */
  add(): void {
    if (this.isApart(this.s) !== this.isApartHere) return
    const broken = this.broken(breaks)
    const form = this.formOf()
    if (broken !== '' || form !== this.own) this.found.add(`${broken} ${form}`)
  }

  text(): string {
    return [...this.found].sort().join('\n')
  }

  /** The same of a form itself. */
  of(form: string): string {
    this.s.bytes.set(Buffer.from(form, 'latin1'))
    this.begin()
    forEachStep(this.m, this.s, form, () => this.add())
    return this.text()
  }
}
