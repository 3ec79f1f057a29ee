import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Attr, Owner } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

function host(input: ScopeInput = {}, changes: Partial<Platform> = {}): ManualMachine {
  const platform: Platform = { ...presets['tdx-2026-reading'], ...changes }
  return new ManualMachine(machineFrom(must(makeScope(input)), platform, withParts('hostAccess'), idleHost))
}

const toPrivate = 'kvm.set-attributes vcpu=0 gfn=0 count=2 to=private'
const toShared = 'kvm.set-attributes vcpu=0 gfn=0 count=2 to=shared'
const pin = (gfn: number) => `mm.pin-page vcpu=0 iovfn=${gfn}`
const unpin = (gfn: number) => `mm.unpin-page vcpu=0 iovfn=${gfn}`
const punch = (gfn: number) => `shmem.punch-hole vcpu=0 gfn=${gfn}`

describe('in place', () => {
  const inPlace = (changes: Partial<Platform> = {}, input: ScopeInput = {}) =>
    host({ backing: 'in-place', ...input }, changes)

  test('a conversion changes the owner of the frame and allocates none', () => {
    const kvm = inPlace()
    const frame = kvm.state.sharedFrame[1]
    expect(kvm.force(toPrivate)).toBe('ok')
    expect([kvm.state.sharedFrame[1], kvm.state.privateFrame[1]]).toEqual([0, frame])
    expect(kvm.state.owner[frame - 1]).toBe(Owner.Td)
    expect(kvm.force(toShared)).toBe('ok')
    expect([kvm.state.sharedFrame[1], kvm.state.privateFrame[1]]).toEqual([frame, 0])
    expect(kvm.state.owner[frame - 1]).toBe(Owner.Host)
  })

  test('to private fails with EAGAIN while one page of the range is pinned, and changes none', () => {
    const kvm = inPlace({ inPlacePinCheck: 'refuse' })
    kvm.force(pin(1))
    const before = kvm.state.bytes.slice()
    expect(kvm.force(toPrivate)).toBe('EAGAIN')
    expect(kvm.state.bytes).toEqual(before)
    kvm.force(unpin(1))
    expect(kvm.force(toPrivate)).toBe('ok')
  })

  test('a pin outside the range is no reason for EAGAIN', () => {
    const kvm = inPlace({ inPlacePinCheck: 'refuse' })
    kvm.force(pin(2))
    expect(kvm.force(toPrivate)).toBe('ok')
  })

  test('without the check a pinned page becomes private', () => {
    const kvm = inPlace({ inPlacePinCheck: 'none' })
    kvm.force(pin(1))
    expect(kvm.force(toPrivate)).toBe('ok')
    expect(kvm.state.owner[kvm.state.pinnedFrame[1] - 1]).toBe(Owner.Td)
  })

  test('to shared asks for no pin check', () => {
    const kvm = inPlace({ inPlacePinCheck: 'refuse' }, { start: 'private' })
    kvm.force(pin(1))
    expect(kvm.force(toShared)).toBe('ok')
  })

  test('a page that is private now is pinned or refused as the platform says', () => {
    expect(inPlace({ inPlacePinPrivate: 'refuse' }, { start: 'private' }).force(pin(0))).toBe('EFAULT')
    expect(inPlace({ inPlacePinPrivate: 'allow' }, { start: 'private' }).force(pin(0))).toBe('ok')
  })

  test('guest_memfd cannot be pinned by file and offset', () => {
    expect(inPlace().force('mm.pin-file-page vcpu=0 iovfn=0')).toBe('EINVAL')
    expect(host().force('mm.pin-file-page vcpu=0 iovfn=0')).toBe('ok')
  })

  test('a host that kept its mapping of a page that turned private ends in a machine check', () => {
    const kvm = inPlace()
    kvm.take('host.access gfn=1 access=read')
    kvm.force(toPrivate)
    kvm.take('host.access gfn=1 access=read')
    expect(kvm.state.hostDead[0]).toBe(1)
    expect(kvm.can('host.access gfn=1 access=read')).toBe(false)
  })

  test('a host whose mappings went first gets SIGBUS, and lives', () => {
    const kvm = inPlace()
    kvm.take('host.access gfn=1 access=read')
    kvm.force('gmem.unmap-host vcpu=0 gfn=0 count=2')
    kvm.force(toPrivate)
    expect(kvm.can('host.access gfn=1 access=read')).toBe(false)
  })
})

