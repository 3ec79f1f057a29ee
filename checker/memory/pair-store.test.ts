import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as law } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { must, ok } from '../../base/result.js'
import { B1 } from '../b1.js'
import { explore } from '../bfs.js'
import { Shared, Stop, sharedWords } from '../control/barrier.js'
import { StateStore } from '../state-store.js'
import { loadCheckpoint, saveCheckpoint } from '../threads/checkpoint.js'
import { layOutPairs, minPairTableBits, PairStore, PairTrees } from './pair-store.js'
import { makeOwnMemory, type StoreMemory } from './store-memory.js'

function storeOf(capacity: number, tableBits = minPairTableBits): { pairs: PairStore; shared: Int32Array } {
  const shared = new Int32Array(sharedWords)
  shared[Shared.pairTableBits] = tableBits
  return {
    pairs: new PairStore(
      layOutPairs(capacity, (bytes) => new ArrayBuffer(bytes)),
      shared,
    ),
    shared,
  }
}

/** States that share many of their words, as those of a search do. */
const states = fc.integer({ min: 3, max: 40 }).chain((words) =>
  fc.array(fc.array(fc.constantFrom(0, 1, -1, 0x8000_0000 | 0, 7), { minLength: words, maxLength: words }), {
    minLength: 1,
    maxLength: 30,
  }),
)

law.prop([states])('a tree is read back word by word, and equal states alone have equal roots', (all) => {
  const words = all[0]?.length ?? 0
  const trees = new PairTrees(storeOf(100_000).pairs, words)
  const roots = all.map((state) => {
    const root = new Int32Array(2)
    expect(trees.fold(Int32Array.from(state), 0, root, 0)).toBe(true)
    return root
  })
  for (const [at, state] of all.entries()) {
    const root = roots[at] ?? new Int32Array(2)
    expect([...trees.unfold(root, 0).words.subarray(0, words)]).toEqual(state)
    for (const [other, its] of roots.entries()) {
      expect(its.join() === root.join()).toBe(state.join() === all[other]?.join())
    }
  }
})

test('a pair keeps its number when the table grows, and one that does not fit has none', () => {
  const { pairs, shared } = storeOf(4096, 11)
  const numberOf = (at: number) => pairs.intern(at, -at)
  const before = Array.from({ length: 1800 }, (_, at) => numberOf(at))
  expect(new Set(before).size).toBe(1800)
  expect(shared[Shared.tableNeedsGrowth]).toBe(1)
  pairs.close()
  pairs.grow()
  expect(shared[Shared.pairTableBits]).toBe(12)
  expect(Array.from(before.keys(), numberOf)).toEqual(before)
  const more = Array.from({ length: 3000 }, (_, at) => numberOf(10_000 + at))
  expect(more.filter((id) => id < 0)).toHaveLength(1800 + 3000 - 4096)
})

/** Its states take four words: those of fewer pages take two, which are no tree. */
const system = () => new B1({ N: 10, V: 2, D: 2 })

function found(memory: StoreMemory): Set<string> {
  const store = new StateStore(memory)
  const words = new Int32Array(system().words.length)
  const all = new Set<string>()
  store.forEachId((id) => {
    store.read(id, words)
    all.add(words.join())
  })
  return all
}

/** As many levels as 129,726 states take. */
const part = { exhaust: true, levels: 5 } as const

test('a search of trees finds what one of full states does, in records of four words', () => {
  const b1 = system()
  const full = explore(b1, makeOwnMemory(b1.packing, 400_000), part)
  const { memory, seconds: _, ...trees } = explore(b1, makeOwnMemory(b1.packing, 400_000, true), part)
  expect(full).toMatchObject(trees)
  expect([full.memory.stored, memory.stored]).toEqual([4, 2])
  expect(found(memory)).toEqual(found(full.memory))
})

test('the last table of a search of trees has the slots that its states need, and not the next power of two', () => {
  const b1 = system()
  const full = explore(b1, makeOwnMemory(b1.packing, 400_000), part)
  const memory = makeOwnMemory(b1.packing, full.states + 512, true)
  expect(explore(b1, memory, part)).toMatchObject({ states: full.states, transitions: full.transitions })
  const slots = memory.table.byteLength / 4
  expect(Number.isInteger(Math.log2(slots))).toBe(false)
  expect(slots / full.states).toBeLessThan(1.36)
  expect(2 ** (new Int32Array(memory.shared)[Shared.tableBits] ?? 0)).toBeGreaterThan(slots)
})

test('a search that was cut short continues from its file with the same trees', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  const path = join(folder, 'search')
  const b1 = system()
  const cut = explore(b1, makeOwnMemory(b1.packing, 200_000, true), { exhaust: true, levels: 3 })
  expect(cut.stop).toBe(Stop.Levels)
  expect(saveCheckpoint(path, 'b1', cut.memory)).toBe(true)
  const read = must(loadCheckpoint(path, { identity: 'b1', packing: b1.packing, capacity: () => ok(1000) }))
  expect(read.stored).toBe(2)
  expect(found(read)).toEqual(found(cut.memory))
  rmSync(folder, { recursive: true })
})
