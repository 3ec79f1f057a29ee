import { mix32 } from '../../checker/packing/hash.js'
import type { SearchResult } from '../../checker/result.js'
import { StateStore } from '../../checker/state-store.js'
import { Reg, type RegName, registerCount, regOf } from '../../model/machine/registers.js'
import type { State } from '../../model/machine/state.js'
import type { ModelSystem } from './model-system.js'

/** How a field of the state takes part in the number of states. */
export interface FieldFactor {
  readonly field: string
  /** Distinct values of the field as a whole. */
  readonly values: number
  /** The states divided by the distinct states without the field: 1 if the field follows from the others. */
  readonly factor: number
}

/** How many states have the most frequent values of a field. */
export interface FieldValues {
  readonly field: string
  readonly most: readonly { readonly value: string; readonly states: number }[]
}

interface Field {
  readonly name: string
  /** Indices of the field's bytes in the state. */
  readonly bytes: readonly number[]
}

/** Which fields multiply the states of a search, and their most frequent values. */
export interface StateSpaceProfile {
  readonly shares: readonly FieldFactor[]
  readonly values: readonly FieldValues[]
}

/** The profile of a search that has ended. */
export const profileOf = (system: ModelSystem, explored: SearchResult): StateSpaceProfile => ({
  shares: fieldFactors(system, explored),
  values: dominantValues(system, explored, ['phase', 'pc', 'dma', 'closed']),
})

/** Which fields of the state multiply the states of a search that has ended, most first. */
export function fieldFactors(system: ModelSystem, explored: SearchResult): FieldFactor[] {
  const store = new StateStore(explored.memory)
  const [values, rest] = [new Distinct(explored.states), new Distinct(explored.states)]
  const shares = fieldsOf(system.state).map((field) => {
    values.clear()
    rest.clear()
    const value = new Int32Array(field.bytes.length)
    store.forEachId((id) => {
      store.read(id, system.words)
      for (let at = 0; at < value.length; at += 1) value[at] = system.state.bytes[field.bytes[at]]
      values.add(value)
      for (const at of field.bytes) system.state.bytes[at] = 0
      rest.add(system.words)
    })
    return { field: field.name, values: values.count(), factor: explored.states / rest.count() }
  })
  return shares.filter(({ values }) => values > 1).sort((a, b) => b.factor - a.factor || b.values - a.values)
}

/** The values that most states have, of fields that say where the plans and the devices are. */
export function dominantValues(system: ModelSystem, explored: SearchResult, names: readonly string[]): FieldValues[] {
  const store = new StateStore(explored.memory)
  return fieldsOf(system.state)
    .filter(({ name }) => names.includes(name))
    .map(({ name, bytes }) => {
      const counts = new Map<string, number>()
      store.forEachId((id) => {
        store.read(id, system.words)
        const value = bytes.map((at) => system.state.bytes[at]).join(' ')
        counts.set(value, (counts.get(value) ?? 0) + 1)
      })
      const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5)
      return { field: name, most: most.map(([value, states]) => ({ value, states })) }
    })
}

/**
 * Counts distinct vectors by 64 bits of hash, of which two among ten million are alike with odds of 1 in 370,000. Plain
 * memory, sorted at the end: a set holds no more than 16,777,216 entries.
 */
class Distinct {
  private readonly keys: BigUint64Array
  private readonly halves: Int32Array
  private added = 0

  constructor(capacity: number) {
    this.keys = new BigUint64Array(capacity)
    this.halves = new Int32Array(this.keys.buffer)
  }

  clear(): void {
    this.added = 0
  }

  add(words: Int32Array): void {
    let low = 0
    let high = 0
    for (let at = 0; at < words.length; at += 1) {
      low = mix32(low ^ words[at])
      high = mix32((high + words[at]) | 0)
    }
    this.halves[this.added * 2] = low
    this.halves[this.added * 2 + 1] = high
    this.added += 1
  }

  count(): number {
    const { halves } = this
    this.keys.subarray(0, this.added).sort()
    let count = Math.min(1, this.added)
    for (let at = 2; at < this.added * 2; at += 2) {
      if (halves[at] !== halves[at - 2] || halves[at + 1] !== halves[at - 1]) count += 1
    }
    return count
  }
}

/** The named views of a state; the register file register by register, for all vCPUs together. */
function fieldsOf(s: State): Field[] {
  const views = Object.entries(s).filter(
    (entry): entry is [string, Uint8Array] => entry[0] !== 'bytes' && ArrayBuffer.isView(entry[1]),
  )
  const whole = views
    .filter(([name, view]) => name !== 'reg' && view.length > 0)
    .map(([name, view]) => ({ name, bytes: range(view.byteOffset, view.byteLength) }))
  const registers = (Object.keys(Reg) as RegName[]).map((name) => ({ name: `reg.${name}`, bytes: bytesOf(s, name) }))
  return [...whole, ...registers]
}

function bytesOf({ reg }: State, name: RegName): number[] {
  const size = reg.BYTES_PER_ELEMENT
  const vcpus = reg.length / registerCount
  return range(0, vcpus).flatMap((v) => range(reg.byteOffset + regOf(v, Reg[name]) * size, size))
}

const range = (from: number, length: number): number[] => Array.from({ length }, (_, index) => from + index)
