import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { walkedLeafAt } from './page-table.js'

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
