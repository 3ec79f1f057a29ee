import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Attr, Granule, Owner, Ripas, Sept, Tag } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** A realm of private pages, under a host that does nothing of its own. */
function realm(rttEntries: Platform['rttEntries'] = 'pages', input: ScopeInput = {}): ManualMachine {
  const scope = must(makeScope({ start: 'private', ...input }))
  const platform = { ...presets['arm-cca'], rttEntries }
  return new ManualMachine(machineFrom(scope, platform, withParts('secureEpt', 'content'), idleHost))
}

const unmap = 'rmi.rtt-data-unmap vcpu=0 gfn=1 count=1'
const tlbi = 'rmm.tlbi vcpu=0 gfn=1'
const drain = 'rmm.drain vcpu=0 gfn=1'
const undelegate = 'rmi.granule-undelegate vcpu=0 gfn=1'
const resolve = 'kvm.fault-resolve vcpu=0 gfn=1'
const install = 'kvm.fault-install vcpu=0'
const agree = 'rsi.ipa-state-set vcpu=0 gfn=1'
const read = 'guest.access vcpu=1 gfn=1 access=read'

/** The machine once page 1 is unmapped, and KVM has taken its granule back. */
function withoutPage1(rttEntries: Platform['rttEntries'] = 'pages'): ManualMachine {
  const cca = realm(rttEntries)
  if (rttEntries === 'blocks') cca.force('rmi.rtt-create vcpu=0 gfn=1')
  for (const step of [unmap, tlbi, drain, undelegate]) cca.force(step)
  return cca
}

test.each([
  ['rmi.rtt-create', 1],
  ['rmi.rtt-fold', 0],
])('%s invalidates what vCPUs have cached of all pages of the block, and of no other', (row, block) => {
  const cca = realm('blocks', { vcpuTlbEntries: 4 })
  cca.state.rttBlock.fill(block)
  for (const gfn of [0, 1, 2, 3]) cca.take(`guest.access vcpu=1 gfn=${gfn} access=read`)
  for (const gfn of [0, 1, 2, 3]) cca.state.sept[gfn] = Sept.Blocked
  const cached = () => [0, 1, 2, 3].filter((gfn) => cca.can(`guest.access vcpu=1 gfn=${gfn} access=read`))
  expect(cached()).toEqual([0, 1, 2, 3])
  cca.state.sept.fill(Sept.Mapped, 2)
  cca.force(`${row} vcpu=0 gfn=2`)
  cca.state.sept.fill(Sept.Blocked, 2)
  expect([cached(), cca.state.rttBlock[0], cca.state.rttBlock[1]]).toEqual([[0, 1], block, 1 - block])
})

describe('a page that KVM takes from a realm', () => {
  test('is marked, then invalidated, then delegated without a use, and then the host has it overwritten', () => {
    const cca = realm()
    const frame = cca.state.privateFrame[1] - 1
    const seen = [unmap, tlbi, drain, undelegate].map((step) => {
      cca.force(step)
      return [cca.state.sept[1], cca.state.granule[frame], cca.state.owner[frame], cca.state.tag[frame]]
    })
    expect(seen).toEqual([
      [Sept.Blocked, Granule.Data, Owner.Td, Tag.Guest],
      [Sept.PendingBlocked, Granule.Data, Owner.Td, Tag.Guest],
      [Sept.Free, Granule.Delegated, Owner.Td, Tag.Guest],
      [Sept.Free, Granule.NonSecure, Owner.Removed, Tag.Zero],
    ])
  })

  test('is used by a vCPU that has cached it until the invalidation, which takes no vCPU out of the guest', () => {
    const cca = realm()
    cca.take(read)
    cca.force(unmap)
    expect([cca.can(read), cca.state.epoch[1]]).toEqual([true, 1])
    cca.force(tlbi)
    expect([cca.can(read), cca.state.epoch[1]]).toEqual([false, 1])
  })

  test('is not undelegated while work on its entry is left', () => {
    const cca = realm()
    cca.force(unmap)
    expect(cca.force(undelegate)).toBe('RMI_ERROR_INPUT')
    cca.force(tlbi)
    expect(cca.force(undelegate)).toBe('RMI_ERROR_INPUT')
    cca.force(drain)
    expect(cca.force(undelegate)).toBe('ok')
  })

  test('comes back only when the realm has agreed to its loss, whatever KVM maps, and is clear then', () => {
    const cca = withoutPage1()
    cca.take(resolve)
    cca.take(install)
    expect([cca.state.ripas[1], cca.state.sept[1], cca.can(read)]).toEqual([Ripas.Destroyed, Sept.Pending, false])
    cca.take(agree)
    const frame = cca.state.privateFrame[1] - 1
    expect([cca.state.sept[1], cca.state.granule[frame], cca.state.tag[frame]]).toEqual([
      Sept.Mapped,
      Granule.Data,
      Tag.Zero,
    ])
    expect(cca.can(read)).toBe(true)
  })

  test('comes back clear of what a device has written into its granule meanwhile', () => {
    const cca = withoutPage1()
    cca.take(agree)
    const frame = cca.state.privateFrame[1] - 1
    cca.state.tag[frame] = Tag.Device
    cca.state.poison[frame] = 1
    for (const step of [resolve, install]) cca.take(step)
    expect([cca.state.sept[1], cca.state.tag[frame], cca.state.poison[frame]]).toEqual([Sept.Mapped, Tag.Zero, 0])
  })

  test('is not agreed to anew while the mark of the unmap is on its entry', () => {
    const cca = realm()
    cca.force(unmap)
    expect(cca.can(agree)).toBe(false)
    for (const step of [tlbi, drain]) cca.force(step)
    expect(cca.can(agree)).toBe(true)
  })
})

