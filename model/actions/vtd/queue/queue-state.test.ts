import { describe, expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { machineFrom } from '../../../build-machine.js'
import { withParts } from '../../../machine/parts.js'
import { type Platform, presets } from '../../../machine/platform.js'
import { makeScope } from '../../../machine/scope.js'
import { Ats, Dma, type State, WaitError } from '../../../machine/state.js'
import { idleHost } from '../../../plan/idle-host.js'
import { ManualMachine } from '../../../testing/manual-machine.js'
import * as queue from './queue-state.js'

const { Descriptor } = queue
const { Pages, Domain, Global } = Descriptor

/** Two units with a device each, four regions of two pages, and two vCPUs. */
function machine(platform: Partial<Platform> = {}) {
  const settings = { devices: 2, units: 2, pages: 8, walkCacheEntries: 8, queueErrors: 1, lateAts: true } as const
  const given = { ...presets['linux-7.2'], ats: true, ...platform }
  const made = machineFrom(must(makeScope(settings)), given, withParts('walkCache', 'contextCache'), idleHost)
  return { m: made, s: new ManualMachine(made).state }
}

test('a range is covered by the least power of two of pages, aligned to its size', () => {
  for (let first = 0; first < 16; first += 1) {
    for (let count = 1; count <= 16; count += 1) {
      const { first: from, end } = queue.covering(first, count)
      const size = end - from
      expect([size & (size - 1), from % size]).toEqual([0, 0])
      expect(from <= first && first + count <= end).toBe(true)
      const half = size / 2
      const fitsInHalf = size > 1 && Math.floor(first / half) === Math.floor((first + count - 1) / half)
      expect(fitsInHalf).toBe(false)
    }
  }
})

test('a descriptor names all pages of a domain, of all domains, or those that its mask covers', () => {
  const { m, s } = machine()
  const rangeOf = (kind: number) => {
    const slot = queue.enqueue(m, s, 1, kind, 0)
    queue.setRange(s, slot, 1, 3, 2)
    return queue.rangeOf(m, s, slot)
  }
  expect([Domain, Global, Pages].map(rangeOf)).toEqual([
    { first: 0, end: 8 },
    { first: 0, end: 8 },
    { first: 0, end: 8 },
  ])
  const slot = queue.headOf(m, s, 1)
  s.queueKind[slot] = Pages
  s.queueCount[slot] = 1
  expect(queue.rangeOf(m, s, slot)).toEqual({ first: 3, end: 4 })
})

test('a queue is served in order, each unit by its own, and is full when its last slot is taken', () => {
  const { m, s } = machine()
  const kinds = (unit: number) => {
    const from = queue.headOf(m, s, unit)
    return [...s.queueKind.subarray(from, from + queue.queueDepthOf(m, s))]
  }
  queue.enqueue(m, s, 0, Global, 1)
  queue.setRange(s, queue.enqueue(m, s, 0, Pages, 0), 1, 2, 1)
  expect([kinds(0).slice(0, 3), kinds(1)[0], queue.queueIsFull(m, s, 0)]).toEqual([[Global, Pages, 0], 0, false])
  queue.dequeue(m, s, 0)
  const head = queue.headOf(m, s, 0)
  expect([s.queueKind[head], s.queueOwner[head], s.queueDomain[head], s.queueFirst[head]]).toEqual([Pages, 0, 1, 2])
  expect(kinds(0)[1]).toBe(0)
  while (!queue.queueIsFull(m, s, 1)) queue.enqueue(m, s, 1, Domain, 1)
  expect(kinds(1)).toEqual(kinds(1).map(() => Domain))
  expect(queue.queueIsFull(m, s, 0)).toBe(false)
})

test('a vCPU waits for its own descriptors in all units until they are served, given up, or a word is written', () => {
  const { m, s } = machine()
  const waits = () => [0, 1].map((vcpu) => [queue.awaits(s, vcpu), queue.awaitsWord(m, s, vcpu)])
  const [no, yes, byWord] = [
    [false, false],
    [true, true],
    [true, false],
  ]
  queue.enqueue(m, s, 1, Pages, 1)
  expect(waits()).toEqual([no, yes])
  s.statusWord[0] = 1
  expect(waits()).toEqual([no, yes])
  s.statusWord[1] = 1
  expect(waits()).toEqual([no, byWord])
  queue.endWait(m, s, 0, 1, WaitError.Refused)
  queue.endWait(m, s, 1, 0, WaitError.Refused)
  expect([...s.waitError]).toEqual([0, 0])
  queue.endWait(m, s, 1, 1, WaitError.Aborted)
  expect([waits(), [...s.waitError]]).toEqual([
    [no, no],
    [0, WaitError.Aborted],
  ])
})

describe('the paging-structure cache', () => {
  /** Table + 1 of each region of both domains, in descending order. */
  const tables = [15, 13, 11, 9, 7, 5, 3, 1]
  const left = (domain: number, first: number, end: number, hint: boolean) => {
    const { m, s } = machine()
    s.walkCache.set([...tables, ...tables])
    queue.invalidateUnit(m, s, 1, domain, { first, end }, hint)
    expect([...s.walkCache.subarray(0, 8)]).toEqual(tables)
    return [...s.walkCache.subarray(8)].filter((entry) => entry !== 0)
  }

  test('keeps what an invalidation with the hint, or of other regions or domains, does not name', () => {
    expect(left(0, 0, 8, true)).toEqual(tables)
    expect(left(0, 0, 8, false)).toEqual([15, 13, 11, 9])
    expect(left(1, 0, 8, false)).toEqual([7, 5, 3, 1])
  })

  test('drops the tables of the regions that a range meets', () => {
    expect(left(0, 3, 4, false)).toEqual([15, 13, 11, 9, 7, 5, 1])
    expect(left(0, 2, 4, false)).toEqual([15, 13, 11, 9, 7, 5, 1])
    expect(left(1, 3, 5, false)).toEqual([15, 9, 7, 5, 3, 1])
  })
})

test('a global invalidation drops all that a unit has, context entries too, and nothing of another unit', () => {
  const { m, s } = machine()
  for (const view of [s.iotlbKey, s.iotlbLeaf, s.walkCache, s.devtlbKey, s.attached, s.cachedTables]) view.fill(1)
  queue.invalidateAll(m, s, 1)
  const half = s.walkCache.length / 2
  expect([[...s.iotlbKey], [...s.attached], [...s.cachedTables]]).toEqual([
    [1, 1, 0, 0],
    [1, 0],
    [1, 0],
  ])
  expect([...s.walkCache].map((entry, at) => entry === (at < half ? 1 : 0))).not.toContain(false)
  expect([...s.devtlbKey]).toEqual([1, 1, 1, 1])
})

describe('a drain waits', () => {
  const range = { first: 1, end: 3 }
  /** A write of device 1 to page 2 is translated, and vCPU 1 has a descriptor at the head of unit 1. */
  const marked = (platform: Partial<Platform>, spoil: (s: State, head: number) => void, unit = 1) => {
    const { m, s } = machine(platform)
    const head = queue.enqueue(m, s, unit, Pages, 1)
    s.dma[1] = Dma.Translated
    s.dmaGfn[1] = 2
    s.dmaWrite[1] = 1
    s.ats.fill(Ats.On | Ats.Tagged)
    spoil(s, head)
    queue.markDrain(m, s, unit, head, range)
    const byUnit = [...s.dmaDrain]
    s.dmaDrain.fill(0)
    queue.markDeviceDrain(m, s, 1, head, range)
    const isDrained = queue.isDrained(m, s, 1)
    expect(isDrained).toBe(s.dmaDrain[1] === 0)
    return [...byUnit, s.dmaDrain[1], s.dmaByDevice[1]]
  }
  const nothing = () => undefined
  const byUnit = [0, 2, 0, 0]
  const none = [0, 0, 0, 0]

  test('for the translated DMA of its unit, as far as the platform drains', () => {
    expect(marked({ drain: 'both' }, nothing)).toEqual(byUnit)
    expect(marked({ drain: 'writes' }, nothing)).toEqual(byUnit)
    expect(marked({ drain: 'both' }, (s) => s.dmaWrite.fill(0))).toEqual(byUnit)
    expect(marked({ drain: 'writes' }, (s) => s.dmaWrite.fill(0))).toEqual(none)
    expect(marked({ drain: 'none' }, nothing)).toEqual(none)
    expect(marked({ drain: 'both' }, nothing, 0)).toEqual(none)
    expect(marked({ drain: 'both' }, (s) => s.dma.fill(Dma.Issued))).toEqual(none)
  })

  test('for the pages of its range and its domain, or for all domains where it is global', () => {
    const at = (gfn: number) => marked({ drain: 'both' }, (s) => s.dmaGfn.fill(gfn))
    expect([0, 1, 2, 3].map(at)).toEqual([none, byUnit, byUnit, none])
    expect(marked({ drain: 'both' }, (s) => s.dmaDomain.fill(1))).toEqual(none)
    const everywhere = (s: State, head: number) => {
      s.dmaDomain.fill(1)
      s.queueKind[head] = Global
    }
    expect(marked({ drain: 'both' }, everywhere)).toEqual(byUnit)
  })

  test('for no vCPU that gave its wait up', () => {
    expect(marked({ drain: 'both' }, (s, head) => s.queueOwner.fill(2, head, head + 1))).toEqual(none)
  })

  test("for DMA by a device's own translation where that device answers, not where the unit does", () => {
    const own = (more: (s: State, head: number) => void, platform: Partial<Platform> = {}) =>
      marked({ drain: 'both', ...platform }, (s, head) => {
        s.dmaByDevice.fill(1)
        more(s, head)
      })
    expect(own(nothing)).toEqual([0, 0, 2, 1])
    expect([0, 1, 2, 3].map((gfn) => own((s) => s.dmaGfn.fill(gfn))[2])).toEqual([0, 2, 2, 0])
    expect(own((s) => s.ats.fill(Ats.On))).toEqual([0, 0, 0, 1])
    expect(own((s) => s.dma.fill(Dma.Issued))).toEqual([0, 0, 0, 1])
    expect(own((s, head) => s.queueOwner.fill(2, head, head + 1))).toEqual([0, 0, 0, 1])
  })

  test('for reads alone where a device answers before its writes', () => {
    const early = (write: number, byDevice: number) =>
      marked({ drain: 'both', deviceInvalidation: 'early' }, (s) => {
        s.dmaWrite.fill(write)
        s.dmaByDevice.fill(byDevice)
      }).slice(2)
    expect([early(1, 1), early(0, 1), early(1, 2)]).toEqual([
      [0, 2],
      [2, 1],
      [2, 2],
    ])
  })
})

test("a flush drops what a device's own TLB holds of its range, if the driver has given the device its tag", () => {
  const { m, s } = machine()
  const left = (ats: number) => {
    s.devtlbKey.fill(0)
    s.devtlbKey[0] = 1
    s.ats[0] = ats
    queue.invalidateDevice(m, s, 0, { first: 0, end: m.pages })
    return s.devtlbKey[0]
  }
  expect([left(Ats.On), left(Ats.On | Ats.Tagged)]).toEqual([1, 0])
})
