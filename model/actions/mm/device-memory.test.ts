import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { devicePages } from '../needs.js'

/** Four pages, of which the last is memory of a device. */
const host = (scope: ScopeInput = {}): ManualMachine =>
  new ManualMachine(machineFrom(must(makeScope({ devicePages: 1, ...scope })), presets['linux-7.2'], noParts, idleHost))
const counts = ({ state: s }: ManualMachine, page: number) => [
  s.pinnedFrame[page],
  s.pins[page],
  s.pinnedPages[0],
  s.lockedPages[0],
]

test('memory of a device is led to, and neither pinned nor counted; memory is', () => {
  for (const row of ['mm.pin-page', 'mm.pin-file-page']) {
    const hand = host()
    hand.force(`${row} vcpu=0 iovfn=3`)
    expect(counts(hand, 3)).toEqual([4, 0, 0, 0])
    hand.force(`${row} vcpu=0 iovfn=2`)
    expect(counts(hand, 2)).toEqual([3, 1, 1, 1])
    hand.force('mm.unpin-page vcpu=0 iovfn=3')
    expect(counts(hand, 3)).toEqual([0, 0, 1, 1])
  }
})

test('it is mapped beyond the limit, which memory is not', () => {
  const hand = host({ memlockLimit: 0 })
  expect([2, 3].map((page) => hand.force(`mm.pin-page vcpu=0 iovfn=${page}`))).toEqual(['ENOMEM', 'ok'])
})

test('iommufd finds no page to pin there', () => {
  const hand = host()
  expect([2, 3].map((page) => hand.force(`iommufd.pin-page vcpu=0 iovfn=${page}`))).toEqual(['ok', 'EFAULT'])
})

test('by its file it is mapped in place as well, where the file of memory is a guest_memfd', () => {
  const hand = host({ backing: 'in-place' })
  expect([2, 3].map((page) => hand.force(`mm.pin-file-page vcpu=0 iovfn=${page}`))).toEqual(['EINVAL', 'ok'])
})

test('no process is charged for it, and a second container takes no pin of it', () => {
  const hand = host({ processes: true, secondContainer: true })
  for (const page of [2, 3]) {
    hand.force(`mm.pin-page vcpu=0 iovfn=${page}`)
    hand.force(`container.map-second vcpu=0 iovfn=${page}`)
  }
  expect([[...hand.state.payer], [...hand.state.pins.slice(2, 4)]]).toEqual([
    [0, 0, 1, 0],
    [2, 0],
  ])
  for (const page of [2, 3]) hand.force(`container.unmap-second vcpu=0 iovfn=${page}`)
  expect([...hand.state.pins.slice(2, 4)]).toEqual([1, 0])
})

test('a guest never asks to convert it, though it is shared where all else starts private', () => {
  const hand = host({ start: 'private' })
  const asks = (gfn: number, count: number) => hand.can(`guest.convert vcpu=0 gfn=${gfn} count=${count} to=shared`)
  const back = (gfn: number) => hand.can(`guest.convert vcpu=0 gfn=${gfn} count=1 to=private`)
  expect([asks(2, 1), asks(2, 2), asks(0, 4), asks(0, 2), back(3)]).toEqual([true, false, false, true, false])
})

test('a device that counts is counted once, within the limit', () => {
  const hand = host({ memlockLimit: 1 })
  const count = () => hand.force('mm.count-device-page vcpu=0 iovfn=3')
  expect([count(), count(), hand.state.lockedPages[0]]).toEqual(['ok', 'ENOMEM', 1])
})

test('only a machine with memory of a device has a step that counts it', () => {
  expect([1, 0].map((pages) => devicePages.on(host({ devicePages: pages }).machine))).toEqual([true, false])
})
