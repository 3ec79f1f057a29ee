import { kinds, rows } from '../../model/actions/relation.js'
import { candidate, nextStep } from '../../model/actions/step.js'
import { type Action, type Code, codeLength, decode, print } from '../../model/machine/action.js'
import { hostIsAlive } from '../../model/machine/any-active.js'
import { nameOf } from '../../report/columns/actor.js'
import { narrate } from '../../report/columns/narrate.js'
import type { Simulator } from '../../search/simulator.js'

/** A row with more ways than these is named with their number: a guest of many pages has millions. */
const maxTried = 512

/** The actions that a model allows beside the one that was taken, each known by the number of its text. */
export class OtherActions {
  private readonly known = new Map<string, number>()
  private readonly actions: (Action | string)[] = []
  private readonly code = new Int32Array(codeLength)

  constructor(private readonly simulator: Simulator) {}

  /** Numbers of the texts of what else is possible in the present state. @param taken what the run takes */
  beside(taken: Code): number[] {
    const { machine: m, state: s } = this.simulator
    if (!hostIsAlive(s)) return []
    const found: number[] = []
    const note = () => {
      if (this.code.some((value, at) => value !== taken[at])) found.push(this.numberOf(decode(kinds, this.code)))
    }
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (nextStep(m, s, vcpu, this.code)) note()
    for (const kind of m.environment) {
      const row = rows[kind]
      const count = row?.by === 'environment' ? row.candidates(m, s) : 0
      if (count > maxTried) found.push(this.numberOf(`${kinds.names[kind]}: up to ${count} ways, which are not listed`))
      else for (let at = 0; at < count; at += 1) if (candidate(m, s, kind, at, this.code)) note()
    }
    return found
  }

  private numberOf(action: Action | string): number {
    const key = typeof action === 'string' ? action : print(action)
    const known = this.known.get(key)
    if (known !== undefined) return known
    this.known.set(key, this.actions.length)
    return this.actions.push(action) - 1
  }

  /** The texts by their numbers. */
  texts(): string[] {
    const { scope } = this.simulator.machine
    const actions = this.actions.filter((one): one is Action => typeof one !== 'string')
    const lines = narrate(
      actions.map((action) => ({ action, outcome: 'ok' as const })),
      scope,
    )
    const textOf = new Map(actions.map((action, at) => [action, lines[at]]))
    return this.actions.map((one) => {
      const line = typeof one === 'string' ? undefined : textOf.get(one)
      return line === undefined ? String(one) : `${nameOf(line.actor, false)}: ${line.text}`
    })
  }
}
