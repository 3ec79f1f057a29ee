import { Reg, type RegName, registerCount } from '../../model/registers.js'
import type { State } from '../../model/state.js'
import type { Explored } from './explored.js'
import { mixed } from './hash.js'
import type { ModelSystem } from './model-system.js'
import { Store } from './store.js'

/** How a field of the state takes part in the number of states. */
export interface FieldShare {
  readonly field: string
  /** Distinct values of the field as a whole. */
  readonly values: number
  /** The states divided by those that are left when the field is not looked at: 1 if it follows from the others. */
  readonly factor: number
}

/** How many states have the most frequent values of a field. */
export interface FieldValues {
  readonly field: string
  readonly most: readonly { readonly value: string; readonly states: number }[]
}

interface Field {
  readonly name: string
  /** Bytes of the vector that are the field's. */
  readonly bytes: readonly number[]
}

/** Which fields of the state multiply the states of a search that has ended, most first. */
export function fieldShares(system: ModelSystem, explored: Explored): FieldShare[] {
  const store = new Store(explored.memory)
  const shares = fieldsOf(system.state).map((field) => {
    const kept = new Set<bigint>()
    const values = new Set<string>()
    store.forEachId((id) => {
      store.read(id, system.words)
      values.add(field.bytes.map((at) => system.state.bytes[at]).join())
      for (const at of field.bytes) system.state.bytes[at] = 0
      kept.add(keyOf(system.words))
    })
    return { field: field.name, values: values.size, factor: explored.states / kept.size }
  })
  return shares.filter(({ values }) => values > 1).sort((a, b) => b.factor - a.factor || b.values - a.values)
}

/** The values that most states have, of fields that say where the plans and the devices are. */
export function dominantValues(system: ModelSystem, explored: Explored, names: readonly string[]): FieldValues[] {
  const store = new Store(explored.memory)
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

/** 64 bits of hash: among ten million states two share one with odds of 1 in 370,000. */
function keyOf(words: Int32Array): bigint {
  let low = 0
  let high = 0
  for (let at = 0; at < words.length; at += 1) {
    low = mixed(low ^ words[at])
    high = mixed((high + words[at]) | 0)
  }
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
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
  return range(0, vcpus).flatMap((v) => range(reg.byteOffset + (v * registerCount + Reg[name]) * size, size))
}

const range = (from: number, length: number): number[] => Array.from({ length }, (_, index) => from + index)
