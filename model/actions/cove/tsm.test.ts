import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Dma, MptEntry, Owner, Sept, Tag } from '../../machine/state.js'
import { isKeptAway } from '../../memory/owner-check.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** A guest of private pages, under a host that does nothing of its own. */
function guest(ioMpt: 'synchronised' | 'kept' = 'synchronised', input: ScopeInput = {}): ManualMachine {
  const scope = must(makeScope({ start: 'private', ...input }))
  const platform = { ...presets['riscv-cove'], ioMpt }
  return new ManualMachine(machineFrom(scope, platform, withParts('secureEpt', 'content'), idleHost))
}

const invalidate = 'cove.tvm-invalidate-pages vcpu=0 gfn=1'
const fence = 'cove.tvm-fence vcpu=0'
const remove = 'cove.tvm-remove-pages vcpu=0 gfn=1'
const reclaim = 'cove.reclaim-pages vcpu=0 gfn=1'
const frameOf = (cove: ManualMachine) => cove.state.privateFrame[1] - 1

describe('a page that the host takes from a TVM', () => {
  test('is cleared when it is reclaimed, and not before', () => {
    const cove = guest()
    const frame = frameOf(cove)
    cove.state.tag[frame] = Tag.Guest
    const tags = [invalidate, fence, remove, reclaim].map((step) => {
      cove.force(step)
      return cove.state.tag[frame]
    })
    expect(tags).toEqual([Tag.Guest, Tag.Guest, Tag.Guest, Tag.Zero])
  })

  test('is the host’s once it is removed, and non-confidential once it is reclaimed', () => {
    const cove = guest()
    const frame = frameOf(cove)
    const seen = [invalidate, fence, remove, reclaim].map((step) => {
      expect(cove.force(step)).toBe('ok')
      return [cove.state.sept[1], cove.state.owner[frame], cove.state.unflushed[frame]]
    })
    expect(seen).toEqual([
      [Sept.Blocked, Owner.Td, 0],
      [Sept.Blocked, Owner.Td, 0],
      [Sept.Free, Owner.Removed, 1],
      [Sept.Free, Owner.Removed, 0],
    ])
  })

  test('can be used by a vCPU that has it cached until that leaves the guest, which the fence waits for', () => {
    const cove = guest()
    cove.take('guest.access vcpu=1 gfn=1 access=read')
    cove.force(invalidate)
    cove.force(fence)
    expect([cove.can('guest.access vcpu=1 gfn=1 access=write'), cove.force(remove)]).toEqual([true, 'SBI_ERR_FAILED'])
    expect(cove.force(fence)).toBe('SBI_ERR_ALREADY_STARTED')
    cove.force('kvm.kick-vcpus vcpu=0')
    expect([cove.can('guest.access vcpu=1 gfn=1 access=write'), cove.force(remove)]).toEqual([false, 'ok'])
  })

  test('ages by itself: a fence before its invalidation does not count', () => {
    const cove = guest()
    expect([fence, invalidate, remove].map((call) => cove.force(call))).toEqual(['ok', 'ok', 'SBI_ERR_FAILED'])
  })

  test('is invalidated once', () => {
    const cove = guest()
    expect([invalidate, invalidate].map((call) => cove.force(call))).toEqual(['ok', 'SBI_ERR_INVALID_ADDRESS'])
  })

  test('is neither removed nor reclaimed while it is present', () => {
    expect([guest().force(remove), guest().force(reclaim)]).toEqual([
      'SBI_ERR_INVALID_ADDRESS',
      'SBI_ERR_INVALID_ADDRESS',
    ])
  })

  test('is mapped again by a fault, cleared, without a step of the guest', () => {
    const cove = guest()
    for (const step of [invalidate, fence, remove, reclaim, 'gmem.punch-hole vcpu=0 gfn=1']) cove.force(step)
    cove.take('kvm.fault-resolve vcpu=0 gfn=1')
    cove.take('kvm.fault-install vcpu=0')
    const frame = frameOf(cove)
    expect([cove.state.sept[1], cove.state.owner[frame], cove.state.tag[frame]]).toEqual([
      Sept.Mapped,
      Owner.Td,
      Tag.Zero,
    ])
    expect(cove.can('guest.access vcpu=0 gfn=1 access=read')).toBe(true)
  })

  test('stays away when its fault finds no free frame', () => {
    const cove = guest()
    const frame = frameOf(cove)
    for (const step of [invalidate, fence, remove, reclaim, 'gmem.punch-hole vcpu=0 gfn=1']) cove.force(step)
    cove.state.owner[frame] = Owner.Host
    cove.take('kvm.fault-resolve vcpu=0 gfn=1')
    cove.take('kvm.fault-install vcpu=0')
    expect([cove.state.sept[1], cove.state.privateFrame[1]]).toEqual([Sept.Free, 0])
  })
})

