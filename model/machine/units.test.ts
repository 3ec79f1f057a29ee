import { expect, test } from 'vitest'
import { type Frame, firstDeviceOf, firstFrameOf, type Gfn, type Iovfn, iovfnOf, type UnitId } from './units.js'

const gfn: Gfn = 3
const unit: UnitId = 1
const frameOf = (frame: Frame): number => frame
const pageOf = (iovfn: Iovfn): number => iovfn

test('a number of one unit does not pass for one of another, and a plain number passes for any', () => {
  // @ts-expect-error a guest page is no host frame
  expect(frameOf(gfn)).toBe(3)
  // @ts-expect-error a guest page is no DMA address
  expect(pageOf(gfn)).toBe(3)
  // @ts-expect-error an IOMMU unit is no DMA address
  expect(pageOf(unit)).toBe(1)
  expect([pageOf(3), frameOf(3)]).toEqual([3, 3])
})

test('units are converted by name', () => {
  expect([pageOf(iovfnOf(gfn)), frameOf(firstFrameOf(gfn)), firstDeviceOf(unit)]).toEqual([3, 3, 1])
})
