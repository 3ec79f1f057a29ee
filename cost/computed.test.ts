import fc from 'fast-check'
import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import type { Design, Driver } from '../designs/design.js'
import { iommufdReplace, iommufdReplaceUnfilled } from '../designs/drivers/iommufd-replace.js'
import { replaceDomain } from '../designs/replace-domain.js'
import type { Node } from '../model/plan/plan.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { buildMachine } from '../search/machine-config.js'
import { computeRun, type TwoMachines } from './computed.js'
import { defaults } from './parameters.js'
import { CostRun } from './run.js'
import type { Workload, WorkloadStep } from './workload.js'

const pages = 64
const perSuper = 4

const workloadOf = (steps: readonly WorkloadStep[], givesUp = false): Workload => ({
  name: 'test',
  says: 'A test.',
  source: 'a test',
  pages,
  givesUp,
  steps: () => steps,
})

function machineOf(driver: Driver, memlockLimit: number, platform: string) {
  const design: Design = { ...replaceDomain, name: 'mine', drivers: [driver] }
  const scope = {
    pages,
    pagesPerSuperpage: perSuper,
    vcpus: 1,
    start: 'private',
    teardown: false,
    memlockLimit,
  } as const
  return must(buildMachine({ design: 'mine', driver: driver.name, platform, scope }, withDesigns(design))).machine
}

const machines = (limit = pages, platform = 'tdx-2021-reading', unfilled = iommufdReplaceUnfilled): TwoMachines => ({
  full: machineOf(iommufdReplace, limit, platform),
  unfilled: machineOf(unfilled, limit, platform),
})

const someSteps: fc.Arbitrary<WorkloadStep[]> = fc.array(
  fc
    .tuple(fc.nat(pages - 1), fc.integer({ min: 1, max: 12 }), fc.constantFrom('shared', 'shared', 'private', 'dma'))
    .map(([gfn, most, what]): WorkloadStep => {
      const count = Math.min(most, pages - gfn)
      return what === 'dma'
        ? { op: 'dma', gfn, count, access: 'write' }
        : { op: 'convert', gfn, count, to: what === 'shared' ? 'shared' : 'private' }
    }),
  { minLength: 1, maxLength: 30 },
)

test.each([
  ['tdx-2021-reading', pages],
  ['tdx-2021-reading', 9],
  ['tdx-2021-reading replaceHitless=false', pages],
])('what is computed on %s, where %i pages may be locked, is what a run of every step counts', (platform, limit) => {
  const two = machines(limit, platform)
  const iotlb = { entries4k: 8, ways4k: 2, entries2m: 0, ways2m: 1 }
  fc.assert(
    fc.property(someSteps, fc.boolean(), (steps, givesUp) => {
      const computed = must(computeRun(two, iotlb, workloadOf(steps, givesUp), 1)).run
      const counted = new CostRun(two.full, { iotlb })
      counted.run(steps, givesUp)
      expect(computed.counters).toEqual(counted.counters)
      expect([computed.refusedBy, computed.stopped]).toEqual([counted.refusedBy, counted.stopped])
    }),
    { numRuns: 60 },
  )
})

const share = (gfn: number, count: number): WorkloadStep => ({ op: 'convert', gfn, count, to: 'shared' })

test('the start vouches for it, and a page there and back behind conversions 1, 4, 16 … and the last', () => {
  const steps = [...Array(6).keys()].map((at) => share(at * 4, 2))
  expect(must(computeRun(machines(), defaults.iotlb, workloadOf(steps), 1)).evidence).toEqual({
    switches: 1 + 3 * 2, // conversions 1, 4 and 6
    mappings: 12,
  })
})

/** The driver without refills, with a change of its call `unmap` once so many pages are mapped. */
const planted = (mapped: number, body: readonly Node[]): Driver => ({
  ...iommufdReplaceUnfilled,
  unmap: {
    ...iommufdReplaceUnfilled.unmap,
    body: [
      ...iommufdReplaceUnfilled.unmap.body,
      { when: { name: 'many mappings', holds: (_, s) => s.mappings[0] >= mapped }, body },
    ],
  },
})

test('a step too many, once many pages are mapped, is found by the conversions of one page, and is refused', () => {
  const again = iommufdReplaceUnfilled.unmap.body.filter((node) => 'row' in node && node.row.startsWith('lock.'))
  const two = machines(pages, 'tdx-2021-reading', planted(20, again))
  expect(computeRun(two, defaults.iotlb, workloadOf([share(0, 8)]), 1).ok).toBe(true)
  const many = computeRun(two, defaults.iotlb, workloadOf([share(0, 32)]), 1)
  expect(many.ok ? '' : many.problem.message).toMatch(
    /^page 0, private and back, beside 32 mappings: steps is computed/,
  )
})

test('a page that is left mapped is found in the state, and is refused', () => {
  const clears = (node: Node) =>
    'each' in node && node.body.some((one) => 'row' in one && one.row === 'iommu.clear-entry')
  const { unmap } = iommufdReplaceUnfilled
  const left: Driver = {
    ...iommufdReplaceUnfilled,
    unmap: { ...unmap, body: unmap.body.filter((node) => !clears(node)) },
  }
  const wrong = computeRun(machines(pages, 'tdx-2021-reading', left), defaults.iotlb, workloadOf([share(0, 4)]), 1)
  expect(wrong.ok ? '' : wrong.problem.message).toMatch(/^page 0, private and back/)
})
