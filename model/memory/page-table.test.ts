import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { noParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { makeScope } from '../machine/scope.js'
import { Table } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'
import {
  freeTable,
  freeUnlinked,
  leafAt,
  leafFrame,
  makeLeaf,
  noteOtherRights,
  tableIsEmpty,
  writePage,
} from './page-table.js'

/** Two domains of two regions of two pages; the second region of the first domain has tables 2 and 3. */
function machine() {
  const made = machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, idleHost)
  return { m: made, s: new ManualMachine(made).state }
}

const { Free, Linked, Unlinked, Filling } = Table

test('a region has two tables of its own, and takes the first that is free', () => {
  const { s } = machine()
  const taken = (...uses: readonly number[]) => {
    s.table.set(uses)
    return freeTable(s, 1)
  }
  expect(taken(Linked, Linked, Free, Free)).toBe(1)
  expect(taken(Free, Free, Linked, Free)).toBe(2)
  expect(taken(Free, Free, Unlinked, Filling)).toBe(0)
})

test('an entry of a page stands in a table that is linked for it, and leads to its frame alone', () => {
  const { m, s } = machine()
  s.table[2] = Unlinked
  expect(writePage(m, s, 0, 3, makeLeaf(7, 1))).toBe(true)
  expect([s.pde[1], s.table[3]]).toEqual([2, Linked])
  expect([0, 1, 2, 3].map((iovfn) => leafAt(m, s, 0, iovfn))).toEqual([0, 0, 0, makeLeaf(7, 1)])
  expect(leafAt(m, s, 1, 3)).toBe(0)
  expect([tableIsEmpty(m, s, 3), tableIsEmpty(m, s, 2)]).toEqual([false, true])
  s.pde[0] = makeLeaf(4, 3)
  expect([0, 1].map((iovfn) => leafFrame(leafAt(m, s, 0, iovfn)))).toEqual([4, 5])
})

test('a page that stays mapped with other permissions is told of, in a table as in a superpage', () => {
  const { m, s } = machine()
  const told = (before: number, now: number) => {
    m.event.rightsChanged = -1
    s.pde[1] = now
    noteOtherRights(m, s, { at: 1, pde: before }, 1)
    return m.event.rightsChanged
  }
  s.table.set([Linked, Linked], 2)
  s.pte.set([makeLeaf(4, 3), makeLeaf(5, 1), makeLeaf(4, 3), 0], 4)
  expect([told(makeLeaf(4, 3), 1), told(1, makeLeaf(4, 1)), told(makeLeaf(4, 1), 2)]).toEqual([3, 2, 2])
  expect([told(makeLeaf(4, 3), 2), told(1, 2), told(0, 1), told(1, 0), told(makeLeaf(4, 3), makeLeaf(6, 3))]).toEqual([
    -1, -1, -1, -1, -1,
  ])
})

test('a page that has other permissions in the domain that comes into use is told of', () => {
  const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, idleHost))
  const { machine: m, state: s } = hand
  s.pde.set([0, makeLeaf(4, 1), 0, makeLeaf(4, 1)])
  const told = (): number => {
    hand.force(`iommufd.use-domain vcpu=0 domain=${1 - s.domain[0]}`)
    return m.event.rightsChanged
  }
  expect(told()).toBe(-1)
  s.pde[1] = makeLeaf(4, 3)
  expect([told(), s.domain[0]]).toEqual([3, 0])
  s.pde[3] = 0
  expect(told()).toBe(-1)
})

test('an entry is not written where no table is free', () => {
  const { m, s } = machine()
  s.table.fill(Unlinked)
  expect([writePage(m, s, 0, 3, makeLeaf(7, 1)), s.pde[1], leafAt(m, s, 0, 3)]).toEqual([false, 0, 0])
})

test('the tables of a region that were unlinked are freed empty, and no others', () => {
  const { m, s } = machine()
  s.table.set([Unlinked, Free, Unlinked, Linked])
  s.pte.fill(5, 0, 8)
  freeUnlinked(m, s, 1)
  expect([...s.table.subarray(0, 4)]).toEqual([Unlinked, Free, Free, Linked])
  expect([...s.pte.subarray(0, 8)]).toEqual([5, 5, 5, 5, 0, 0, 5, 5])
})

test('to clear a page of a region without a table leaves the tables of other regions as they are', () => {
  const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, idleHost))
  const { machine: m, state: s } = hand
  s.table[0] = Unlinked
  writePage(m, s, 0, 0, makeLeaf(7, 3))
  expect(s.pde[0]).toBe(2)
  hand.force('iommu.clear-entry vcpu=0 domain=0 iovfn=2 size=4k')
  expect(leafFrame(leafAt(m, s, 0, 0))).toBe(7)
})

test('caches may lead by a table to any page of its region, so that all are looked at when it is freed', () => {
  const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, idleHost))
  const { touched } = hand.machine
  touched.clear()
  hand.force('iommu.free-tables vcpu=0 domain=0 iovfn=3')
  expect(touched.mask).toBe(0b1100)
})

test.each([1, 2])('a table that was filled is the one that is linked, whichever of the two it is: %i', (filled) => {
  const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, idleHost))
  const { pde, table } = hand.state
  pde[1] = makeLeaf(2, 3)
  if (filled === 2) table[2] = Unlinked
  hand.force('iommu.fill-table vcpu=0 domain=0 iovfn=2')
  table[2] = filled === 2 ? Free : Filling
  hand.force('iommu.link-table vcpu=0 domain=0 iovfn=2')
  expect([pde[1], ...table.subarray(2, 4)]).toEqual(filled === 2 ? [2, Free, Linked] : [1, Linked, Free])
})

test('a superpage is split into its own frames, and put together from them, without a fault in between', () => {
  const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, idleHost))
  const { machine: m, state: s } = hand
  const leaves = () => [0, 1, 2, 3].map((iovfn) => leafAt(m, s, 0, iovfn))
  s.pde[1] = makeLeaf(2, 3)
  const whole = [0, 0, makeLeaf(2, 3), makeLeaf(3, 3)]
  for (const row of ['fill-table', 'link-table', 'store-superpage']) {
    m.touched.clear()
    hand.force(`iommu.${row} vcpu=0 domain=0 iovfn=2`)
    expect([row, leaves()]).toEqual([row, whole])
    expect([row, m.touched.mask]).toEqual([row, row === 'fill-table' ? 0 : 0b1100])
  }
  expect([s.pde[1], ...s.table.subarray(2, 4), ...s.pte.subarray(4, 8)]).toEqual([
    ...[makeLeaf(2, 3), Unlinked, Free],
    ...[makeLeaf(2, 3), makeLeaf(3, 3), 0, 0],
  ])
})

test.each([
  [2, 1, [0, makeLeaf(3, 3)]],
  [3, 1, [makeLeaf(2, 3), 0]],
])('from page %i on, %i page of a superpage goes by one store of a table with the rest', (iovfn, count, rest) => {
  const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], noParts, idleHost))
  const { machine: m, state: s } = hand
  s.pde[1] = makeLeaf(2, 3)
  m.touched.clear()
  expect(hand.force(`iommu.split-entry vcpu=0 domain=0 iovfn=${iovfn} count=${count}`)).toBe('ok')
  expect([2, 3].map((page) => leafAt(m, s, 0, page))).toEqual(rest)
  expect([s.pde[1], ...s.table.subarray(2, 4)]).toEqual([1, Linked, Free])
  expect(m.touched.mask).toBe(0b1100)
})