describe('a checker of devices', () => {
  const convert = (cove: ManualMachine) => {
    const frame = frameOf(cove)
    for (const step of [invalidate, fence, remove, reclaim]) cove.force(step)
    if (cove.can(`riscv.mpt-evict frame=${frame}`)) cove.take(`riscv.mpt-evict frame=${frame}`)
    cove.force('gmem.punch-hole vcpu=0 gfn=1')
    cove.take('kvm.fault-resolve vcpu=0 gfn=1')
    cove.take('kvm.fault-install vcpu=0')
    return [...cove.state.mptKept]
  }

  const takeBack = [invalidate, fence, remove, reclaim]

  test('keeps what it had of a frame that becomes confidential, until it drops that, or the frame is reclaimed', () => {
    const cove = guest('kept')
    const kept = convert(cove)
    const frame = frameOf(cove)
    expect(kept[frame]).toBe(MptEntry.Open)
    cove.take(`riscv.mpt-evict frame=${frame}`)
    expect([cove.state.mptKept[frame], cove.can(`riscv.mpt-evict frame=${frame}`)]).toEqual([MptEntry.Current, false])
    const other = guest('kept')
    convert(other)
    for (const step of takeBack) other.force(step)
    expect(other.state.mptKept[frame]).toBe(MptEntry.Current)
  })

  test('keeps a denial as well: a frame that is reclaimed may stay closed to devices until it drops that', () => {
    const cove = guest('kept', { backing: 'in-place' })
    const frame = frameOf(cove)
    for (const step of [...takeBack, 'kvm.set-attributes vcpu=0 gfn=1 count=1 to=shared']) cove.force(step)
    expect(cove.state.mptKept[frame]).toBe(MptEntry.Closed)
    cove.force('mm.pin-page vcpu=0 iovfn=1')
    cove.force('iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k')
    const access = () => {
      cove.take('dma.issue device=0 gfn=1 access=write half=mapped')
      cove.take('iommu.walk device=0 keep=none')
      return cove.state.dma[0]
    }
    expect(access()).toBe(Dma.Idle)
    cove.take(`riscv.mpt-evict frame=${frame}`)
    expect(access()).toBe(Dma.Translated)
  })

  test('has no entry from before of a frame that is removed, not reclaimed, and given again', () => {
    const cove = guest('kept')
    for (const step of [invalidate, fence, remove]) cove.force(step)
    cove.take('kvm.fault-resolve vcpu=0 gfn=1')
    cove.take('kvm.fault-install vcpu=0')
    expect([cove.state.sept[1], cove.state.mptKept[frameOf(cove)]]).toEqual([Sept.Mapped, MptEntry.Current])
  })

  test('lets a device of the host through by what it has kept', () => {
    const cove = guest('kept')
    convert(cove)
    const isKept = () => isKeptAway(cove.machine, cove.state, frameOf(cove))
    const before = isKept()
    cove.take(`riscv.mpt-evict frame=${frameOf(cove)}`)
    expect([before, isKept()]).toEqual([false, true])
  })

  test('has nothing of frames that were confidential from the start', () => {
    expect([...guest('kept').state.mptKept].every((one) => one === MptEntry.Current)).toBe(true)
  })

  test('keeps nothing where a conversion invalidates it', () => {
    expect(convert(guest())).toEqual([])
  })
})

describe('a page of zeros that is added at a fault', () => {
  const add = (cove: ManualMachine, gfn: number) => {
    cove.state.sept[gfn] = Sept.Free
    cove.take(`kvm.fault-resolve vcpu=0 gfn=${gfn}`)
    cove.take('kvm.fault-install vcpu=0')
  }

  test.each([0, 1])('is the guest’s, clean, and in place has the frame of its page: page %i', (gfn) => {
    const cove = guest('synchronised', { backing: 'in-place' })
    const { owner, sept, tag, poison, unflushed } = cove.state
    owner[gfn] = Owner.Removed
    unflushed[gfn] = 1
    poison[gfn] = 1
    add(cove, gfn)
    expect([owner[gfn], sept[gfn], tag[gfn], poison[gfn], unflushed[gfn]]).toEqual([
      Owner.Td,
      Sept.Mapped,
      Tag.Zero,
      0,
      0,
    ])
  })

  test('is not added where the TVM has one by then', () => {
    const cove = guest()
    const frame = frameOf(cove)
    cove.state.sept[1] = Sept.Free
    cove.take('kvm.fault-resolve vcpu=0 gfn=1')
    cove.state.sept[1] = Sept.Mapped
    cove.state.tag[frame] = Tag.Guest
    cove.take('kvm.fault-install vcpu=0')
    expect(cove.state.tag[frame]).toBe(Tag.Guest)
  })
})

test('a frame that is reclaimed is clean of poison, that of page 0 like any, and none is while a TVM has it', () => {
  const cove = guest('synchronised', { backing: 'in-place' })
  const { owner, poison, unflushed } = cove.state
  const reclaimed = (gfn: number, of: number) => {
    owner[gfn] = of
    poison[gfn] = 1
    unflushed[gfn] = 1
    return [cove.force(`cove.reclaim-pages vcpu=0 gfn=${gfn}`), poison[gfn], unflushed[gfn]]
  }
  expect([reclaimed(0, Owner.Removed), reclaimed(1, Owner.Removed)]).toEqual([
    ['ok', 0, 0],
    ['ok', 0, 0],
  ])
  expect([reclaimed(0, Owner.Td), reclaimed(1, Owner.Td)]).toEqual([
    ['SBI_ERR_INVALID_ADDRESS', 1, 1],
    ['SBI_ERR_INVALID_ADDRESS', 1, 1],
  ])
})

test('a checker drops only what it has kept from before', () => {
  const cove = guest('kept')
  cove.state.mptKept[1] = MptEntry.Open
  expect([0, 1, 2].map((frame) => cove.can(`riscv.mpt-evict frame=${frame}`))).toEqual([false, true, false])
})
