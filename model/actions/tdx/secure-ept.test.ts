import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { Reg, regOf } from '../../machine/registers.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Attr, lockNames, Owner, Sept, Tag } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** A guest of private pages, all accepted, under a host that does nothing of its own. */
function guest(input: ScopeInput = {}): ManualMachine {
  const scope = must(makeScope({ start: 'private', ...input }))
  return new ManualMachine(machineFrom(scope, presets['linux-7.2'], withParts('secureEpt', 'content'), idleHost))
}

const block = 'tdh.mem.range.block vcpu=0 gfn=1'
const track = 'tdh.mem.track vcpu=0'
const kick = 'kvm.kick-vcpus vcpu=0'
const remove = 'tdh.mem.page.remove vcpu=0 gfn=1'

describe('removal of a private page', () => {
  test('succeeds blocked, tracked and with every vCPU out; the frame is then unowned and unflushed', () => {
    const tdx = guest()
    tdx.take('guest.access vcpu=1 gfn=1 access=read')
    expect([block, track, kick, remove].map((call) => tdx.force(call))).toEqual(['ok', 'ok', 'ok', 'ok'])
    const frame = tdx.state.privateFrame[1] - 1
    expect([tdx.state.sept[1], tdx.state.owner[frame], tdx.state.unflushed[frame]]).toEqual([
      Sept.Free,
      Owner.Removed,
      1,
    ])
    expect(tdx.force('tdh.phymem.page.wbinvd vcpu=0 gfn=1')).toBe('ok')
    expect(tdx.state.unflushed[frame]).toBe(0)
  })

  test('tdh.mem.page.remove fails on a page that was not blocked', () => {
    expect(guest().force(remove)).toBe('TDX_GPA_RANGE_NOT_BLOCKED')
  })

  test('tdh.mem.page.remove fails on a page that was blocked but not yet tracked', () => {
    const tdx = guest()
    expect([block, remove].map((call) => tdx.force(call))).toEqual(['ok', 'TDX_TLB_TRACKING_NOT_DONE'])
    expect(tdx.state.sept[1]).toBe(Sept.Blocked)
  })

  test('tdh.mem.page.remove fails while a vCPU that entered before the TRACK is still in the guest', () => {
    const tdx = guest()
    tdx.take('guest.access vcpu=1 gfn=0 access=read')
    expect([block, track, remove].map((call) => tdx.force(call)).at(-1)).toBe('TDX_TLB_TRACKING_NOT_DONE')
    expect([kick, remove].map((call) => tdx.force(call))).toEqual(['ok', 'ok'])
  })

  test('a vCPU that entered after the TRACK does not hold a removal up', () => {
    const tdx = guest()
    tdx.force(block)
    tdx.force(track)
    tdx.take('guest.access vcpu=1 gfn=0 access=read')
    expect(tdx.force(remove)).toBe('ok')
  })

  test('a TRACK before the block does not count', () => {
    const tdx = guest()
    expect([track, block, remove].map((call) => tdx.force(call)).at(-1)).toBe('TDX_TLB_TRACKING_NOT_DONE')
  })

  test('a second TRACK fails while a vCPU of the epoch before still runs, and succeeds once it left', () => {
    const tdx = guest()
    tdx.take('guest.access vcpu=1 gfn=0 access=read')
    expect([track, track].map((call) => tdx.force(call))).toEqual(['ok', 'TDX_PREVIOUS_TLB_EPOCH_BUSY'])
    tdx.force(kick)
    expect(tdx.force(track)).toBe('ok')
  })

  test('a page that is removed already cannot be removed or blocked again', () => {
    const tdx = guest()
    for (const call of [block, track, remove]) tdx.force(call)
    expect(tdx.force(remove)).toBe('TDX_EPT_ENTRY_STATE_INCORRECT')
    expect(tdx.force(block)).toBe('TDX_EPT_ENTRY_STATE_INCORRECT')
  })

  test('a block of a blocked page changes nothing, its age included', () => {
    const tdx = guest()
    for (const call of [block, track]) tdx.force(call)
    const before = tdx.state.bytes.slice()
    expect(tdx.force(block)).toBe('TDX_GPA_RANGE_ALREADY_BLOCKED')
    expect(tdx.state.bytes).toEqual(before)
  })

  test('a blocked page gives no new translation, but the one that a vCPU has stays usable', () => {
    const tdx = guest()
    tdx.take('guest.access vcpu=1 gfn=1 access=read')
    tdx.force(block)
    expect(tdx.can('guest.access vcpu=1 gfn=1 access=write')).toBe(true)
    expect(tdx.can('guest.access vcpu=0 gfn=1 access=write')).toBe(false)
    tdx.force(kick)
    expect(tdx.can('guest.access vcpu=1 gfn=1 access=write')).toBe(false)
  })

  test('pages that were blocked at different times age each by itself', () => {
    const tdx = guest()
    tdx.force('tdh.mem.range.block vcpu=0 gfn=0')
    tdx.force(track)
    tdx.force(block)
    expect(tdx.force(remove)).toBe('TDX_TLB_TRACKING_NOT_DONE')
    expect(tdx.force('tdh.mem.page.remove vcpu=0 gfn=0')).toBe('ok')
    expect([track, remove].map((call) => tdx.force(call))).toEqual(['ok', 'ok'])
    expect([...tdx.state.blockedWindow]).toEqual([0, 0])
  })
})

