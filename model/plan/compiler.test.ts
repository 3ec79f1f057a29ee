import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { kindIndex } from '../actions/relation.js'
import { listPlans, machineFrom } from '../build-machine.js'
import type { ErrnoName } from '../machine/errno.js'
import { noParts, withParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { Reg, reg, regOf } from '../machine/registers.js'
import { makeScope } from '../machine/scope.js'
import { lockNames, Phase } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'
import type { Call, Host, Plan, Step } from './plan.js'

const lock = (name: (typeof lockNames)[number]): Step => {
  const at = lockNames.indexOf(name)
  return { row: 'lock.acquire', args: [() => at], lock: at }
}
const note: Step = { row: 'iommu.defer-flush', args: [() => 0] }
/** A step that fails with EPERM. */
const refuse: Step = { row: 'vmm.check-pool', args: [() => 0, () => 1, () => 0] }
const given = { name: 'chunk', span: 'chunk', first: reg('chunkFirst'), end: reg('chunkEnd') } as const

/** The steps that a plan takes, as the names of their rows. */
function steps(toPrivate: Plan, more: Partial<Host> = {}, calls: Partial<Host['calls']> = {}): string[] {
  return ran(toPrivate, more, calls).taken
}

function ran(toPrivate: Plan, more: Partial<Host> = {}, calls: Partial<Host['calls']> = {}) {
  const host = { ...idleHost, toPrivate, ...more, calls: { ...idleHost.calls, ...calls } }
  const hand = new ManualMachine(machineFrom(must(makeScope({ vcpus: 1 })), presets['linux-7.2'], noParts, host))
  hand.take('guest.convert vcpu=0 gfn=0 count=2 to=private')
  const taken: string[] = []
  for (let step = hand.next(); step !== undefined; step = hand.next()) taken.push(step.split(' ')[0] ?? '')
  return { hand, taken }
}

const call = (body: Plan, undo: Plan = []): Call => ({ body, undo })

describe('a plan', () => {
  test('takes its steps in order', () => {
    expect(steps([lock('vm'), note, refuse])).toEqual([
      'lock.acquire',
      'iommu.defer-flush',
      'vmm.check-pool',
      'lock.release',
    ])
  })

  test('that fails undoes what the design says, then drops what it holds', () => {
    expect(steps([lock('vm'), refuse, note], { undoPrivate: [note, note] })).toEqual([
      'lock.acquire',
      'vmm.check-pool',
      'iommu.defer-flush',
      'iommu.defer-flush',
      'lock.release',
    ])
  })

  test('continues behind a step whose errno it ignores, and keeps the errno', () => {
    const { hand, taken } = ran([{ ...refuse, fail: 'ignore' }, note])
    expect([taken, hand.state.phase[0]]).toEqual([['vmm.check-pool', 'iommu.defer-flush'], Phase.Idle])
  })

  test('repeats a step that must succeed until it does', () => {
    let left = 3
    const stubborn: Step = { ...refuse, args: [() => 0, () => 1, () => (left-- > 0 ? 0 : 1)], fail: 'repeat' }
    expect(steps([stubborn, note])).toEqual([...new Array(4).fill('vmm.check-pool'), 'iommu.defer-flush'])
  })

  test('repeats a step after the errnos listed, and takes the failure path after another', () => {
    let left = 3
    const args: Step['args'] = [() => 0, () => 1, () => (left-- > 0 ? 0 : 1)]
    expect(steps([{ ...refuse, args, fail: { repeat: ['EPERM'] } }, note])).toEqual([
      ...new Array(4).fill('vmm.check-pool'),
      'iommu.defer-flush',
    ])
    const other: Step = { ...refuse, fail: { repeat: ['EBUSY'] } }
    expect(steps([other, note], { undoPrivate: [other, note] })).toEqual([
      'vmm.check-pool',
      'vmm.check-pool',
      'iommu.defer-flush',
    ])
  })

  test('is listed by its own name, at its first instruction', () => {
    const scope = must(makeScope({ hotplug: true, lateAts: true, slotChanges: true }))
    const listed: [name: string, at: number][] = []
    const { entry } = listPlans(idleHost, { scope, platform: presets['linux-7.2'], parts: noParts }, (line, at) => {
      if ('entry' in line) listed.push([line.entry, at])
    })
    expect(Object.fromEntries(listed)).toEqual(entry)
  })

  test('has only the steps of its machine: of its parts, and where their condition holds', () => {
    const flagged: Step = { ...note, part: 'secureEpt' }
    const never: Step = { ...note, on: () => false }
    expect(steps([flagged, never, note])).toEqual(['iommu.defer-flush'])
    const host = { ...idleHost, toPrivate: [flagged] }
    const machine = machineFrom(must(makeScope()), presets['linux-7.2'], withParts('secureEpt'), host)
    expect(machine.program.code.some(({ kind }) => kind === kindIndex('iommu.defer-flush'))).toBe(true)
  })

  test('loops over what its loop finds, and branches on what it sees', () => {
    const cursor = reg('page')
    const each = {
      name: 'each page',
      span: 'page',
      finds: 'element',
      start: given.first,
      seek: (...at: Parameters<typeof given.end>) => cursor(...at) < given.end(...at),
      next: (_: unknown, s: { reg: { [at: number]: number } }, vcpu: number) => {
        s.reg[regOf(vcpu, Reg.page)] += 1
      },
    } as const
    const second = { name: 'second page', holds: (...at: Parameters<typeof cursor>) => cursor(...at) === 1 }
    expect(steps([{ each, body: [refuseNever, { when: second, body: [note] }] }])).toEqual([
      'vmm.check-pool',
      'vmm.check-pool',
      'iommu.defer-flush',
    ])
  })
})
const refuseNever: Step = { ...refuse, args: [() => 0, () => 1, () => 1] }

describe('a call', () => {
  test('that fails undoes itself and drops its own locks; the plan around it unwinds with the errno', () => {
    const map = call([lock('container'), refuse, note], [note])
    const { taken, hand } = ran([lock('vm'), { call: 'map', on: given }, note], {}, { map })
    expect(taken).toEqual([
      'lock.acquire',
      'lock.acquire',
      'vmm.check-pool',
      'iommu.defer-flush',
      'lock.release',
      'lock.release',
    ])
    expect([...hand.state.lock]).toEqual([0, 0, 0, 0])
  })

  test('whose failure is ignored is over, and the plan around it keeps its own locks', () => {
    const map = call([lock('container'), refuse])
    const { taken, hand } = ran([lock('vm'), { call: 'map', on: given, fail: 'ignore' }, note], {}, { map })
    expect(taken.slice(2)).toEqual(['vmm.check-pool', 'lock.release', 'iommu.defer-flush'])
    expect([...hand.state.lock]).toEqual([1, 0, 0, 0])
  })

  test('whose errno is among those ignored is over, and with any other the plan unwinds', () => {
    const map = call([refuse])
    const continuing = (errno: ErrnoName) =>
      steps([{ call: 'map', on: given, fail: { ignore: ['ENOENT', errno] } }, note], {}, { map })
    expect(continuing('EPERM')).toEqual(['vmm.check-pool', 'iommu.defer-flush'])
    expect(continuing('EBUSY')).toEqual(['vmm.check-pool'])
  })

  test('on an empty range is no call', () => {
    const nothing = { name: 'nothing', span: 'page', first: () => 1, end: () => 1 } as const
    expect(steps([{ call: 'map', on: nothing }, note], {}, { map: call([refuse]) })).toEqual(['iommu.defer-flush'])
  })

  test('reports its errno and range, and leaves none of its registers to the next', () => {
    const { hand } = ran(
      [{ call: 'map', on: given, fail: 'ignore' }, note, lock('slots'), lock('slots')],
      {},
      { map: call([refuse]) },
    )
    expect(hand.state.reg.subarray(Reg.callFirst, Reg.flaw)).toEqual(
      hand.state.reg.subarray(Reg.callFirst, Reg.flaw).map(() => 0),
    )
  })
})

test('a lock that another vCPU holds is waited for', () => {
  const host = { ...idleHost, toPrivate: [lock('vm'), note] }
  const hand = new ManualMachine(machineFrom(must(makeScope()), presets['linux-7.2'], noParts, host))
  for (const vcpu of [0, 1]) hand.take(`guest.convert vcpu=${vcpu} gfn=${vcpu * 2} count=1 to=private`)
  hand.next(1)
  expect(hand.next(0)).toBeUndefined()
  hand.next(1)
  expect([hand.state.lock[0], hand.state.phase[1]]).toEqual([2, Phase.Idle])
})
