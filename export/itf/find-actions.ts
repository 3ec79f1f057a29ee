import { ok, type Result, refuse } from '../../base/result.js'
import { kindOf, kinds } from '../../model/actions/relation.js'
import { forEachEnabled, step } from '../../model/actions/step.js'
import { type Code, codeLength, decode, print } from '../../model/machine/action.js'
import type { State } from '../../model/machine/state.js'
import { viewNames } from '../../search/recorded-state.js'
import type { Run, Simulator } from '../../search/simulator.js'
import type { WantedEntry, WantedState } from './read.js'

/** States that are looked at, at most. */
const maxStates = 200_000

/** A state of the machine that is as the file wants it, with the action that led there. */
interface Reached {
  readonly bytes: Uint8Array
  /** Undefined in the initial state, and where the file stutters. */
  readonly code: Code | undefined
}

/** An action that leads elsewhere, and the entries in which. */
interface Nearest {
  readonly name: string
  readonly differs: readonly string[]
}

/**
 * Finds actions that lead from each state to the next one: of all runs of the machine, the first that agrees with every
 * state in all entries that the states name. A state that is like the one before it may be no step at all, as in TLA+.
 * Where a state names an action of this model, no other one is tried.
 */
export function findActions(simulator: Simulator, states: readonly WantedState[]): Result<Run> {
  simulator.reset()
  const first = differences(simulator.state, states[0]?.entries ?? [])
  if (first.length > 0) return refuse(`states[0]: the machine begins otherwise: ${some(first)}`)
  return new DepthFirst(simulator, states).run({ bytes: simulator.state.bytes.slice(), code: undefined })
}

/** The name of an action, if it is one of this model. */
function knownAction(text: string | undefined): string | undefined {
  return kindOf(text?.split(' ')[0] ?? '') === undefined ? undefined : text
}

class DepthFirst {
  /** By the index of the state of the file: what was looked at, and leads no further or is on the path. */
  private readonly seen: Set<string>[]
  private deepest = 0
  private nearest: Nearest | undefined
  private looked = 0

  constructor(
    private readonly simulator: Simulator,
    private readonly states: readonly WantedState[],
  ) {
    this.seen = states.map(() => new Set())
  }

  run(initial: Reached): Result<Run> {
    const path: Reached[] = [initial]
    const open: Reached[][] = []
    while (path.length < this.states.length && this.looked <= maxStates) {
      if (open.length < path.length) open.push(this.successors(path.at(-1) ?? initial, path.length))
      const next = open.at(-1)?.shift()
      if (next !== undefined) path.push(next)
      else if (path.length === 1) return refuse(noneLeads(this.deepest, this.nearest))
      else {
        open.pop()
        path.pop()
      }
    }
    if (path.length === this.states.length) return ok(path.flatMap(({ code }) => code ?? []))
    return refuse(
      `states[${this.deepest}]: no run that agrees so far was found in ${maxStates} states of the machine`,
      {
        remedy: 'Give the states more variables, or the action that is taken from each.',
      },
    )
  }

  /** @param index of the state that they have to be like */
  private successors({ bytes }: Reached, index: number): Reached[] {
    const { machine, state } = this.simulator
    const wanted = knownAction(this.states[index - 1]?.action)
    const found: Reached[] = []
    if (index > this.deepest) this.deepen(index)
    state.bytes.set(bytes)
    const codes: Code[] = []
    forEachEnabled(machine, state, new Int32Array(codeLength), (code) => codes.push(code.slice()))
    for (const code of codes) {
      const name = print(decode(kinds, code))
      if (wanted !== undefined && name !== wanted) continue
      state.bytes.set(bytes)
      step(machine, state, code)
      if (this.agrees(index, name)) found.push({ bytes: state.bytes.slice(), code })
    }
    state.bytes.set(bytes)
    if (wanted === undefined && this.agrees(index, 'no action')) found.push({ bytes, code: undefined })
    return found
  }

  private deepen(index: number): void {
    this.deepest = index
    this.nearest = undefined
  }

  /** Whether the present state is one that is wanted and was not looked at. */
  private agrees(index: number, name: string): boolean {
    const { state } = this.simulator
    this.looked += 1
    const differs = differences(state, this.states[index]?.entries ?? [])
    if (differs.length > 0) {
      this.note(index, { name, differs })
      return false
    }
    const key = Buffer.from(state.bytes.buffer, state.bytes.byteOffset, state.bytes.length).toString('latin1')
    const isNew = this.seen[index]?.has(key) === false
    this.seen[index]?.add(key)
    return isNew
  }

  /** Keeps what is nearest at the deepest state that was reached. */
  private note(index: number, found: Nearest): void {
    if (index < this.deepest) return
    if (this.nearest === undefined || found.differs.length < this.nearest.differs.length) this.nearest = found
  }
}

/** `attr[1] is 0, expected 1` for each entry that differs. */
function differences(state: State, wanted: readonly WantedEntry[]): string[] {
  const views = new Map(viewNames(state).map((name) => [name as string, state[name]]))
  return wanted.flatMap(({ view, index, value }) => {
    const found = views.get(view)?.[index]
    return found === value ? [] : [`${view}[${index}] is ${found}, the file has ${value}`]
  })
}

const some = (differs: readonly string[]): string =>
  [...differs.slice(0, 6), ...(differs.length > 6 ? [`… ${differs.length - 6} more`] : [])].join('; ')

function noneLeads(index: number, nearest: Nearest | undefined): string {
  const lines = [`states[${index}]: no action leads there from states[${index - 1}]`]
  if (nearest === undefined) return `${lines[0]}: the action that it names is not enabled`
  return [...lines, `  nearest   ${nearest.name}`, `  differs   ${some(nearest.differs)}`].join('\n')
}
