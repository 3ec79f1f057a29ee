import { type Accessed, vcpuViews } from '../../model/actions/accessed.js'
import { Machine } from '../../model/machine/machine.js'
import { Reg, type RegName, registerCount } from '../../model/machine/registers.js'
import type { State } from '../../model/machine/state.js'
import type { StateViews } from '../../model/machine/state-views.js'

/** What some code was seen to read and to write of the state. */
export interface Seen {
  readonly reads: Set<Accessed>
  readonly writes: Set<Accessed>
}

export const nothingSeen = (): Seen => ({ reads: new Set(), writes: new Set() })

const registerNames = Object.keys(Reg) as RegName[]

/** A machine with a state that notes what is read and written of it; what plans ask and compute is not noted. */
export class Recorder {
  readonly m: Machine
  readonly s: State
  private own = -1
  private noted: Seen | undefined

  constructor({ scope, platform, parts, program, environment, failures }: Machine) {
    const code = program.code.map((instruction) => ({
      ...instruction,
      run: this.unnoted(instruction.run),
      args: instruction.args.map((arg) => this.unnoted(arg)),
    }))
    this.m = new Machine(scope, platform, parts, { ...program, code }, environment, failures)
    this.s = this.m.blankState()
    for (const name of viewNames(this.s)) Object.assign(this.s, { [name]: this.watched(name, this.s[name]) })
  }

  /**
   * Does something, and notes what it touches.
   *
   * @param own the vCPU whose action it is; -1 for none
   * @param into adds what it has read and written to these sets
   */
  note<T>(own: number, into: Seen, act: () => T): T {
    this.own = own
    this.noted = into
    try {
      return act()
    } finally {
      this.noted = undefined
    }
  }

  private unnoted<A extends readonly unknown[], T>(ask: (...args: A) => T): (...args: A) => T {
    return (...args) => {
      const { noted } = this
      this.noted = undefined
      try {
        return ask(...args)
      } finally {
        this.noted = noted
      }
    }
  }

  private watched<V extends StateViews[keyof StateViews]>(name: keyof StateViews, view: V): V {
    return new Proxy(view, {
      get: (target, key) => {
        if (key === 'length') return target.length
        if (typeof key === 'string' && /^\d+$/.test(key)) return this.read(name, target, Number(key))
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function'
          ? this.method(name, target, key, value as (...args: unknown[]) => unknown)
          : value
      },
      set: (target, key, value: number) => {
        const index = Number(key)
        if (index < target.length) this.noted?.writes.add(this.nameOf(name, target, index))
        target[index] = value
        return true
      },
    })
  }

  private read(name: keyof StateViews, view: StateViews[keyof StateViews], index: number): number | undefined {
    if (index < view.length) this.noted?.reads.add(this.nameOf(name, view, index))
    return view[index]
  }

  private method(
    name: keyof StateViews,
    view: StateViews[keyof StateViews],
    key: PropertyKey,
    method: (...args: unknown[]) => unknown,
  ) {
    const changes = key === 'fill' || key === 'set' || key === 'copyWithin'
    return (...args: unknown[]): unknown => {
      const noted = changes ? this.noted?.writes : this.noted?.reads
      for (let index = 0; index < view.length; index += 1) noted?.add(this.nameOf(name, view, index))
      return method.apply(view, args)
    }
  }

  private nameOf(name: keyof StateViews, { length }: { readonly length: number }, index: number): Accessed {
    const vcpuView = vcpuViews.find((one) => one === name)
    if (vcpuView === undefined) return name
    const isOwn = Math.floor(index / (length / this.m.scope.vcpus)) === this.own
    if (isOwn) return `own.${vcpuView}`
    return name === 'reg' ? `reg.${registerNames[index % registerCount]}` : name
  }
}

const viewNames = (s: State): (keyof StateViews)[] =>
  (Object.keys(s) as (keyof StateViews | 'bytes')[]).flatMap((name) => (name === 'bytes' ? [] : [name]))

/** Whether a declaration covers what was seen: a view as a whole covers what it has of one vCPU. */
export function covers(declared: readonly Accessed[], seen: Accessed): boolean {
  if (declared.includes(seen)) return true
  const [first, second] = seen.split('.') as [string, string | undefined]
  if (first === 'own') return declared.some((one) => one === second)
  return declared.some((one) => one === first || one === `contextCache.${seen}`)
}
