import { fc, test as law } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { finalise32 } from '../packing/hash.js'
import { tableSlotsOf } from './table-slots.js'

const most = 2 ** 31 - 2

law.prop([fc.integer(), fc.integer({ min: 1, max: most })])('each hash begins within the table', (hash, slots) => {
  const at = tableSlotsOf(slots).first(hash)
  expect(at).toBeGreaterThanOrEqual(0)
  expect(at).toBeLessThan(slots)
})

test.each([1000, 1024, most])('the largest and the smallest hash begin within a table of %i slots', (slots) => {
  for (const hash of [0, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    expect(tableSlotsOf(slots).first(hash)).toBeLessThan(slots)
    expect(tableSlotsOf(slots).first(hash)).toBeGreaterThanOrEqual(0)
  }
})

test.each([1, 1000, 1024, most])('behind the last of %i slots comes the first, behind any other the next', (count) => {
  const slots = tableSlotsOf(count)
  expect(slots.after(count - 1)).toBe(0)
  for (const slot of [0, count >> 1].filter((at) => at < count - 1)) expect(slots.after(slot)).toBe(slot + 1)
})

/** The numbers of tenths of a table that hashes with the same upper bits begin in. */
function tenths(slots: number): number[] {
  const counts = Array.from({ length: 10 }, () => 0)
  for (let at = 0; at < 40_000; at += 1) {
    const hash = finalise32(at)
    if (hash >>> 30 !== 2) continue
    const tenth = Math.floor((tableSlotsOf(slots).first(hash) * 10) / slots)
    counts[tenth] = (counts[tenth] ?? 0) + 1
  }
  return counts
}

test('hashes of which a slot keeps the same two bits are spread over the whole of a table of any size', () => {
  // 10,000 hashes in ten tenths: 1,000 each, and 150 is five standard deviations
  for (const count of tenths(50_000)) expect(Math.abs(count - 1000)).toBeLessThan(150)
})
