import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import type { Machine } from '../../machine/machine.js'
import { withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Dma, type State } from '../../machine/state.js'
import { vcpuKey } from '../../memory/tlb-tracking.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { areDrained, dropAll, dropPage, isDrained, isOnItsWay } from './trusted-cache.js'

/** Two trusted devices, each behind a unit of its own with two slots, and one that is not trusted. */
function machine(drain: Platform['drain'] = 'both') {
  const scope = must(makeScope({ start: 'private', devices: 3, trustedDevices: 2, units: 2, iotlbEntries: 2 }))
  const platform = { ...presets['tdx-connect'], drain } as const
  const made = machineFrom(scope, platform, withParts('secureEpt', 'content'), idleHost)
  const { state: s } = new ManualMachine(made)
  s.dma.fill(Dma.TrustedTranslated, 0, 2)
  made.touched.clear()
  return { m: made, s }
}

/** Each unit has page 2 by its private address, and page 1 by both. */
const [two, one, shared] = [vcpuKey(2, true), vcpuKey(1, true), vcpuKey(1, false)]

describe('what units have cached for trusted devices', () => {
  test.each([
    [0, [0, 0, one, shared]],
    [1, [two, one, 0, 0]],
  ])('is dropped from unit %i as a whole, and stays with the other', (unit, left) => {
    const { m, s } = machine()
    s.trustedKey.set([two, one, one, shared])
    s.trustedFrame.set([3, 2, 2, 2])
    dropAll(m, s, unit)
    expect([...s.trustedKey]).toEqual(left)
    expect([...s.trustedFrame].map((frame) => frame !== 0)).toEqual(left.map((key) => key !== 0))
    expect(m.touched.mask).toBe(0b1111)
  })

  test('is dropped of one page by its private address, from every unit and without a gap', () => {
    const { m, s } = machine()
    s.trustedKey.set([two, one, one, shared])
    s.trustedFrame.set([3, 2, 2, 4])
    dropPage(m, s, 1)
    expect([[...s.trustedKey], [...s.trustedFrame]]).toEqual([
      [two, 0, shared, 0],
      [3, 0, 4, 0],
    ])
    expect(m.touched.mask).toBe(0b0010)
  })
})

describe('an invalidation waits for DMA that was translated before it', () => {
  const marked = (drain: Platform['drain'], drop: (m: Machine, s: State) => void) => {
    const { m, s } = machine(drain)
    s.dmaWrite.set([1, 1])
    drop(m, s)
    const writes = [...s.trustedDrain]
    s.trustedDrain.fill(0)
    s.dmaWrite.fill(0)
    drop(m, s)
    return { writes, reads: [...s.trustedDrain] }
  }

  const ofUnit = (m: Machine, s: State) => dropAll(m, s, 1)
  const ofPage = (m: Machine, s: State) => dropPage(m, s, 1)

  test('as the platform drains: reads and writes, writes alone, or none', () => {
    expect(marked('both', ofUnit)).toEqual({ writes: [0, 1], reads: [0, 1] })
    expect(marked('writes', ofUnit)).toEqual({ writes: [0, 1], reads: [0, 0] })
    expect(marked('none', ofUnit)).toEqual({ writes: [0, 0], reads: [0, 0] })
    expect(marked('both', ofPage)).toEqual({ writes: [1, 1], reads: [1, 1] })
    expect(marked('writes', ofPage)).toEqual({ writes: [1, 1], reads: [0, 0] })
  })

  test('and not for DMA that has yet to be translated', () => {
    const { m, s } = machine()
    s.dma[1] = Dma.TrustedIssued
    dropAll(m, s, 1)
    expect([...s.trustedDrain]).toEqual([0, 0])
  })

  test('unit by unit, and all have drained when each has', () => {
    const { m, s } = machine()
    const drained = (...marks: readonly number[]) => {
      s.trustedDrain.set(marks)
      return [isDrained(m, s, 0), isDrained(m, s, 1), areDrained(m, s)]
    }
    expect([drained(0, 0), drained(1, 0), drained(0, 1)]).toEqual([
      [true, true, true],
      [false, true, false],
      [true, false, false],
    ])
  })
})

test('DMA of a page is on its way while a trusted device has translated it, and the platform would drain it', () => {
  const onItsWay = (
    drain: Platform['drain'],
    pages: readonly number[],
    write = 1,
    dma: number = Dma.TrustedTranslated,
  ) => {
    const { m, s } = machine(drain)
    s.dmaGfn.set(pages)
    s.dmaWrite.fill(write)
    s.dma.fill(dma, 0, 2)
    return isOnItsWay(m, s, 1)
  }
  expect([onItsWay('both', [1, 2]), onItsWay('both', [2, 1]), onItsWay('both', [2, 3, 1])]).toEqual([true, true, false])
  expect([onItsWay('writes', [1, 2], 0), onItsWay('none', [1, 2])]).toEqual([false, false])
  expect(onItsWay('both', [1, 1], 1, Dma.TrustedIssued)).toBe(false)
})
