import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../../model/build-machine.js'
import { Errno } from '../../model/machine/errno.js'
import { noParts } from '../../model/machine/parts.js'
import { presets } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import { unlinkedTable } from '../../model/memory/page-table.js'
import { idleHost } from '../../model/plan/idle-host.js'
import { ManualMachine } from '../../model/testing/manual-machine.js'
import type { Driver } from '../design.js'
import { iommufd } from './iommufd.js'
import { iommufdCompat } from './iommufd-compat.js'
import { type1v1, type1v2 } from './vfio-type1.js'

const mapCall = (iovfn: number, count: number, flaw = 'none', permissions = 3) =>
  `host.map vcpu=0 iovfn=${iovfn} count=${count} permissions=${permissions} flaw=${flaw}`

/** A container with one mapping, and a limit of as many locked pages. */
function full({ map, unmap, teardown, pins }: Driver): ManualMachine {
  const scope = must(makeScope({ pages: 8, pagesPerSuperpage: 4, calls: true, memlockLimit: 4 }))
  const host = { ...idleHost, calls: { ...idleHost.calls, map, unmap }, teardown, pins }
  const calls = new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, host))
  expect(calls.call(mapCall(0, 4))).toBe('ok')
  return calls
}

const accounts = ({ state: s }: ManualMachine) => [s.mappings[0], s.entriesUsed[0], s.pinnedPages[0], s.lockedPages[0]]

describe('a map without rights', () => {
  test.each([type1v2, type1v1, iommufd])('is refused before anything else is looked at on $name', (driver) => {
    expect(full(driver).call(mapCall(2, 4, 'none', 4))).toBe('EINVAL')
    expect(full(driver).call(mapCall(4, 1, 'unbacked', 4))).toBe('EINVAL')
  })

  test('is refused by iommufdCompat after overlap and pinning, and before the pins are counted', () => {
    const calls = full(iommufdCompat)
    const before = accounts(calls)
    expect(calls.call(mapCall(2, 4, 'none', 4))).toBe('EEXIST')
    expect(calls.call(mapCall(4, 1, 'unbacked', 4))).toBe('EFAULT')
    expect(calls.call(mapCall(4, 1, 'none', 4))).toBe('EINVAL')
    expect(calls.call(mapCall(4, 1))).toBe('ENOMEM')
    expect(accounts(calls)).toEqual(before)
  })
})

test.each([type1v2, iommufd, iommufdCompat])(
  'a map that fails before it wrote an entry flushes nothing on $name',
  (driver) => {
    const calls = full(driver)
    for (const action of ['dma.issue device=0 gfn=1 access=read half=mapped', 'iommu.walk device=0 keep=iotlb']) {
      calls.take(action)
    }
    calls.take('dma.complete device=0')
    const cached = [...calls.state.iotlbKey]
    expect(calls.call(mapCall(4, 1, 'unbacked'))).toBe('EFAULT')
    expect([cached.some((key) => key !== 0), [...calls.state.iotlbKey]]).toEqual([true, cached])
  },
)

describe('a superpage that cannot be written over an empty table', () => {
  const scope = must(makeScope({ pages: 2, pagesPerSuperpage: 2, calls: true, start: 'private', failures: 1 }))
  test.each([type1v2, iommufd])('leaves no table behind that waits to be freed on $name', (driver) => {
    const { map, unmap, teardown, pins } = driver
    const host = { ...idleHost, calls: { ...idleHost.calls, map, unmap }, teardown, pins }
    const calls = new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, host))
    expect(calls.call(mapCall(0, 1))).toBe('ok')
    expect(calls.call('host.unmap vcpu=0 iovfn=0 count=1 flaw=none')).toBe('ok')
    calls.take(mapCall(0, 2))
    while (!unlinkedTable(calls.state, 0)) calls.next()
    calls.take('host.fail-next vcpu=0 what=allocation')
    calls.finish()
    expect([calls.machine.event.callFailed, unlinkedTable(calls.state, 0)]).toEqual([Errno.ENOMEM, false])
  })
})
