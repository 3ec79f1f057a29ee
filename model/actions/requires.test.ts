import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { encode, parse } from '../machine/action.js'
import { type Part, withParts } from '../machine/parts.js'
import { type Platform, presets } from '../machine/platform.js'
import { makeScope, type ScopeInput } from '../machine/scope.js'
import { Cover, Plug, Sept, Slot, Table } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'
import { kinds, rows } from './relation.js'
import type { Row } from './row.js'

// What must be so before a step of host software, as a thread of a litmus test waits for it.

function host(scope: ScopeInput = {}, platform: Partial<Platform> = {}, ...parts: Part[]): ManualMachine {
  const pinning = { ...idleHost, pins: true }
  return new ManualMachine(
    machineFrom(must(makeScope(scope)), { ...presets['linux-7.2'], ...platform }, withParts(...parts), pinning),
  )
}

/** Whether the step's own requirement holds. */
function fits({ machine, state }: ManualMachine, text: string): boolean {
  const code = must(encode(kinds, parse(text)))
  const row: Row | undefined = rows[code[0] ?? 0]
  if (row?.by !== 'plan' || typeof row.requires !== 'function') throw new Error(`${text} requires nothing`)
  return row.requires(machine, state, code)
}

describe('a pin', () => {
  test('is taken where the mapping has none, and given back where it has one', () => {
    const hand = host({ processes: true, secondContainer: true, devicePages: 1 })
    const taking = ['mm.pin-page', 'mm.pin-file-page']
    const giving = ['mm.unpin-page', 'mm.unpin-page-of-caller', 'mm.drop-pins', 'mm.count-device-page']
    const fitting = (page: number) => [...taking, ...giving].filter((row) => fits(hand, `${row} vcpu=0 iovfn=${page}`))
    hand.force('mm.pin-page vcpu=0 iovfn=1')
    expect([fitting(0), fitting(1)]).toEqual([taking, giving])
  })
})

describe('a leaf', () => {
  const small = 'iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k'
  const large = (page: number) => `iommu.write-entry vcpu=0 domain=0 iovfn=${page} size=superpage`
  const pinned = (platform: Partial<Platform> = {}) => {
    const hand = host({}, platform)
    for (const page of [0, 1, 2, 3]) hand.force(`mm.pin-page vcpu=0 iovfn=${page}`)
    return hand
  }

  test('needs a page that is pinned', () => {
    expect([fits(host(), small), fits(host(), large(0)), fits(pinned(), small)]).toEqual([false, false, true])
  })

  test('of a superpage needs a region without an entry, from its first page, over frames in a row', () => {
    const hand = pinned()
    expect([fits(hand, large(0)), fits(hand, large(1)), fits(hand, large(2))]).toEqual([true, false, true])
    hand.state.pinnedFrame[1] = 9
    expect(fits(hand, large(0))).toBe(false)
    hand.force('iommu.write-entry vcpu=0 domain=0 iovfn=2 size=4k')
    expect(fits(hand, large(2))).toBe(false)
  })

  test('of a page needs a region without a superpage, unless the driver takes that for a table', () => {
    const answers = (['refuse', 'replace-large'] as const).map((mapOverLeaf) => {
      const hand = pinned({ mapOverLeaf })
      hand.force(large(0))
      return fits(hand, small)
    })
    expect(answers).toEqual([false, true])
  })

  test('of a superpage is split by a table that is free, or filled, and joined over one with a first entry', () => {
    const hand = pinned()
    const steps = ['iommu.unlink-table', 'iommu.fill-table', 'iommu.link-table', 'iommu.store-superpage']
    const fitting = () => steps.filter((row) => fits(hand, `${row} vcpu=0 domain=0 iovfn=0`))
    expect(fitting()).toEqual([])
    hand.force(large(0))
    expect(fitting()).toEqual(['iommu.fill-table', 'iommu.link-table'])
    hand.state.table.fill(Table.Unlinked, 0, 2)
    expect(fitting()).toEqual([])
    hand.state.table[1] = Table.Filling
    expect(fitting()).toEqual(['iommu.link-table'])
    hand.state.table.set([Table.Filling, Table.Unlinked])
    expect(fitting()).toEqual(['iommu.link-table'])
    hand.state.pde[0] = 1
    expect(fitting()).toEqual(['iommu.unlink-table'])
    hand.state.pte[0] = 4
    expect(fitting()).toEqual(['iommu.unlink-table', 'iommu.store-superpage'])
  })
})

