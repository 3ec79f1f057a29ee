import { expect, test } from 'vitest'
import { Touched } from './touched.js'

test('touched pages are bits of their ranges, and all bits where a guest has more pages than a word', () => {
  const [small, large] = [new Touched(6), new Touched(32)]
  expect([small.mask, large.mask]).toEqual([0, 0])
  for (const touched of [small, large]) {
    touched.page(0)
    touched.range(2, 4)
  }
  expect([small.mask, large.mask]).toEqual([0b1101, -1])
  large.clear()
  expect(large.mask).toBe(0)
  const all = new Touched(6)
  all.all()
  expect(all.mask).toBe(0b111111)
})

test('a step that touches more ranges than there is room for touches all pages', () => {
  const touched = new Touched(31)
  for (let count = 0; count < 32; count += 1) touched.range(count % 31, (count % 31) + 1)
  expect(touched.count).toBe(32)
  touched.page(2)
  expect([touched.count, touched.firsts[0], touched.ends[0]]).toEqual([1, 0, 31])
})