describe('with two backings', () => {
  test('attributes change whatever is pinned, and neither backing moves', () => {
    const kvm = host({}, { inPlacePinCheck: 'refuse' })
    kvm.force(pin(1))
    const frame = kvm.state.sharedFrame[1]
    expect(kvm.force(toPrivate)).toBe('ok')
    expect([kvm.state.attr[1], kvm.state.sharedFrame[1], kvm.state.privateFrame[1]]).toEqual([Attr.Private, frame, 0])
  })

  test('a discarded page that nothing pins is freed, and its frame is the next one given out', () => {
    const kvm = host()
    const frame = kvm.state.sharedFrame[1] - 1
    kvm.force(punch(1))
    expect([kvm.state.sharedFrame[1], kvm.state.owner[frame], kvm.state.orphans[1]]).toEqual([0, Owner.Free, 0])
    kvm.take('host.access gfn=1 access=write')
    expect(kvm.state.sharedFrame[1]).toBe(frame + 1)
  })

  test('a pinned page that is discarded is an orphan until its last pin goes; the next touch has another frame', () => {
    const kvm = host()
    kvm.force(pin(1))
    const frame = kvm.state.sharedFrame[1] - 1
    kvm.force(punch(1))
    expect([kvm.state.orphans[1], kvm.state.owner[frame], kvm.state.pins[frame]]).toEqual([1, Owner.Host, 1])
    kvm.take('host.access gfn=1 access=write')
    expect(kvm.state.sharedFrame[1]).not.toBe(frame + 1)
    kvm.force(unpin(1))
    expect([kvm.state.orphans[1], kvm.state.owner[frame]]).toEqual([0, Owner.Free])
  })

  test('pinning a hole allocates its page', () => {
    const kvm = host()
    kvm.force(punch(1))
    expect(kvm.force(pin(1))).toBe('ok')
    expect(kvm.state.pinnedFrame[1]).toBe(kvm.state.sharedFrame[1])
  })

  test('a private page is discarded whatever its attribute says', () => {
    const kvm = host({ start: 'private' })
    const frame = kvm.state.privateFrame[1] - 1
    kvm.force('gmem.punch-hole vcpu=0 gfn=1')
    expect([kvm.state.privateFrame[1], kvm.state.owner[frame]]).toEqual([0, Owner.Free])
  })
})

describe('a common pool of frames', () => {
  test('gives a freed frame to any page, chosen by the environment', () => {
    const kvm = host({ frames: 'pool' })
    const frame = kvm.state.sharedFrame[3] - 1
    kvm.force(punch(3))
    kvm.force(punch(0))
    kvm.take(`host.choose-frame frame=${frame}`)
    kvm.force(pin(0))
    expect(kvm.state.sharedFrame[0]).toBe(frame + 1)
  })

  test('never gives out a frame that something still pins', () => {
    const kvm = host({ frames: 'pool' })
    kvm.force(pin(3))
    const frame = kvm.state.sharedFrame[3] - 1
    kvm.force(punch(3))
    expect(kvm.can(`host.choose-frame frame=${frame}`)).toBe(false)
    for (const gfn of [0, 1, 2]) {
      kvm.force(punch(gfn))
      kvm.force(pin(gfn))
      expect(kvm.state.sharedFrame[gfn]).not.toBe(frame + 1)
    }
  })
})

describe('memory slots', () => {
  const split = (gfn: number) => `kvm.split-slot vcpu=0 gfn=${gfn}`
  const join = (gfn: number) => `kvm.join-slot vcpu=0 gfn=${gfn}`

  test('a hole inside a slot costs one more, one at its end none, one that fills the slot gives it back', () => {
    const kvm = host({ pages: 6 })
    const used = [2, 0, 1, 4, 3, 5].map((gfn) => {
      kvm.force(split(gfn))
      return kvm.state.slotsUsed[0]
    })
    expect(used).toEqual([2, 2, 1, 2, 1, 0])
  })

  test('the way back restores the number of slots', () => {
    const kvm = host({ pages: 6 })
    for (const gfn of [1, 3, 4]) kvm.force(split(gfn))
    for (const gfn of [3, 1, 4]) kvm.force(join(gfn))
    expect([kvm.state.slotsUsed[0], [...kvm.state.slotHole]]).toEqual([1, [0, 0, 0, 0, 0, 0]])
  })

  test('a hole that needs a slot beyond the limit is refused; one that needs none is not', () => {
    const kvm = host({ pages: 6, memslotLimit: 2 })
    expect(kvm.force(split(1))).toBe('ok')
    expect(kvm.force(split(3))).toBe('EINVAL')
    expect(kvm.force(split(2))).toBe('ok')
    expect(kvm.state.slotsUsed[0]).toBe(2)
  })

  test('a page in a hole cannot be pinned by HVA', () => {
    const kvm = host()
    kvm.force(split(1))
    expect(kvm.force(pin(1))).toBe('EFAULT')
  })

  test('attributes may be set where there is no slot', () => {
    const kvm = host()
    kvm.force(split(1))
    expect(kvm.force(toPrivate)).toBe('ok')
  })
})

test('in place a host that has a private page mapped meets the frame of the TD, and is given none of its own', () => {
  const kvm = host({ backing: 'in-place' })
  kvm.force(toPrivate)
  kvm.state.hva[0] = 1
  kvm.take('host.access gfn=0 access=write')
  expect([kvm.state.sharedFrame[0], kvm.state.hostDead[0]]).toEqual([0, 1])
})