test('a page of guest_memfd is discarded when its secure EPT entry is gone', () => {
  const hand = host({}, {}, 'secureEpt')
  hand.state.sept[1] = Sept.Mapped
  expect([0, 1].map((page) => fits(hand, `gmem.punch-hole vcpu=0 gfn=${page}`))).toEqual([true, false])
  expect(fits(host(), 'gmem.punch-hole vcpu=0 gfn=1')).toBe(true)
})

test('a block entry of the RTT is made at the first page of a superpage with a table, and unmade where it is', () => {
  const realm = host({ start: 'private' }, { ...presets['arm-cca'], rttEntries: 'blocks' }, 'secureEpt')
  const fitting = (row: string) => [0, 1, 2, 3].filter((page) => fits(realm, `${row} vcpu=0 gfn=${page}`))
  realm.state.rttBlock.set([0, 1])
  expect([fitting('rmi.rtt-fold'), fitting('rmi.rtt-create')]).toEqual([[0], [2, 3]])
})

test('a device is ready when it comes, and gone when it goes or could not come', () => {
  const hand = host({ hotplug: true })
  const fitting = (plug: number) => {
    hand.state.plugged[0] = plug
    return ['ready', 'gone'].filter((what) => fits(hand, `vmm.device-${what} vcpu=0 device=0`))
  }
  expect([Plug.Absent, Plug.Coming, Plug.There, Plug.Going].map(fitting)).toEqual([[], ['ready', 'gone'], [], ['gone']])
})

test('a slot takes the steps of its state, and none where slots do not change', () => {
  const steps = ['kvm.invalidate-slot', 'kvm.delete-slot', 'kvm.create-slot', 'vmm.slot-gone', 'vmm.slot-ready']
  const hand = host({ slotChanges: true })
  const fitting = (one: ManualMachine) => steps.filter((row) => fits(one, `${row} vcpu=0 gfn=2`))
  const at = (slot: number) => {
    hand.state.slotState[1] = slot
    return fitting(hand)
  }
  const all = [Slot.There, Slot.Going, Slot.Deleted, Slot.Absent, Slot.Coming, Slot.Created, Slot.Invalid, Slot.Kept]
  expect(all.map(at)).toEqual([
    [],
    ['kvm.invalidate-slot', 'kvm.delete-slot', 'vmm.slot-ready'],
    ['vmm.slot-gone'],
    [],
    ['kvm.create-slot', 'vmm.slot-gone'],
    ['kvm.invalidate-slot', 'kvm.delete-slot', 'vmm.slot-ready'],
    ['kvm.delete-slot'],
    [],
  ])
  expect(fitting(host())).toEqual([])
})

test('what is left of a split slot is made anew where nothing has it, and an area is split where there is one', () => {
  const hand = host({ slotChanges: true })
  const made = [Cover.Whole, Cover.Hole, Cover.Marked, Cover.Between].filter((cover) => {
    hand.state.slotHole[1] = cover
    return fits(hand, 'kvm.make-slot-beside vcpu=0 gfn=1')
  })
  expect(made).toEqual([Cover.Between])
  hand.state.mapOf.fill(3, 2, 4)
  expect([0, 2].map((page) => fits(hand, `area.split vcpu=0 iovfn=${page} count=2`))).toEqual([false, true])
})
