import { describe, expect, test } from 'vitest'
import type { Platform } from '../../model/machine/platform.js'
import type { Driver } from '../design.js'
import { accounts, container, mapCall, mappings, unmapCall } from '../testing/driver-calls.js'
import { hitlessCutDriver } from './hitless-cut.js'
import { iommufd } from './iommufd.js'
import { iommufdCompat } from './iommufd-compat.js'
import { iommufdFile } from './iommufd-file.js'
import { type1v1, type1v2 } from './vfio-type1.js'

const every = [type1v2, type1v1, iommufd, iommufdCompat]

describe.each(every.map((driver) => [driver.name, driver] as const))('%s', (_, driver) => {
  test('a map and its unmap leave the machine as it was', () => {
    const calls = container(driver)
    const before = calls.state.bytes.slice()
    expect(calls.call(mapCall(4, 4))).toBe('ok')
    expect([mappings(calls), accounts(calls)]).toEqual([[[4, 4]], [1, 1, 4, 4]])
    expect(calls.call(unmapCall(4, 4))).toBe('ok')
    expect(calls.state.bytes).toEqual(before)
  })

  test('a table outlives its last entry, until a superpage takes its place', () => {
    const calls = container(driver)
    calls.call(mapCall(1, 1))
    calls.call(unmapCall(1, 1))
    expect([accounts(calls), calls.state.pde[0], calls.state.pte[1]]).toEqual([[0, 0, 0, 0], 1, 0])
    calls.call(mapCall(0, 4))
    expect([calls.state.pde[0] >= 4, calls.state.table[0]]).toEqual([true, 0])
  })

  test('a map that overlaps fails with EEXIST and leaves everything as it was', () => {
    const calls = container(driver)
    calls.call(mapCall(2, 4))
    const before = calls.state.bytes.slice()
    for (const [first, count] of [
      [1, 4],
      [5, 1],
      [2, 4],
    ] as const) {
      expect(calls.call(mapCall(first, count))).toBe('EEXIST')
      expect(calls.state.bytes).toEqual(before)
    }
    expect(calls.call(mapCall(6, 1))).toBe('ok')
  })

  test('a map that fails while pinning leaves nothing behind', () => {
    const calls = container(driver, { memlockLimit: 3 })
    const before = calls.state.bytes.slice()
    expect(calls.call(mapCall(0, 4))).toBe('ENOMEM')
    expect(calls.state.bytes).toEqual(before)
    expect(calls.call(mapCall(0, 1))).toBe('ok')
    expect(calls.call(mapCall(1, 4))).toBe('ENOMEM')
    expect([mappings(calls), accounts(calls)]).toEqual([[[0, 1]], [1, 1, 1, 1]])
  })

  test('a map of memory that is not there fails with EFAULT and leaves nothing behind', () => {
    const calls = container(driver)
    const before = calls.state.bytes.slice()
    expect(calls.call(mapCall(0, 4, 'unbacked'))).toBe('EFAULT')
    expect(calls.state.bytes).toEqual(before)
  })

  test('a map without rights, misaligned, empty or outside the aperture fails with EINVAL', () => {
    const calls = container(driver)
    expect(calls.call(mapCall(0, 4, 'none', 4))).toBe('EINVAL')
    for (const flaw of ['misaligned', 'empty', 'outside']) expect(calls.call(mapCall(0, 4, flaw))).toBe('EINVAL')
    expect(accounts(calls)).toEqual([0, 0, 0, 0])
  })

  test('an aligned run is written as a superpage, the rest as pages', () => {
    const calls = container(driver)
    calls.call(mapCall(3, 5))
    expect([calls.state.pde[0], calls.state.pde[1] >= 4]).toEqual([1, true])
  })

  test('closing the container removes every mapping', () => {
    const calls = container(driver)
    calls.call(mapCall(0, 4))
    calls.call(mapCall(5, 1))
    expect(calls.call('vmm.teardown')).toBe('ok')
    expect([mappings(calls), accounts(calls), calls.state.closed[0]]).toEqual([[], [0, 0, 0, 0], 2])
  })
})

