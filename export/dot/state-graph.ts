import { ok, type Result, refuse } from '../../base/result.js'
import { kinds } from '../../model/actions/relation.js'
import { forEachEnabled, step } from '../../model/actions/step.js'
import { type Action, type Code, codeLength, decode } from '../../model/machine/action.js'
import { failureOf } from '../../properties/failure.js'
import type { Property } from '../../properties/index.js'
import type { Simulator } from '../../search/simulator.js'

/** A step of a state graph; states are numbered in the order in which they are found, from 0 on. */
export interface Edge {
  readonly from: number
  readonly to: number
  readonly action: Action
  /** The property that the step violates; its end is not looked into further. */
  readonly broken: string | undefined
}

export interface StateGraph {
  readonly states: number
  readonly edges: readonly Edge[]
}

/** Every state of a machine and every step between them, breadth first; refused beyond so many states. */
export function stateGraph(simulator: Simulator, properties: readonly Property[], most: number): Result<StateGraph> {
  const search = new GraphSearch(simulator, properties)
  for (let from = 0; from < search.states.length; from += 1) {
    search.expand(from)
    if (search.states.length > most) {
      return refuse(`the machine has more than ${most} states`, {
        remedy: 'Take smaller sizes: --scope pages=1,pagesPerSuperpage=1,vcpus=1',
      })
    }
  }
  return ok({ states: search.states.length, edges: search.edges })
}

class GraphSearch {
  readonly states: { readonly bytes: Uint8Array; readonly isEnd: boolean }[] = []
  readonly edges: Edge[] = []
  private readonly numbers = new Map<string, number>()

  constructor(
    private readonly simulator: Simulator,
    private readonly properties: readonly Property[],
  ) {
    simulator.reset()
    this.numberOf(this.broken() !== undefined)
  }

  expand(from: number): void {
    const { machine, state } = this.simulator
    const source = this.states[from]
    if (source === undefined || source.isEnd) return
    state.bytes.set(source.bytes)
    const codes: Code[] = []
    forEachEnabled(machine, state, new Int32Array(codeLength), (code) => codes.push(code.slice()))
    for (const code of codes) {
      state.bytes.set(source.bytes)
      step(machine, state, code)
      const broken = this.broken()
      const to = this.numberOf(broken !== undefined)
      this.edges.push({ from, to, action: decode(kinds, code), broken })
    }
  }

  /** The property that fails after the last step. */
  private broken(): string | undefined {
    const { machine, state } = this.simulator
    return this.properties.find((property) => failureOf(machine, state, property) !== undefined)?.name
  }

  /** The number of the present state. A state behind a violation is another one than the same without. */
  private numberOf(isEnd: boolean): number {
    const { bytes } = this.simulator.state
    const key = `${isEnd} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`
    const known = this.numbers.get(key)
    if (known !== undefined) return known
    this.states.push({ bytes: bytes.slice(), isEnd })
    this.numbers.set(key, this.states.length - 1)
    return this.states.length - 1
  }
}
