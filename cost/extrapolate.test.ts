/** @module-tag long */
import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { builtIn } from '../search/catalogue/catalogue.js'
import { costOf, extrapolate, pagesNeeded } from './extrapolate.js'
import { type CostQuestion, measure } from './measure.js'
import { defaults } from './parameters.js'
import type { Workload, WorkloadStep } from './workload.js'
import { gib } from './workloads.js'

const steps: WorkloadStep[] = [
  { op: 'convert', gfn: 1024, count: 512, to: 'shared' },
  { op: 'dma', gfn: 1024, count: 300, access: 'write' },
  { op: 'convert', gfn: 1030, count: 2, to: 'private' },
]
const workload: Workload = { name: 'test', says: 'A test.', source: 'a test', pages: gib, steps: () => steps }
const question = (design: string, driver: string, pages: number): CostQuestion => ({
  design,
  driver,
  backing: 'separate',
  platform: 'tdx-2021-reading',
  workload,
  pages,
})

test.each([
  ['shared-alias', 'type1v2'],
  ['on-demand-4k', 'iommufd'],
  ['on-demand-superpage', 'type1v2'],
])('what is extrapolated for %s is what a run counts', (design, driver) => {
  const asked = question(design, driver, 4 * gib) // one GiB more than the largest guest that is run
  const run = must(measure(asked, defaults, builtIn))
  const line = must(extrapolate(asked, defaults, builtIn))
  expect(line.counters).toEqual(run.counters)
  expect([line.extrapolatedFrom, run.extrapolatedFrom]).toEqual([[gib, 2 * gib, 3 * gib], undefined])
})

test('a guest of 1 TiB has a page of tables for each GiB, one for each 512 GiB, and a root', () => {
  const { counters } = must(costOf(question('shared-alias', 'type1v2', 1024 * gib), defaults, builtIn))
  expect([counters.tables, counters.pinned]).toEqual([1024 + 2 + 1, 1024 * gib])
})

test('a count that bends is refused: memory that may be locked ends between two runs', () => {
  const asked = question('shared-alias', 'type1v2', 1024 * gib)
  const bent = costOf(asked, { ...defaults, memlockPages: 2.5 * gib }, builtIn)
  expect(bent.ok ? '' : bent.problem.message).toContain('does not grow evenly with the guest')
})

test('a guest has to have the pages that its workload names', () => {
  expect(pagesNeeded(workload)).toBe(gib)
  const small = costOf(question('on-demand-4k', 'iommufd', 512), defaults, builtIn)
  expect(small.ok ? '' : small.problem.message).toContain('needs a guest of 262144 pages at least')
})