describe('an unmap that bisects a mapping', () => {
  test('fails with EINVAL on type1v2 and removes nothing', () => {
    for (const [first, count] of [
      [0, 5],
      [1, 4],
      [2, 1],
      [3, 5],
    ] as const) {
      const calls = container(type1v2)
      calls.call(mapCall(0, 1))
      calls.call(mapCall(1, 5))
      const before = calls.state.bytes.slice()
      expect(calls.call(unmapCall(first, count))).toBe('EINVAL')
      expect(calls.state.bytes).toEqual(before)
    }
  })

  test.each([iommufd, iommufdCompat])(
    'over one whole and half an area fails with ENOENT on $name and the first is gone',
    (driver) => {
      const calls = container(driver)
      calls.call(mapCall(0, 1))
      calls.call(mapCall(1, 5))
      expect(calls.call(unmapCall(0, 4))).toBe('ENOENT')
      expect([mappings(calls), accounts(calls)]).toEqual([[[1, 5]], [1, 1, 5, 5]])
    },
  )

  test.each([iommufd, iommufdCompat])('at its first area fails with ENOENT on $name and removes nothing', (driver) => {
    const calls = container(driver)
    calls.call(mapCall(1, 5))
    const before = calls.state.bytes.slice()
    expect(calls.call(unmapCall(2, 5))).toBe('ENOENT')
    expect(calls.state.bytes).toEqual(before)
  })

  test('removes nothing on type1v1 if it starts inside, not even what comes after', () => {
    const calls = container(type1v1)
    calls.call(mapCall(0, 4))
    calls.call(mapCall(4, 1))
    expect(calls.call(unmapCall(3, 4))).toBe('ok')
    expect(mappings(calls)).toEqual([
      [0, 4],
      [4, 1],
    ])
  })

  test('removes all of a mapping on type1v1 whose first page it covers', () => {
    const calls = container(type1v1)
    calls.call(mapCall(1, 5))
    expect(calls.call(unmapCall(0, 4))).toBe('ok')
    expect([mappings(calls), accounts(calls)]).toEqual([[], [0, 0, 0, 0]])
  })

  test('removes its range alone where the driver cuts', () => {
    const calls = container(hitlessCutDriver)
    calls.call(mapCall(0, 4))
    expect(calls.call(unmapCall(1, 1))).toBe('ok')
    expect(mappings(calls)).toEqual([
      [0, 1],
      [2, 1],
      [3, 1],
    ])
    expect(calls.state.pinnedPages[0]).toBe(3)
  })
})

describe('an unmap', () => {
  test('removes every mapping inside its range, holes or not', () => {
    for (const driver of every) {
      const calls = container(driver)
      for (const page of [0, 2, 4]) calls.call(mapCall(page, 1))
      expect(calls.call(unmapCall(0, 4))).toBe('ok')
      expect(mappings(calls)).toEqual([[4, 1]])
    }
  })

  test('of nothing is a success on type1 and behind the VFIO ioctls, and ENOENT on iommufd', () => {
    expect(every.map((driver) => container(driver).call(unmapCall(0, 4)))).toEqual(['ok', 'ok', 'ENOENT', 'ok'])
  })

  test('that is empty fails with EINVAL everywhere, one that is misaligned on type1 alone', () => {
    expect(every.map((driver) => container(driver).call(unmapCall(0, 4, 'empty')))).toEqual(every.map(() => 'EINVAL'))
    const misaligned = every.map((driver) => container(driver).call(unmapCall(0, 4, 'misaligned')))
    expect(misaligned).toEqual(['EINVAL', 'EINVAL', 'ENOENT', 'ok'])
  })

  test('that is misaligned cuts the area that it meets on iommufd: ENOENT, and the area stays', () => {
    for (const driver of [iommufd, iommufdCompat]) {
      const calls = container(driver)
      calls.call(mapCall(0, 4))
      expect(calls.call(unmapCall(0, 4, 'misaligned'))).toBe('ENOENT')
      expect(mappings(calls)).toEqual([[0, 4]])
    }
  })
})

describe('a range that is misaligned', () => {
  test.each([iommufd, iommufdCompat])(
    'leaves the areas alone that it meets after one that it cuts on $name',
    (driver) => {
      const calls = container(driver)
      calls.call(mapCall(0, 1))
      calls.call(mapCall(2, 1))
      expect(calls.call(unmapCall(0, 4, 'misaligned'))).toBe('ENOENT')
      expect(mappings(calls)).toHaveLength(2)
    },
  )

  test.each([iommufd, iommufdCompat])(
    'removes on $name what lies behind its first page, if that is not mapped',
    (driver) => {
      const calls = container(driver)
      calls.call(mapCall(2, 1))
      expect(calls.call(unmapCall(0, 4, 'misaligned'))).toBe('ok')
      expect(mappings(calls)).toEqual([])
    },
  )
})

