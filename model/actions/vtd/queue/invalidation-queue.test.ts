import { describe, expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { machineFrom } from '../../../build-machine.js'
import { type Part, withParts } from '../../../machine/parts.js'
import { type Platform, presets } from '../../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../../machine/scope.js'
import { Table } from '../../../machine/state.js'
import { idleHost } from '../../../plan/idle-host.js'
import { ManualMachine } from '../../../testing/manual-machine.js'
import { covering } from './queue-state.js'

function unit(
  platform: Partial<Platform> = {},
  scope: ScopeInput = {},
  parts: readonly Part[] = [],
  host = idleHost,
): ManualMachine {
  const on: Platform = { ...presets['linux-7.2'], ...platform }
  return new ManualMachine(machineFrom(must(makeScope(scope)), on, withParts(...parts), host))
}

function map(vtd: ManualMachine, iovfn: number, domain = 0): void {
  if (vtd.state.pinnedFrame[iovfn] === 0) vtd.force(`mm.pin-page vcpu=0 iovfn=${iovfn}`)
  vtd.force(`iommu.write-entry vcpu=0 domain=${domain} iovfn=${iovfn} size=4k`)
}

const issue = (gfn: number, access = 'write', device = 0) =>
  `dma.issue device=${device} gfn=${gfn} access=${access} half=mapped`
const walk = 'iommu.walk device=0 keep=none'
const walkAndFill = 'iommu.walk device=0 keep=iotlb'
const complete = 'dma.complete device=0'
const drop = (iovfn: number, hint = 0, on = 0) =>
  `iommu.submit-psi vcpu=0 unit=${on} domain=0 iovfn=${iovfn} count=1 ih=${hint}`
const invalidate = 'iommu.invalidate unit=0'
const finish = 'iommu.retire-descriptor unit=0'

describe('an invalidation', () => {
  test('drops the entries, and is complete in a second step', () => {
    const vtd = unit()
    map(vtd, 1)
    for (const one of [issue(1), walkAndFill, complete]) vtd.take(one)
    vtd.force(drop(1))
    expect([vtd.can(invalidate), vtd.can(finish)]).toEqual([true, false])
    vtd.take(invalidate)
    expect([vtd.state.iotlbKey[0], vtd.can(invalidate), vtd.can(finish)]).toEqual([0, false, true])
    vtd.take(finish)
    expect(vtd.can(invalidate)).toBe(false)
  })

  test('is served in the order of the queue', () => {
    const vtd = unit()
    for (const page of [0, 1]) map(vtd, page)
    for (const page of [0, 1]) for (const one of [issue(page), walkAndFill, complete]) vtd.take(one)
    vtd.force(drop(0))
    vtd.force(drop(1).replace('vcpu=0', 'vcpu=1'))
    const left = () => [...vtd.state.iotlbKey].filter((key) => key !== 0).length
    const seen = [invalidate, finish, invalidate, finish].map((one) => {
      vtd.take(one)
      return left()
    })
    expect(seen).toEqual([1, 1, 0, 0])
  })

  test('of all, and a new root where the unit flushes then, drops what a unit has of every domain', () => {
    for (const how of ['iommu.submit-global vcpu=0 unit=0', 'iommu.set-root vcpu=0 unit=0']) {
      const vtd = unit({ rootFlushes: true })
      map(vtd, 1)
      for (const one of [issue(1), walkAndFill, complete]) vtd.take(one)
      vtd.force(how)
      if (vtd.can(invalidate)) vtd.take(invalidate)
      expect([how, vtd.state.iotlbKey[0]]).toEqual([how, 0])
    }
    const without = unit({ rootFlushes: false })
    map(without, 1)
    for (const one of [issue(1), walkAndFill, complete]) without.take(one)
    without.force('iommu.set-root vcpu=0 unit=0')
    expect(without.state.iotlbKey[0]).not.toBe(0)
  })

  test('is of one unit: another keeps what it has cached', () => {
    const vtd = unit({}, { units: 2, devices: 2 })
    map(vtd, 1)
    for (const device of [0, 1]) {
      vtd.take(issue(1, 'write', device))
      vtd.take(`iommu.walk device=${device} keep=iotlb`)
      vtd.take(`dma.complete device=${device}`)
    }
    vtd.force(drop(1, 0, 1))
    vtd.take('iommu.invalidate unit=1')
    vtd.take(issue(1))
    expect(vtd.can('iommu.hit-iotlb device=0 size=4k keep=none')).toBe(true)
    vtd.take('dma.issue device=1 gfn=1 access=write half=mapped')
    expect(vtd.can('iommu.hit-iotlb device=1 size=4k keep=none')).toBe(false)
  })

  test('of a domain drops every entry of that domain', () => {
    const vtd = unit()
    for (const page of [0, 3]) {
      map(vtd, page)
      for (const one of [issue(page), walkAndFill, complete]) vtd.take(one)
    }
    vtd.force('iommu.submit-dsi vcpu=0 unit=0 domain=1')
    vtd.take(invalidate)
    expect([...vtd.state.iotlbKey].includes(0)).toBe(false)
    vtd.take(finish)
    vtd.force('iommu.submit-dsi vcpu=0 unit=0 domain=0')
    vtd.take(invalidate)
    expect([...vtd.state.iotlbKey]).toEqual([0, 0])
  })

  test.each([
    [5, 1, 5, 6],
    [4, 4, 4, 8],
    [3, 2, 0, 8],
    [6, 3, 0, 16],
    [0, 3, 0, 4],
  ])('of %i pages and %i more covers the aligned power of two around them', (first, count, from, to) => {
    expect(covering(first, count)).toEqual({ first: from, end: to })
  })
})

describe('a drain', () => {
  /** Whether the invalidation of a page is complete while a DMA to it is still under way, by the access of the DMA. */
  const completesEarly = (drain: Platform['drain'], access: 'read' | 'write', flushed = 1) => {
    const vtd = unit({ drain }, {}, ['content'])
    map(vtd, 1)
    vtd.take(issue(1, access))
    vtd.take(walk)
    vtd.force(drop(flushed))
    vtd.take(invalidate)
    const early = vtd.can(finish)
    vtd.take(complete)
    expect(vtd.can(finish)).toBe(true)
    return early
  }

  test('waits for nothing, for writes, or for both, as the platform says', () => {
    const early = (['none', 'writes', 'both'] as const).map((drain) => [
      completesEarly(drain, 'read'),
      completesEarly(drain, 'write'),
    ])
    expect(early).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ])
  })

  test('does not wait for DMA outside its range', () => {
    expect(completesEarly('both', 'write', 2)).toBe(true)
  })

  test('does not wait for DMA that was translated after it began', () => {
    const vtd = unit()
    map(vtd, 1)
    vtd.force(drop(1))
    vtd.take(invalidate)
    vtd.take(issue(1))
    vtd.take(walk)
    expect(vtd.can(finish)).toBe(true)
  })
})

