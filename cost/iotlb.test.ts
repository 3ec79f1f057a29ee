import { expect, test } from 'vitest'
import { Iotlb, type IotlbSizes } from './iotlb.js'

const perSuper = 512
const pages = 64 * perSuper
const sizes: IotlbSizes = { entries4k: 8, ways4k: 2, entries2m: 4, ways2m: 4 }
const make = (given: Partial<IotlbSizes> = {}) => new Iotlb({ ...sizes, ...given }, perSuper, pages)

test('a page that is kept hits, in its domain alone', () => {
  const iotlb = make()
  iotlb.keep(0, 5, 100, false)
  expect([iotlb.lookUp(0, 5), iotlb.lookUp(1, 5), iotlb.lookUp(0, 6)]).toEqual([100, -1, -1])
})

test('the third page of a set of two ways puts out the one that was used least recently', () => {
  const iotlb = make()
  for (const page of [0, 4]) iotlb.keep(0, page, page + 1, false)
  iotlb.lookUp(0, 0)
  iotlb.keep(0, 8, 9, false)
  expect([0, 4, 8].map((page) => iotlb.lookUp(0, page))).toEqual([1, -1, 9])
})

test('pages of other sets stay', () => {
  const iotlb = make()
  for (const page of [0, 1, 4, 8]) iotlb.keep(0, page, page + 1, false)
  expect(iotlb.lookUp(0, 1)).toBe(2)
})

test('an entry of a superpage hits for each of its pages, with the frame of the page', () => {
  const iotlb = make()
  iotlb.keep(0, perSuper + 3, 400, true)
  expect([iotlb.lookUp(0, perSuper), iotlb.lookUp(0, perSuper + 2), iotlb.lookUp(0, 2)]).toEqual([400, 408, -1])
})

test('with no entries of their own, superpages take those of pages', () => {
  const iotlb = make({ entries4k: 2, ways4k: 2, entries2m: 0 })
  iotlb.keep(0, 0, 10, true)
  iotlb.keep(0, 5 * perSuper, 20, false)
  iotlb.keep(0, 6 * perSuper, 30, false)
  expect(iotlb.lookUp(0, 0)).toBe(-1)
})

test('an invalidation drops what lies in its range, and a superpage that only meets it where that is asked', () => {
  const filled = () => {
    const iotlb = make()
    iotlb.keep(0, 1, 10, false)
    iotlb.keep(0, perSuper, 20, true)
    iotlb.keep(1, 1, 30, false)
    return iotlb
  }
  const within = filled()
  within.drop(0, 1, perSuper + 1, false)
  expect([within.lookUp(0, 1), within.lookUp(0, perSuper), within.lookUp(1, 1)]).toEqual([-1, 20, 30])
  const larger = filled()
  larger.drop(0, perSuper, perSuper + 1, true)
  expect([larger.lookUp(0, 1), larger.lookUp(0, perSuper)]).toEqual([10, -1])
})