describe('the RIPAS', () => {
  test('EMPTY makes a mapped page unusable at once, on every vCPU', () => {
    const cca = realm()
    cca.take(read)
    expect(cca.force('rmi.rtt-set-ripas vcpu=0 gfn=1 to=shared')).toBe('ok')
    expect([cca.state.ripas[1], cca.state.sept[1], cca.can(read)]).toEqual([Ripas.Empty, Sept.Pending, false])
  })

  test('RAM lets the guest use what is mapped already', () => {
    const cca = realm()
    cca.force('rmi.rtt-set-ripas vcpu=0 gfn=1 to=shared')
    cca.force('rmi.rtt-set-ripas vcpu=0 gfn=1 to=private')
    expect([cca.state.sept[1], cca.can(read)]).toEqual([Sept.Mapped, true])
  })

  test('EMPTY has an access sent back into the realm: KVM sees no fault', () => {
    const cca = withoutPage1()
    cca.force('rmi.rtt-set-ripas vcpu=0 gfn=1 to=shared')
    expect([cca.state.ripas[1], cca.can(resolve)]).toEqual([Ripas.Empty, false])
  })

  test('EMPTY before an unmap leaves nothing to invalidate', () => {
    const cca = realm()
    cca.force('rmi.rtt-set-ripas vcpu=0 gfn=1 to=shared')
    cca.force(unmap)
    expect([cca.state.sept[1], cca.state.ripas[1]]).toEqual([Sept.PendingBlocked, Ripas.Empty])
  })
})

describe('a granule', () => {
  test('that is freed while it is delegated goes to its next user as the realm has it', () => {
    const cca = realm('pages', { frames: 'pool', pages: 2 })
    const frame = cca.state.privateFrame[1] - 1
    for (const step of [unmap, tlbi, drain]) cca.force(step)
    cca.force('gmem.punch-hole vcpu=0 gfn=1')
    expect([cca.state.owner[frame], cca.state.freedAssigned[frame]]).toEqual([Owner.Td, 1])
  })

  test('that is not Non-secure is not delegated, so that the page of the fault stays without an entry', () => {
    const cca = withoutPage1()
    cca.state.granule[cca.state.privateFrame[1] - 1] = Granule.Delegated
    cca.take(agree)
    cca.take(resolve)
    cca.take(install)
    expect([cca.state.sept[1], cca.can(resolve)]).toEqual([Sept.Free, true])
  })
})

