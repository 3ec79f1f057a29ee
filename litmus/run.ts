import { counted } from '../base/plural.js'
import { explore, retrace } from '../checker/bfs.js'
import { Shared, Stop } from '../checker/control/barrier.js'
import { capacityFor, makeOwnMemory } from '../checker/memory/store-memory.js'
import { pathTo } from '../checker/path.js'
import { StateStore } from '../checker/state-store.js'
import { codeLength } from '../model/machine/action.js'
import type { Litmus, LitmusObservation } from './litmus.js'
import { type Product, StepFairness } from './product.js'
import type { ThreadStep } from './steps.js'

/** Final states in which a condition sees the same. */
export interface FinalStates {
  /** What was seen, in the order of the test's observables. */
  readonly seen: readonly string[]
  /** Distinct final states of the machine and its threads. */
  readonly count: number
  readonly holds: boolean
  /** Some of them are final because no step is owed, although a thread has steps left. */
  readonly stuck: boolean
  /** Id of the one with the shortest run. */
  readonly nearest: number
}

/** A step of a run, and how it was taken. */
export interface Taken {
  readonly code: Int32Array
  readonly how: ThreadStep['how']
}

/** What a test has shown. */
export interface LitmusAnswer {
  readonly finals: readonly FinalStates[]
  readonly positive: number
  readonly negative: number
  readonly observation: LitmusObservation
  /** Whether the condition with its quantifier is validated. */
  readonly ok: boolean
  /** Distinct states and steps of the product. */
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly seconds: number
  /** Why not all states were seen, if so: then nothing is known but what was found. */
  readonly cut: string | undefined
  /** The shortest run to one of the final states. */
  readonly runTo: (final: FinalStates) => readonly Taken[]
}

export interface Limits {
  /** Bytes. */
  readonly memory: number
  readonly seconds: number
}

export const defaultLimits: Limits = { memory: 1 << 28, seconds: 60 }

/** States that have an owed step, by id. */
class Onward {
  private bits = new Uint8Array(1 << 12)

  readonly add = (from: number, _: number, fairness: number): void => {
    if (fairness !== StepFairness.Owed) return
    while (from >= this.bits.length) {
      const larger = new Uint8Array(this.bits.length * 2)
      larger.set(this.bits)
      this.bits = larger
    }
    this.bits[from] = 1
  }

  has = (id: number): boolean => this.bits[id] === 1
}

/**
 * Explores all interleavings of a test, and tells its final states apart by what the condition sees.
 *
 * @throws RangeError if the machine does not give so much memory
 */
export function runLitmus(litmus: Litmus, limits: Limits = defaultLimits): LitmusAnswer {
  const { product } = litmus
  const { packing } = product
  const memory = makeOwnMemory(packing, capacityFor(packing.stride, limits.memory))
  const onward = new Onward()
  const explored = explore(product, memory, { exhaust: true, seconds: limits.seconds })
  const store = new StateStore(memory)
  if (explored.stop === Stop.Complete) retrace(product, store, onward.add)
  const finals = finalStates(litmus, store, explored.stop === Stop.Complete ? onward.has : () => true)
  const positive = countOf(finals, true)
  const negative = countOf(finals, false)
  return {
    finals,
    positive,
    negative,
    observation: positive === 0 ? 'Never' : negative === 0 ? 'Always' : 'Sometimes',
    ok: isValid(litmus, positive, negative),
    states: explored.states,
    transitions: explored.transitions,
    depth: explored.depth,
    seconds: explored.seconds,
    cut: explored.stop === Stop.Complete ? undefined : whyCut(explored.stop, limits),
    runTo: ({ nearest }) => runTo(product, store, nearest),
  }
}

const countOf = (finals: readonly FinalStates[], holds: boolean): number =>
  finals.reduce((sum, final) => sum + (final.holds === holds ? final.count : 0), 0)

function isValid({ quantifier }: Litmus, positive: number, negative: number): boolean {
  if (quantifier === 'exists') return positive > 0
  return quantifier === 'forall' ? negative === 0 : positive === 0
}

const whyCut = (stop: number, { memory, seconds }: Limits): string =>
  `the bound of ${stop === Stop.Time ? counted(seconds, 'second') : sizeText(memory)}`

/** A size in bytes, as messages have it: `512 bytes`, `3 MiB`. */
export const sizeText = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes} bytes` : `${Math.round(bytes / 2 ** 20)} MiB`

/** @param hasOwedStep whether a state has an owed step; one that has none, and is not final, is stuck */
function finalStates(
  { product, observables, holds }: Litmus,
  store: StateStore,
  hasOwedStep: (id: number) => boolean,
): FinalStates[] {
  const groups = new Map<string, FinalStates>()
  for (let at = 0; at < (store.shared[Shared.segments] ?? 0); at += 1) {
    for (let id = store.segmentFirst(at); id < store.segmentEnd(at); id += 1) {
      store.read(id, product.words)
      const isFinal = product.isFinal()
      if (!isFinal && hasOwedStep(id)) continue
      const stuck = !isFinal && product.state.tdDead[0] === 0
      const final = { s: product.state, registers: product.registers, stuck }
      const seen = observables.map(({ read }) => read(final))
      const key = `${seen.join(' ')}${stuck}`
      const known = groups.get(key)
      if (known !== undefined) groups.set(key, { ...known, count: known.count + 1 })
      else {
        const words = new Map(observables.map(({ name }, index) => [name, seen[index] ?? '']))
        groups.set(key, { seen, count: 1, holds: holds(words), stuck, nearest: id })
      }
    }
  }
  return [...groups.values()].sort((a, b) => (a.seen.join() < b.seen.join() ? -1 : 1))
}

/** Follows the states that lead to one, and says which step leads from each to the next. */
function runTo(product: Product, store: StateStore, id: number): Taken[] {
  const target = new Int32Array(product.words.length)
  const base = new Int32Array(product.words.length)
  const run: Taken[] = []
  product.writeInitialState()
  for (const next of pathTo(store, id).slice(1)) {
    store.read(next, target)
    base.set(product.words)
    let found: Taken | undefined
    const step = () => {
      if (found === undefined && product.words.every((word, at) => word === target[at])) {
        found = { code: product.taken.slice(0, codeLength), how: product.takenHow }
      }
      product.words.set(base)
    }
    product.forEachSuccessor({ successor: step })
    if (found === undefined) throw new Error('no step leads to the stored state')
    run.push(found)
    product.words.set(target)
  }
  return run
}
