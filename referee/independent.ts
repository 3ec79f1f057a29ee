import { must } from '../base/result.js'
import { kinds, rows } from '../model/actions/relation.js'
import { enabled, step } from '../model/actions/step.js'
import { type Action, encode } from '../model/machine/action.js'
import { hostIsAlive } from '../model/machine/any-active.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { VcpuId } from '../model/machine/units.js'
import type { Property } from '../properties/index.js'
import { visitStates } from './count.js'
import { breaksAfter, breaksIn } from './trace.js'

/** What a judgement of independent steps says. */
export interface JudgedSteps {
  /** States from which a step is taken at once. */
  readonly left: number
  /** In a sentence; undefined if nothing is wrong. */
  readonly objection: string | undefined
}

/**
 * A second opinion on a search that takes a step of a vCPU's plan at once, before all that others can do. It knows
 * nothing of reads and writes: it visits every state, and from each in which such a step is taken all that others can
 * reach while the plan waits. In each of these states the step has to be possible, and to come to the same together
 * with any step of another, whichever is first; each of the two has to violate the same properties in either order, and
 * a state that violates a property needs one behind the step, or before the others, that does.
 *
 * @param takenBy the vCPU whose plan's step the search takes at once; undefined if it takes none
 */
export function judgeIndependent(
  m: Machine,
  takenBy: (s: State) => VcpuId | undefined,
  properties: readonly Property[],
): JudgedSteps {
  const s = m.blankState()
  const judge = new Diamonds(m, properties)
  let left = 0
  let from = ''
  visitStates(m, {
    s,
    onState: () => {
      from = textOf(s)
      const vcpu = hostIsAlive(s) ? takenBy(s) : undefined
      if (vcpu === undefined) return
      left += 1
      judge.from(from, vcpu)
    },
  })
  return { left, objection: judge.objection }
}

const textOf = ({ bytes }: State): string => Buffer.from(bytes).toString('latin1')

interface Taken {
  readonly to: string
  /** Names of the properties that the step fails. */
  readonly broken: string
}

class Diamonds {
  objection: string | undefined
  private readonly s: State
  /** States whose plan has been judged, with the states from which it waits. */
  private readonly seen = new Set<string>()

  constructor(
    private readonly m: Machine,
    private readonly properties: readonly Property[],
  ) {
    this.s = m.blankState()
  }

  /** Judges the next step of a vCPU's plan from a state, and from all to which others lead before it is taken. */
  from(first: string, vcpu: VcpuId): void {
    const broken = this.brokenIn(first)
    const waiting = [first]
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const judged = `${vcpu} ${broken} ${at}`
      if (this.seen.has(judged)) continue
      this.seen.add(judged)
      waiting.push(...this.judge(at, broken, vcpu))
    }
  }

  /** @returns the states to which steps of others lead */
  private judge(at: string, before: string, vcpu: VcpuId): string[] {
    const actions = this.enabledIn(at)
    const mine = actions.find((action) => isOfPlan(action) && action.vcpu === vcpu)
    if (mine === undefined) return this.object('others keep the step from being taken')
    const behind = this.take(at, mine)
    if (!isWithin(this.brokenIn(at), `${this.brokenIn(behind.to)} ${before}`))
      this.object('a state violates a property that is judged neither before nor behind the step')
    return actions.filter((action) => action !== mine).flatMap((action) => this.corner(at, mine, behind, action))
  }

  private corner(at: string, mine: Action, behind: Taken, action: Action): string[] {
    const aside = this.take(at, action)
    if (!this.enabledIn(behind.to).some((one) => isSame(one, action))) return this.object('the step prevents another')
    const across = this.take(behind.to, action)
    if (across.broken !== aside.broken) return this.object('a step of others violates something else behind it')
    if (!this.isAlive(aside.to)) return []
    if (!this.enabledIn(aside.to).some((one) => isSame(one, mine))) return this.object('the step becomes another one')
    const round = this.take(aside.to, mine)
    if (round.broken !== behind.broken) return this.object('the step violates something else behind another')
    if (round.to !== across.to) return this.object('the order of two steps shows')
    return [aside.to]
  }

  private object(objection: string): [] {
    this.objection ??= objection
    return []
  }

  private load(state: string): void {
    this.s.bytes.set(Buffer.from(state, 'latin1'))
  }

  private isAlive(state: string): boolean {
    this.load(state)
    return hostIsAlive(this.s)
  }

  private enabledIn(state: string): Action[] {
    this.load(state)
    return enabled(this.m, this.s)
  }

  private take(from: string, action: Action): Taken {
    this.load(from)
    step(this.m, this.s, must(encode(kinds, action)))
    const broken = this.namesOf((property) => breaksAfter(this.m, this.s, property))
    return { to: textOf(this.s), broken }
  }

  private brokenIn(state: string): string {
    this.load(state)
    return this.namesOf((property) => breaksIn(this.m, this.s, property))
  }

  private namesOf(isBroken: (property: Property) => boolean): string {
    return this.properties
      .filter(isBroken)
      .map(({ name }) => name)
      .join(' ')
  }
}

const planKinds: readonly string[] = kinds.names.filter((_, kind) => rows[kind].by === 'plan')
const isOfPlan = ({ kind }: Action): boolean => planKinds.includes(kind)
const isSame = (one: Action, other: Action): boolean => JSON.stringify(one) === JSON.stringify(other)
const isWithin = (some: string, all: string): boolean =>
  some.split(' ').every((name) => all.split(' ').includes(name) || name === '')
