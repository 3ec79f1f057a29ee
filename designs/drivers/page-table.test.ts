import { describe, expect, test } from 'vitest'
import { type PresetName, presets } from '../../model/machine/platform.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import { leafAt } from '../../model/memory/page-table.js'
import type { ManualMachine } from '../../model/testing/manual-machine.js'
import { container, mapCall, unmapCall } from '../testing/driver-calls.js'
import { pageTable } from './page-table.js'

const kernels = ['linux-6.12', 'linux-7.2'] as const satisfies readonly PresetName[]

const table = (platform: PresetName, input: ScopeInput = {}) => container(pageTable, input, presets[platform])

/** Pages that a leaf maps. */
const mapped = ({ machine: m, state: s }: ManualMachine) =>
  Array.from({ length: m.pages }, (_, page) => page).filter((page) => leafAt(m, s, 0, page) !== 0)

const flushes = (taken: readonly string[]) =>
  taken
    .filter((step) => /^iommu\.(submit-psi|free-tables)/.test(step))
    .map((step) => step.replace(/ (vcpu|unit|domain)=0/g, ''))

test('an unmap of parts of unlike size frees the later table with the first flush on 6.12', () => {
  const found = kernels.map((platform) => {
    const calls = table(platform)
    for (let page = 2; page < 8; page += 1) expect(calls.call(mapCall(page, 1))).toBe('ok')
    return flushes(calls.steps(unmapCall(2, 6)))
  })
  expect(found).toEqual([
    ['iommu.submit-psi iovfn=2 count=2 ih=0', 'iommu.free-tables iovfn=4', 'iommu.submit-psi iovfn=4 count=4 ih=1'],
    ['iommu.submit-psi iovfn=0 count=8 ih=0', 'iommu.free-tables iovfn=4'],
  ])
})

test('a run of superpages replaces all that is there before the first leaf is written on 6.12', () => {
  const calls = table('linux-6.12')
  for (const [first, count] of [
    [1, 1],
    [4, 4],
  ] as const)
    calls.steps(mapCall(first, count, 'none', 1))
  const taken = calls.steps(mapCall(0, 8)).filter((step) => step.startsWith('iommu.'))
  expect(taken.map((step) => step.replace(/ (vcpu|unit|domain)=0/g, ''))).toEqual([
    'iommu.clear-entry iovfn=1 size=4k',
    'iommu.unlink-table iovfn=1',
    'iommu.free-tables iovfn=1',
    'iommu.submit-psi iovfn=0 count=8 ih=0',
    'iommu.wait',
    'iommu.clear-entry iovfn=4 size=superpage',
    'iommu.submit-psi iovfn=4 count=4 ih=0',
    'iommu.wait',
    'iommu.write-entry iovfn=0 size=superpage',
    'iommu.write-entry iovfn=4 size=superpage',
  ])
})

describe('a map that fails for want of memory', () => {
  /** The table for the leaf of a page cannot be allocated; those before it can. */
  function failedMap(platform: PresetName, first: number, count: number, failing: number): number[] {
    const calls = table(platform, { pages: 12, failures: 1 })
    calls.force(mapCall(first, count))
    const isAt = () => leafAt(calls.machine, calls.state, 0, failing - 1) !== 0
    while (!isAt()) calls.next()
    calls.take('host.fail-next vcpu=0 what=allocation')
    calls.finish()
    return mapped(calls)
  }

  test('leaves on 6.12 what the failing part wrote', () => {
    expect(kernels.map((platform) => failedMap(platform, 2, 4, 4))).toEqual([[2, 3], []])
  })

  test('takes the earlier parts out on both', () => {
    expect(kernels.map((platform) => failedMap(platform, 2, 8, 8))).toEqual([[], []])
  })
})