/** The same guest after page 1 was taken out of the secure EPT and of guest_memfd. */
function withoutPage(input: ScopeInput = {}): ManualMachine {
  const tdx = guest(input)
  for (const call of [block, track, remove, 'tdh.phymem.page.wbinvd vcpu=0 gfn=1', 'gmem.punch-hole vcpu=0 gfn=1']) {
    tdx.force(call)
  }
  return tdx
}

const resolve = 'kvm.fault-resolve vcpu=0 gfn=1'
const install = 'kvm.fault-install vcpu=0'
const accept = 'tdg.mem.page.accept vcpu=0 gfn=1'

describe('a private fault', () => {
  test('gives the page a frame of the TD that the guest cannot use before it accepts it', () => {
    const tdx = withoutPage()
    tdx.take(resolve)
    tdx.take(install)
    expect([tdx.state.sept[1], tdx.state.owner[tdx.state.privateFrame[1] - 1]]).toEqual([Sept.Pending, Owner.Td])
    expect(tdx.can('guest.access vcpu=0 gfn=1 access=read')).toBe(false)
    tdx.take(accept)
    expect(tdx.can('guest.access vcpu=0 gfn=1 access=read')).toBe(true)
  })

  test('installs nothing if an invalidation of its page came in between', () => {
    const tdx = withoutPage()
    tdx.take(resolve)
    tdx.force('kvm.invalidate-begin vcpu=1 gfn=0 count=2')
    tdx.force('kvm.invalidate-end vcpu=1')
    tdx.take(install)
    expect([tdx.state.sept[1], tdx.state.faultGfn[0]]).toEqual([Sept.Free, 0])
    expect(tdx.can(resolve)).toBe(true)
  })

  test('installs nothing while an invalidation of its page is under way', () => {
    const tdx = withoutPage()
    tdx.force('kvm.invalidate-begin vcpu=1 gfn=0 count=2')
    tdx.take(resolve)
    tdx.take(install)
    expect(tdx.state.sept[1]).toBe(Sept.Free)
  })

  test('installs its page though an invalidation of other pages came in between', () => {
    const tdx = withoutPage()
    tdx.take(resolve)
    tdx.force('kvm.invalidate-begin vcpu=1 gfn=2 count=2')
    tdx.take(install)
    expect(tdx.state.sept[1]).toBe(Sept.Pending)
  })

  test('waits for mmu_lock', () => {
    const tdx = withoutPage()
    tdx.take(resolve)
    tdx.state.lock[lockNames.indexOf('mmu')] = 2
    expect(tdx.can(install)).toBe(false)
  })

  test('is for pages whose attribute agrees with the guest', () => {
    const tdx = withoutPage()
    tdx.state.attr[1] = Attr.Shared
    expect(tdx.can(resolve)).toBe(false)
  })

  test('is not for a page that a vCPU is converting', () => {
    const tdx = withoutPage()
    tdx.state.reg[regOf(1, Reg.requestFirst)] = 0
    tdx.state.reg[regOf(1, Reg.requestEnd)] = 2
    expect(tdx.can(resolve)).toBe(false)
  })
})

describe('ACCEPT', () => {
  test('zeroes the page, poison included', () => {
    const tdx = withoutPage()
    tdx.take(resolve)
    tdx.take(install)
    const frame = tdx.state.privateFrame[1] - 1
    tdx.state.tag[frame] = Tag.Device
    tdx.state.poison[frame] = 1
    tdx.take(accept)
    expect([tdx.state.tag[frame], tdx.state.poison[frame]]).toEqual([Tag.Zero, 0])
  })

  test('of a page that is accepted tells so and leaves its content', () => {
    const tdx = guest()
    const before = tdx.state.bytes.slice()
    expect(tdx.take(accept)).toBe('TDX_PAGE_ALREADY_ACCEPTED')
    expect(tdx.state.bytes).toEqual(before)
  })

  test('of a page that is free or blocked is a fault', () => {
    expect(withoutPage().can(accept)).toBe(false)
    const tdx = guest()
    tdx.force(block)
    expect(tdx.can(accept)).toBe(false)
  })
})

describe('a frame that is given to the TD', () => {
  const removed = [block, track, kick, remove]
  const aug = (tdx: ManualMachine, frame: number) => tdx.force(`tdh.mem.page.aug vcpu=0 gfn=1 frame=${frame}`)

  test('becomes the page’s, pending, whichever of the unowned frames it is', () => {
    const tdx = guest()
    const own = tdx.state.privateFrame[1] - 1
    const spare = tdx.state.owner.indexOf(Owner.Free)
    for (const call of removed) tdx.force(call)
    expect(aug(tdx, spare)).toBe('ok')
    expect([tdx.state.sept[1], tdx.state.privateFrame[1], tdx.state.owner[spare]]).toEqual([
      Sept.Pending,
      spare + 1,
      Owner.Td,
    ])
    expect(tdx.state.owner[own]).toBe(Owner.Removed)
  })

  test('is refused for an entry that is not free, before the frame is looked at', () => {
    const tdx = guest()
    expect(aug(tdx, tdx.state.privateFrame[1] - 1)).toBe('TDX_EPT_ENTRY_STATE_INCORRECT')
  })

  test('is refused if it is a page’s already', () => {
    const tdx = guest()
    for (const call of removed) tdx.force(call)
    expect(aug(tdx, tdx.state.privateFrame[0] - 1)).toBe('TDX_PAGE_METADATA_INCORRECT')
    expect(tdx.state.sept[1]).toBe(Sept.Free)
  })
})
