import { expect, test } from 'vitest'
import { B1 } from '../b1.js'
import { explore } from '../bfs.js'
import { ReusedMemory } from './reused-memory.js'
import { makeOwnMemory } from './store-memory.js'

const sizes = [
  { N: 4, V: 2, D: 2 },
  { N: 3, V: 2, D: 2 },
  { N: 4, V: 2, D: 2 },
  { N: 3, V: 1, D: 1 },
]

test('a search finds in memory that others used what it finds in its own', { tags: 'long' }, () => {
  const reused = new ReusedMemory()
  for (const scope of sizes) {
    for (const exhaust of [true, false]) {
      const system = new B1(scope)
      const own = explore(system, makeOwnMemory(system.packing, 100_000), { exhaust })
      const { memory: _, seconds: __, ...found } = explore(system, reused.take(system.packing, 100_000), { exhaust })
      expect(own).toMatchObject(found)
    }
  }
})

test('larger memory is made where it is needed, and kept', () => {
  const reused = new ReusedMemory()
  const { packing } = new B1({ N: 3, V: 1, D: 1 })
  const small = reused.take(packing, 1000)
  const large = reused.take(packing, 1_000_000)
  expect(large.records).not.toBe(small.records)
  expect(reused.take(packing, 1000).records).toBe(large.records)
})
