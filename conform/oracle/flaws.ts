import { Flaw } from '../../model/machine/action.js'
import { type FlawName, flawNames } from '../protocol/messages.js'

/** What is wrong with a call, as the model has it (`Flaw`). */
export const flawOf = (name: FlawName | 'none'): number => flaws[name]

/** `guest-memfd` is `Flaw.GuestMemfd`. */
const flaws = Object.fromEntries(
  (['none', ...flawNames] as const).map((name) => {
    const key = name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
    return [name, Flaw[key as keyof typeof Flaw]]
  }),
) as Readonly<Record<FlawName | 'none', number>>
