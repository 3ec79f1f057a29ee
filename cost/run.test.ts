import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { builtIn } from '../search/catalogue/catalogue.js'
import { buildMachine } from '../search/machine-config.js'
import type { CostCounters } from './counters.js'
import { type CostQuestion, measure } from './measure.js'
import { type CostParameters, defaults } from './parameters.js'
import { CostRun } from './run.js'
import type { Workload, WorkloadStep } from './workload.js'

const superpage = 512
const pages = 32 * superpage
const buffers = 4 * superpage

const workloadOf = (...steps: WorkloadStep[]): Workload => ({
  name: 'test',
  says: 'A test.',
  source: 'a test',
  pages,
  steps: () => steps,
})

const share = (gfn: number, count: number): WorkloadStep => ({ op: 'convert', gfn, count, to: 'shared' })
const unshare = (gfn: number, count: number): WorkloadStep => ({ op: 'convert', gfn, count, to: 'private' })
const dma = (gfn: number, count = 1): WorkloadStep => ({ op: 'dma', gfn, count, access: 'read' })

function costOf(name: string, steps: WorkloadStep[], given: Partial<CostParameters> = {}): CostCounters {
  const [design = '', driver = '', backing = 'separate'] = name.split(' ')
  const question: CostQuestion = {
    design,
    driver,
    backing: backing === 'in-place' ? backing : 'separate',
    platform: 'tdx-2021-reading',
    workload: workloadOf(...steps),
    pages,
  }
  return must(measure(question, { ...defaults, ...given }, builtIn)).counters
}

test('a design that switches between two domains has two roots, and never a page without a translation', () => {
  const steps = [share(buffers, 8), unshare(buffers + 3, 1), dma(buffers, 8)]
  const { mappings, tables, windows, waits, faults, steps: taken } = costOf('replace-domain iommufd-replace', steps)
  expect([mappings, tables, windows, waits, faults]).toEqual([8, 2 * (1 + 3), 0, 9, 0])
  // To map the k-th page writes k entries and clears those before it; to unmap one of 8 writes 7 and clears 8.
  const written = [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, k) => sum + 2 * k - 1, 0) + 7 + 8
  const other = costOf('on-demand-4k iommufd', steps)
  expect(taken).toBeGreaterThan(written)
  expect(taken - written).toBeLessThan(other.steps + 9 * 4)
})

test('what each switch drops misses again, where on demand only the page that went does', () => {
  const steps = [share(buffers, 4), dma(buffers, 4), unshare(buffers, 1), dma(buffers + 1, 3)]
  expect(costOf('replace-domain iommufd-replace', steps).misses).toBe(4 + 3)
  expect(costOf('on-demand-4k iommufd', steps).misses).toBe(4)
})

test('a run whose switches take too many steps is refused, and says how far it came', () => {
  const { machine } = must(
    buildMachine({
      design: 'replace-domain',
      driver: 'iommufd-replace',
      platform: 'tdx-2021-reading',
      scope: { pages, pagesPerSuperpage: superpage, vcpus: 1, start: 'private' },
    }),
  )
  const run = new CostRun(machine, { iotlb: defaults.iotlb, maxSteps: 1000 })
  run.run([share(buffers, superpage), share(buffers + superpage, superpage)])
  expect([run.stopped, run.counters.conversions, run.counters.mappings < 32]).toEqual(['steps', 1, true])
})

test('one mapping a page, and a table for each superpage of them, below three levels more', () => {
  const { mappings, tables, pinned, locked } = costOf('on-demand-4k type1v2', [share(buffers, 2 * superpage)])
  expect([mappings, tables, pinned, locked]).toEqual([1024, 2 + 3, 1024, 1024])
})

test('a mapping of a superpage needs no table of the last level', () => {
  const { mappings, tables, pinned } = costOf('on-demand-superpage iommufd', [share(buffers, 2 * superpage)])
  expect([mappings, tables, pinned]).toEqual([2, 3, 1024])
})

test('a map of all that a guest has holds all of it twice', () => {
  const { mappings, pinned, doublyHeld } = costOf('shared-alias type1v2', [])
  expect([mappings, pinned, doublyHeld]).toEqual([1, pages, pages])
})

test('with two backings on demand no page is held twice, and in place none can be', () => {
  for (const name of ['on-demand-4k iommufd', 'mirror-guest-memfd kernel-mirror in-place']) {
    expect(costOf(name, [share(buffers, superpage), unshare(buffers, 3)]).doublyHeld).toBe(0)
  }
})

test('to unshare one page of a superpage leaves the others of it without a translation', () => {
  const steps = [share(buffers, superpage), unshare(buffers + 7, 1)]
  const { windows, windowPages, windowWaits } = costOf('on-demand-superpage iommufd', steps)
  expect([windows, windowPages, windowWaits]).toEqual([1, superpage - 1, 1])
  const { windows: none, windowSteps } = costOf('on-demand-4k iommufd', steps)
  expect([none, windowSteps]).toEqual([0, 0])
})

test('each unshared page takes one invalidation and one wait', () => {
  const steps = [share(buffers, superpage), unshare(buffers, 1), unshare(buffers + 5, 3)]
  const { invalidations, waits, conversions } = costOf('on-demand-4k iommufd', steps)
  expect([invalidations, waits, conversions]).toEqual([4, 4, 3])
})

test('what a type1 container has no entry for is refused as a whole, and its DMA is not begun', () => {
  const steps = [share(buffers, 4), share(buffers + 4, 4), dma(buffers, 8)]
  const { mappings, refused, dma: begun, notBegun } = costOf('on-demand-4k type1v2', steps, { entryLimit: 5 })
  expect([mappings, refused, begun, notBegun]).toEqual([5, 1, 4, 4])
})

test('what may not be locked is refused', () => {
  const steps = [share(buffers, 4), share(buffers + 4, 4)]
  const { locked, refused } = costOf('on-demand-4k type1v2', steps, { memlockPages: 6 })
  expect([locked, refused]).toEqual([6, 1])
})

test('a bounce pool is copied for each buffer that is not in it', () => {
  const steps = [share(80 * 256, 4), dma(80 * 256, 3)]
  const { refused, copies, dma: begun, notBegun } = costOf('bounce-pool type1v2', steps)
  expect([refused, copies, begun, notBegun]).toEqual([1, 3, 3, 0])
})

test('small entries miss where one of a superpage does not', () => {
  const steps = [share(buffers, superpage), dma(buffers, superpage)]
  const small = costOf('on-demand-4k iommufd', steps)
  const large = costOf('on-demand-superpage iommufd', steps)
  expect([small.misses, small.walkReads]).toEqual([512, 512 * 4])
  expect([large.misses, large.walkReads]).toEqual([1, 3])
})

test('a shared page is translated anew once it was private in between', () => {
  const steps = [share(buffers, 1), dma(buffers), dma(buffers), unshare(buffers, 1), share(buffers, 1), dma(buffers)]
  const { dma: begun, misses, faults } = costOf('on-demand-4k iommufd', steps)
  expect([begun, misses, faults]).toEqual([3, 2, 0])
})
