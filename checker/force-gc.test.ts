import { setTimeout as later } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { forceGc } from './force-gc.js'
import { makeSharedMemory } from './memory/store-memory.js'
import { packingOf } from './packing/packing-of.js'

const megabytes = () => process.memoryUsage.rss() / 2 ** 20

/** Takes 300 MiB of shared memory, and forgets it. */
const search = () =>
  void new Uint8Array(makeSharedMemory(packingOf(new Uint8Array(64 * 4).fill(8)), 1_200_000).records).fill(1)

test('the memory of a search that is over is free for the next', { tags: 'long' }, async () => {
  const before = megabytes()
  for (let count = 0; count < 3; count += 1) {
    search()
    await later(10)
    forceGc()
    await later(200)
  }
  expect(megabytes() - before).toBeLessThan(400)
})