describe('the invalidation hint', () => {
  /** Whether a walk may still start from the cached table after an invalidation with the hint or without. */
  const tableCached = (hint: number) => {
    const vtd = unit({}, {}, ['walkCache'])
    map(vtd, 1)
    for (const one of [issue(1), walkAndFill, complete]) vtd.take(one)
    vtd.force(drop(1, hint))
    vtd.take(invalidate)
    vtd.take(finish)
    vtd.take(issue(1))
    expect(vtd.can('iommu.hit-iotlb device=0 size=4k keep=none')).toBe(false)
    return vtd.can('iommu.walk-from-cache device=0 keep=none')
  }

  test('clear drops the paging-structure entries of the range', () => {
    expect(tableCached(0)).toBe(false)
  })

  test('set keeps the paging-structure entries, though the leaves go', () => {
    expect(tableCached(1)).toBe(true)
  })
})

describe('the paging-structure cache', () => {
  test('leads a walk into a table that is unlinked, and into what is written there later', () => {
    const vtd = unit({}, {}, ['walkCache'])
    map(vtd, 1)
    for (const one of [issue(1), walkAndFill, complete]) vtd.take(one)
    vtd.force('iommu.unlink-table vcpu=0 domain=0 iovfn=0')
    vtd.take(issue(1))
    vtd.take('iommu.walk-from-cache device=0 keep=none')
    expect(vtd.state.dmaFrame[0]).toBe(vtd.state.pinnedFrame[1])
  })
})

describe('a flush that was deferred', () => {
  test('comes later, for everything at once, and frees the tables that waited for it', () => {
    const vtd = unit()
    for (const page of [0, 3]) {
      map(vtd, page)
      for (const one of [issue(page), walkAndFill, complete]) vtd.take(one)
    }
    vtd.force('iommu.unlink-table vcpu=0 domain=0 iovfn=0')
    expect(vtd.can('iommu.flush-deferred domain=0')).toBe(false)
    vtd.force('iommu.defer-flush vcpu=0 domain=0')
    vtd.take('iommu.flush-deferred domain=0')
    expect([[...vtd.state.iotlbKey], vtd.state.table[0], vtd.state.deferred[0]]).toEqual([[0, 0], Table.Free, 0])
  })

  test('frees the tables of its own domain', () => {
    const vtd = unit({}, {}, [], { ...idleHost, domains: 2 })
    vtd.state.table.fill(Table.Unlinked)
    vtd.force('iommu.defer-flush vcpu=0 domain=1')
    vtd.take('iommu.flush-deferred domain=1')
    const perDomain = vtd.state.table.length / 2
    expect([...vtd.state.table]).toEqual([
      ...Array(perDomain).fill(Table.Unlinked),
      ...Array(perDomain).fill(Table.Free),
    ])
  })
})
