import { must } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { Part } from '../../model/machine/parts.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import { proveMachine } from '../exhaustive/verdicts.js'
import type { Verdict } from '../verdict.js'

/** A mistake of an architecture, the design without it, and the machine on which every state is searched. */
export interface Mistake {
  readonly wrong: string
  readonly right: string
  readonly driver: readonly [wrong: string, right: string]
  readonly scope: ScopeInput
  readonly platform: string
  readonly parts: Part[]
  readonly property: string
  readonly steps: number
}

/** What the search of all states says of the property that the mistake breaks. */
export function judged(mistake: Mistake, which: 'wrong' | 'right'): Verdict | undefined {
  const { scope, platform, parts, property } = mistake
  const setup = { design: mistake[which], driver: mistake.driver[which === 'wrong' ? 0 : 1], scope, platform, parts }
  const proved = proveMachine(setup, [property], (packing) => makeOwnMemory(packing, 900_000))
  return must(proved).verdicts[0]
}
