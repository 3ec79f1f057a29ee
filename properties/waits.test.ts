import { expect, test } from 'vitest'
import { failing, kindIndex } from '../model/actions/relation.js'
import { Errno } from '../model/machine/errno.js'
import { Reg, regOf } from '../model/machine/registers.js'
import { Phase } from '../model/machine/state.js'
import { typeMapOverlap } from '../spec/index.js'
import { byHand } from './testing/by-hand.js'
import { type RefusedCall, refusalText, refusedByLast, waitsOf } from './waits.js'

const cause = failing.findIndex(({ rule }) => rule === typeMapOverlap)
const refused: RefusedCall = { vcpu: 1, step: 'vfio.map-dma', first: 0, end: 2, errno: Errno.EEXIST, cause }

test('a refusal says which step failed on which pages, by which vCPU, with which errno and rule', () => {
  expect(refusalText(refused)).toBe('vfio.map-dma on 0..1 by vCPU 1 fails with EEXIST [vfio.map/overlap]')
  expect(refusalText({ ...refused, first: 1 })).toMatch(/^vfio.map-dma on 1 by vCPU 1 fails/)
  expect(refusalText({ ...refused, end: 0 })).toMatch(/^vfio.map-dma by vCPU 1 fails/)
  for (const none of [-1, 0])
    expect(refusalText({ ...refused, cause: none })).toBe('vfio.map-dma on 0..1 by vCPU 1 fails with EEXIST')
})

test('the last refusal has the range of the call that it ended, or else of the call under way', () => {
  const { machine: m, state: s } = byHand()
  const action = Int32Array.of(kindIndex('vfio.map-dma'), 1, 0, 2)
  expect(refusedByLast(m, s, action)).toBeUndefined()
  Object.assign(m.event, { errno: Errno.EEXIST, cause, callFirst: 2, callEnd: 4 })
  s.reg.set([0, 2], regOf(1, Reg.callFirst))
  expect(refusedByLast(m, s, action)).toEqual(refused)
  m.event.callFailed = Errno.EEXIST
  expect(refusedByLast(m, s, action)).toEqual({ ...refused, first: 2, end: 4 })
})

test('a vCPU waits for its answer, for its next turn, or for nothing', () => {
  const { machine: m, state: s } = byHand()
  expect(waitsOf(m, s)).toEqual([])
  s.phase.set([Phase.Retry, Phase.Boundary])
  expect(waitsOf(m, s)).toEqual([
    'vCPU 0 is told RETRY each time that it asks',
    'vCPU 1 has a part of its request left',
  ])
})

test('a vCPU waits for a lock that another holds, whose plan may have ended, or that it holds itself', () => {
  const step = { row: 'iommu.defer-flush', args: [() => 0] }
  const hand = byHand({ host: { toPrivate: [{ row: 'lock.acquire', args: [() => 0], lock: 0 }, step] } })
  const { machine: m, state: s } = hand
  hand.take('guest.convert vcpu=0 gfn=0 count=2 to=private')
  hand.next()
  hand.take('guest.convert vcpu=1 gfn=2 count=2 to=private')
  expect(waitsOf(m, s)).toEqual([
    'vCPU 0 repeats iommu.defer-flush',
    'vCPU 1 waits for the lock vm, which vCPU 0 holds',
  ])
  s.phase[0] = Phase.Idle
  expect(waitsOf(m, s)).toEqual(['vCPU 1 waits for the lock vm, which vCPU 0, whose plan has ended, holds'])
  s.lock[0] = 2
  expect(waitsOf(m, s)).toEqual(['vCPU 1 waits for the lock vm, which it already holds'])
})

test('a vCPU waits for what it has queued, or for what else its step waits for', () => {
  const plan = [
    { row: 'iommu.submit-global', args: [() => 0] },
    { row: 'iommu.wait', args: [] },
  ]
  const hand = byHand({ host: { toPrivate: plan } })
  hand.take('guest.convert vcpu=0 gfn=0 count=2 to=private')
  hand.next()
  expect(waitsOf(hand.machine, hand.state)).toEqual(['vCPU 0 waits for its invalidations'])
})