describe('a block entry of the RTT', () => {
  const whole = 'rmi.rtt-data-unmap vcpu=0 gfn=0 count=2'
  const fold = 'rmi.rtt-fold vcpu=0 gfn=0'

  test('refuses the unmap of one page until a table replaces it, which leaves the other page mapped', () => {
    const cca = realm('blocks')
    expect([cca.state.rttBlock[0], cca.force(unmap)]).toEqual([1, 'RMI_ERROR_RTT'])
    expect(cca.force('rmi.rtt-data-unmap vcpu=0 gfn=0 count=1')).toBe('RMI_ERROR_RTT')
    cca.force('rmi.rtt-create vcpu=0 gfn=1')
    expect([cca.state.rttBlock[0], cca.force(unmap), cca.state.sept[0]]).toEqual([0, 'ok', Sept.Mapped])
  })

  test('is unmapped as a whole by a range that covers it', () => {
    const cca = realm('blocks')
    expect([cca.force(whole), cca.state.rttBlock[0]]).toEqual(['ok', 0])
    expect([cca.state.sept[0], cca.state.sept[1]]).toEqual([Sept.Blocked, Sept.Blocked])
  })

  test('comes where all of its pages are private and none is delegated, and not beside one that is', () => {
    const beside = withoutPage1('blocks')
    for (const step of [agree, resolve, install]) beside.take(step)
    expect([beside.state.rttBlock[0], beside.state.sept[1]]).toEqual([0, Sept.Mapped])
    const alone = realm('blocks')
    alone.force(whole)
    for (const step of [tlbi, drain, undelegate]) {
      alone.force(step)
      alone.force(step.replace('gfn=1', 'gfn=0'))
    }
    alone.take(agree)
    alone.take(agree.replace('gfn=1', 'gfn=0'))
    alone.take(resolve)
    alone.take(install)
    expect([alone.state.rttBlock[0], alone.state.sept[0], alone.state.sept[1]]).toEqual([1, Sept.Mapped, Sept.Mapped])
  })

  test('does not come where one of its pages is shared, whose granule is free and whose RIPAS is RAM', () => {
    const cca = realm('blocks')
    cca.force(whole)
    for (const step of [tlbi, drain, undelegate]) {
      cca.force(step)
      cca.force(step.replace('gfn=1', 'gfn=0'))
    }
    for (const gfn of [0, 1]) cca.take(agree.replace('gfn=1', `gfn=${gfn}`))
    cca.state.attr[0] = Attr.Shared
    for (const step of [resolve, install]) cca.take(step)
    expect([cca.state.rttBlock[0], cca.state.sept[0], cca.state.sept[1]]).toEqual([0, Sept.Free, Sept.Mapped])
  })

  const begin = 'kvm.invalidate-begin vcpu=1 gfn=0 count=1'
  const end = 'kvm.invalidate-end vcpu=1'

  test.each([
    ['under way at the look-up and at the install', [begin, resolve, install]],
    ['over by the install', [begin, resolve, end, install]],
    ['begun behind the look-up', [resolve, begin, install]],
    ['begun and over behind it', [resolve, begin, end, install]],
  ])('does not come by a fault for which an invalidation of the page beside it is %s', (_, steps) => {
    const installed = (rttEntries: Platform['rttEntries']) => {
      const cca = withoutPage1(rttEntries)
      cca.take(agree)
      for (const step of steps) cca.force(step)
      return [cca.state.sept[1], cca.state.faultGfn[0]]
    }
    expect(installed('blocks')).toEqual([Sept.Free, 0])
    expect(installed('pages')).toEqual([Sept.Mapped, 0])
  })

  test('never comes where the RTT has entries of pages alone: a fault maps its own page', () => {
    const cca = realm()
    for (const gfn of [0, 1]) {
      for (const step of [unmap, tlbi, drain, undelegate]) cca.force(step.replace('gfn=1', `gfn=${gfn}`))
      cca.take(agree.replace('gfn=1', `gfn=${gfn}`))
    }
    for (const step of [resolve, install]) cca.take(step)
    expect([cca.state.sept[0], cca.state.sept[1]]).toEqual([Sept.Free, Sept.Mapped])
  })

  test('comes by a fold of a table whose entries say the same, and drops what vCPUs have cached of them', () => {
    const cca = realm('blocks')
    cca.force('rmi.rtt-create vcpu=0 gfn=1')
    cca.take(read)
    expect([cca.force(fold), cca.state.rttBlock[0], cca.state.vcpuTlb.some((key) => key !== 0)]).toEqual([
      'ok',
      1,
      false,
    ])
  })

  test('does not come by a fold of a table of which an entry is unmapped', () => {
    const cca = withoutPage1('blocks')
    expect(cca.force(fold)).toBe('RMI_ERROR_RTT')
  })
})
