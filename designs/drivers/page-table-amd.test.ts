import { describe, expect, test } from 'vitest'
import type { Platform } from '../../model/machine/platform.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import { leafAt, leafPermissions } from '../../model/memory/page-table.js'
import type { ManualMachine } from '../../model/testing/manual-machine.js'
import { container, mapCall, unmapCall } from '../testing/driver-calls.js'
import { pageTable } from './page-table.js'

// Linux 6.12 on AMD's tables, with superpages of four pages, and no flush at each map.

const amd: Partial<Platform> = { mapOverLeaf: 'replace-all', unmapAtHole: 'count-empty', partialUnmap: 'whole' }

const table = (pages: number, input: ScopeInput = {}) => container(pageTable, { pages, ...input }, amd)

/** Rights of each page, 0 where none is mapped. */
const rights = ({ machine: m, state: s }: ManualMachine) =>
  Array.from({ length: m.pages }, (_, page) => leafPermissions(leafAt(m, s, 0, page))).join('')

const readOnly = 1
const map = (first: number, count: number, permissions = 3) => mapCall(first, count, 'none', permissions)

/** The steps that a call takes at the tables and the queue, as printed. */
const steps = (calls: ManualMachine, call: string): string[] =>
  calls
    .steps(call)
    .filter((step) => step.startsWith('iommu.'))
    .map((step) => step.replace(/ (vcpu|unit|domain)=0/g, ''))

describe('a map of AMD', () => {
  test('clears a leaf of the same size before it stores, and invalidates nothing', () => {
    const calls = table(8)
    steps(calls, map(1, 1, readOnly))
    expect(steps(calls, map(1, 1))).toEqual(['iommu.clear-entry iovfn=1 size=4k', 'iommu.write-entry iovfn=1 size=4k'])
  })

  test('puts an empty table in the place of a superpage, so that the rest is gone, and invalidates its part', () => {
    const calls = table(8)
    steps(calls, map(0, 4, readOnly))
    expect(steps(calls, map(1, 2))).toEqual([
      'iommu.split-entry iovfn=0 count=4',
      'iommu.write-entry iovfn=1 size=4k',
      'iommu.write-entry iovfn=2 size=4k',
      'iommu.submit-psi iovfn=1 count=2 ih=0',
      'iommu.wait',
    ])
    expect(rights(calls)).toBe('03300000')
  })

  test('stores a superpage over a table with leaves, and frees the table behind the invalidation', () => {
    const calls = table(8)
    for (const page of [1, 6]) steps(calls, map(page, 1, readOnly))
    expect(steps(calls, map(0, 8))).toEqual([
      'iommu.unlink-table iovfn=0',
      'iommu.write-entry iovfn=0 size=superpage',
      'iommu.unlink-table iovfn=4',
      'iommu.write-entry iovfn=4 size=superpage',
      'iommu.submit-psi iovfn=0 count=8 ih=0',
      'iommu.wait',
      'iommu.free-tables iovfn=0',
      'iommu.free-tables iovfn=4',
    ])
  })

  test('that fails for want of memory takes out what it has stored, and invalidates what made way', () => {
    const calls = table(8, { failures: 1 })
    steps(calls, map(0, 4, readOnly))
    calls.force(map(2, 4))
    while (rights(calls) !== '00330000') calls.next()
    calls.take('host.fail-next vcpu=0 what=allocation')
    const taken = calls.finish()
    expect(rights(calls)).toBe('00000000')
    expect(taken.filter((step) => step.includes('submit-psi')).length).toBe(2)
  })
})

describe('an unmap of AMD', () => {
  test('takes all of a superpage from any page of it, and invalidates from there on', () => {
    const calls = table(8)
    steps(calls, map(0, 8))
    expect(steps(calls, unmapCall(2, 1))).toEqual([
      'iommu.clear-entry iovfn=2 size=superpage',
      'iommu.submit-psi iovfn=2 count=4 ih=0',
      'iommu.wait',
    ])
    expect(rights(calls)).toBe('00003333')
  })

  test.each<[string, number, number, string]>([
    ['passes over what it counted twice, and continues behind it', 2, 10, '000033000000'],
    ['leaves the last pages of its range mapped', 2, 4, '000033333333'],
  ])('that begins inside a superpage %s', (_, first, count, left) => {
    const calls = table(12)
    steps(calls, map(0, 4))
    for (let page = 4; page < 12; page += 1) steps(calls, map(page, 1))
    steps(calls, unmapCall(first, count))
    expect(rights(calls)).toBe(left)
  })

  test('goes over the empty entries of a table, which stays, and stops where there is none', () => {
    const calls = table(16)
    for (const [first, count] of [
      [3, 1],
      [4, 1],
      [12, 4],
    ] as const)
      steps(calls, map(first, count))
    expect(steps(calls, unmapCall(0, 16))).toEqual([
      'iommu.clear-entry iovfn=3 size=4k',
      'iommu.clear-entry iovfn=4 size=4k',
      'iommu.submit-psi iovfn=0 count=8 ih=0',
      'iommu.wait',
    ])
    expect(rights(calls)).toBe('0000000000003333')
  })
})
