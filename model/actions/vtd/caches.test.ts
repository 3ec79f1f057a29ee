import { expect, test } from 'vitest'
import type { View } from '../../../base/arena.js'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Dma, Table } from '../../machine/state.js'
import { walkedLeafAt } from '../../memory/page-table.js'
import { keyFirst, keyIsLarge } from '../../memory/tlb.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** Page 1 pinned and about to be written into a region without a table; the IOMMU snoops, or does not. */
function machine(coherentPageWalk: boolean): ManualMachine {
  const platform = { ...presets['linux-7.2'], coherentPageWalk }
  const hand = new ManualMachine(machineFrom(must(makeScope({})), platform, withParts('coherency'), idleHost))
  hand.force('mm.pin-page vcpu=0 iovfn=1')
  return hand
}

const write = 'iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k'
const seen = ({ machine: m, state: s }: ManualMachine) => walkedLeafAt(m, s, 0, 1) !== 0
/** The directory entry of region 0, and the second leaf of its first table, behind all directory entries. */
const directory = 'iommu.write-back-line slot=0'
const leaf = ({ state }: ManualMachine) => `iommu.write-back-line slot=${state.visiblePde.length + 1}`

test('an entry is seen by hardware once its line and that of the directory are written back, in either order', () => {
  for (const leafFirst of [false, true]) {
    const hand = machine(false)
    hand.force(write)
    const lines = leafFirst ? [leaf(hand), directory] : [directory, leaf(hand)]
    for (const line of lines) {
      expect(seen(hand)).toBe(false)
      hand.take(line)
    }
    expect(seen(hand)).toBe(true)
  }
})

test('only a line that differs is written back, and only where the IOMMU does not snoop', () => {
  const [hand, coherent] = [machine(false), machine(true)]
  expect(hand.can(directory)).toBe(false)
  for (const one of [hand, coherent]) one.force(write)
  expect([hand.can(directory), coherent.can(directory)]).toEqual([true, false])
  hand.take(directory)
  expect(hand.can(directory)).toBe(false)
})

test('a new table is empty for the hardware, whatever its page held before', () => {
  const hand = machine(false)
  hand.state.visiblePte[1] = 7
  hand.force(write)
  hand.take(directory)
  expect(seen(hand)).toBe(false)
})

test('a device forgets one translation, and keeps its others and those of other devices', () => {
  const scope = must(makeScope({ devices: 2, iotlbEntries: 2 }))
  const made = machineFrom(scope, { ...presets['linux-7.2'], ats: true }, withParts(), idleHost)
  const hand = new ManualMachine(made)
  const left = (slot: number) => {
    hand.state.devtlbKey.set([4, 3, 2, 1])
    hand.take(`dma.evict-device-tlb slot=${slot}`)
    return [...hand.state.devtlbKey]
  }
  expect([0, 1, 2, 3].map(left)).toEqual([
    [3, 0, 2, 1],
    [4, 0, 2, 1],
    [4, 3, 1, 0],
    [4, 3, 2, 0],
  ])
})

/** Pages 0 and 1 pinned, page 1 in a table that the unit of the device has cached; a device TLB. */
function withCachedTable(scope: ScopeInput = {}, slot = 0): ManualMachine {
  const on = { ...presets['linux-7.2'], ats: true }
  const parts = withParts('walkCache', 'deviceTlb')
  const hand = new ManualMachine(machineFrom(must(makeScope(scope)), on, parts, idleHost))
  for (const page of [0, 1]) hand.force(`mm.pin-page vcpu=0 iovfn=${page}`)
  hand.force('iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k')
  hand.state.walkCache[slot] = hand.state.table.indexOf(Table.Linked) + 1
  return hand
}
const issue = (gfn: number, device = 0) => `dma.issue device=${device} gfn=${gfn} access=write half=mapped`
const fromCache = (keep: string, device = 0) => `iommu.walk-from-cache device=${device} keep=${keep}`
const keeps = ['none', 'iotlb', 'device-tlb', 'both']

test('a device keeps what a walk from a cached table finds only if that permits its access', () => {
  const hand = withCachedTable()
  const may = (gfn: number) => {
    hand.take(issue(gfn))
    const found = keeps.filter((keep) => hand.can(fromCache(keep)))
    hand.take(fromCache('none'))
    return found
  }
  expect(may(0)).toEqual(['none', 'iotlb'])
  expect(may(1)).toEqual(keeps)
})

test('what a walk from a cached table finds is kept as a page of its own, by those who keep it', () => {
  const kept = keeps.map((keep) => {
    const hand = withCachedTable()
    hand.take(issue(1))
    hand.take(fromCache(keep))
    const { machine: m, state: s } = hand
    const has = (keys: View) => keys.some((key) => key !== 0 && keyFirst(m, key) === 1 && !keyIsLarge(key))
    return [has(s.iotlbKey), has(s.devtlbKey), s.dmaByDevice[0], s.dma[0] === Dma.Translated]
  })
  expect(kept).toEqual([
    [false, false, 0, true],
    [true, false, 0, true],
    [false, true, 1, true],
    [true, true, 1, true],
  ])
})

test('a walk starts at a cached table of its own unit and region, while the DMA waits, until that is forgotten', () => {
  const may = (slot: number, device: number, gfn = 1) => {
    const hand = withCachedTable({ devices: 2, units: 2, walkCacheEntries: 2 }, slot)
    const before = hand.can(fromCache('none', device))
    hand.take(issue(gfn, device))
    return [before, hand.can(fromCache('none', device))]
  }
  expect([may(0, 0), may(1, 0), may(2, 1), may(3, 1)].map(([before, now]) => !before && now)).toEqual(
    Array(4).fill(true),
  )
  expect([may(2, 0), may(1, 1), may(0, 0, 3)].flat()).toEqual(Array(6).fill(false))
  const hand = withCachedTable({ walkCacheEntries: 2 })
  hand.take(issue(1))
  expect([0, 1].map((slot) => hand.can(`iommu.evict-walk-cache slot=${slot}`))).toEqual([true, false])
  hand.take('iommu.evict-walk-cache slot=0')
  expect([hand.can(fromCache('none')), [...hand.state.walkCache]]).toEqual([false, [0, 0]])
})