describe('a map outside the aperture', () => {
  test('overlaps nothing, whatever is mapped inside', () => {
    for (const driver of every) {
      const calls = container(driver)
      calls.call(mapCall(0, 1))
      expect(calls.call(mapCall(0, 1, 'outside'))).toBe('EINVAL')
    }
  })
})

describe('a range that wraps around', () => {
  const errnos = (driver: Driver, wrapErrno: Platform['wrapErrno']) => {
    const calls = container(driver, {}, { wrapErrno })
    return [calls.call(mapCall(0, 4, 'wraps')), calls.call(unmapCall(0, 4, 'wraps'))]
  }

  test('is EINVAL on type1 of Linux 6.12, EOVERFLOW on that of 7.2 and on iommufd of either', () => {
    expect(errnos(type1v2, 'EINVAL')).toEqual(['EINVAL', 'EINVAL'])
    expect(errnos(type1v2, 'EOVERFLOW')).toEqual(['EOVERFLOW', 'EOVERFLOW'])
    for (const driver of [iommufd, iommufdCompat]) {
      expect(errnos(driver, 'EINVAL')).toEqual(['EOVERFLOW', 'EOVERFLOW'])
    }
  })

  test('and asks for no rights fails for its rights on iommufd, where the ioctl looks at them first', () => {
    expect(container(iommufd).call(mapCall(0, 4, 'wraps', 4))).toBe('EINVAL')
    expect(container(type1v2).call(mapCall(0, 4, 'wraps', 4))).toBe('EOVERFLOW')
  })
})

describe('limits', () => {
  test('a map beyond the entry limit fails with ENOSPC on type1, and the limit is given back by an unmap', () => {
    const calls = container(type1v2, { entryLimit: 2 })
    for (const page of [0, 2]) calls.call(mapCall(page, 1))
    expect(calls.call(mapCall(4, 1))).toBe('ENOSPC')
    expect(calls.call(mapCall(0, 1))).toBe('EEXIST')
    expect(calls.call(mapCall(4, 1, 'outside'))).toBe('ENOSPC')
    calls.call(unmapCall(0, 1))
    expect(calls.call(mapCall(4, 4))).toBe('ok')
    expect(accounts(calls)).toEqual([2, 2, 5, 5])
  })

  test('iommufd and its VFIO ioctls have no entry limit', () => {
    for (const driver of [iommufd, iommufdCompat]) {
      const calls = container(driver, { entryLimit: 0 })
      for (const page of [0, 2, 4, 6]) expect(calls.call(mapCall(page, 1))).toBe('ok')
    }
  })

  test('the memlock limit counts pages, and holds by file as by HVA', () => {
    for (const driver of [type1v2, iommufd, iommufdFile]) {
      const calls = container(driver, { memlockLimit: 4 })
      expect(calls.call(mapCall(0, 4))).toBe('ok')
      expect(calls.call(mapCall(4, 1))).toBe('ENOMEM')
      expect(accounts(calls)).toEqual([1, 1, 4, 4])
    }
  })
})

describe('two host threads', () => {
  test('exclude each other from the first look at the mappings to the last effect', () => {
    const calls = container(type1v2)
    calls.take(mapCall(0, 4))
    expect(calls.next(0)).toBe('lock.acquire vcpu=0 lock=container')
    calls.take(unmapCall(0, 4).replace('vcpu=0', 'vcpu=1'))
    expect(calls.next(1)).toBeUndefined()
    while (calls.next(0) !== 'lock.release vcpu=0 lock=container') expect(calls.next(1)).toBeUndefined()
    expect(calls.next(1)).toBe('lock.acquire vcpu=1 lock=container')
  })

  test('do not inherit a lock from a call that failed', () => {
    const calls = container(type1v2, { memlockLimit: 0 })
    expect(calls.call(mapCall(0, 1))).toBe('ENOMEM')
    expect([...calls.state.lock]).toEqual([0, 0, 0, 0])
    expect(calls.call(unmapCall(0, 1).replace('vcpu=0', 'vcpu=1'), 1)).toBe('ok')
  })
})
