import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { iommufd } from '../designs/drivers/iommufd.js'
import { type1v2 } from '../designs/drivers/vfio-type1.js'
import type { Driver } from '../designs/index.js'
import { onDemand4k } from '../designs/on-demand-4k.js'
import { Reg, regOf } from '../model/machine/registers.js'
import type { ScopeInput } from '../model/machine/scope.js'
import type { Note } from '../model/plan/plan.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import type { MachineConfigInput } from '../search/machine-config.js'
import { checkMachine } from '../search/verdict.js'
import { vtdLazyMode } from '../spec/index.js'
import { argument, at, drop, duplicate, insertAfter, insertBefore, type PlanChange } from './operators.js'
import type { Subject } from './subject.js'
import { one } from './values.js'

const area = 'each mapping of the call'
const parts = 'each part to map of call'
const leaves = 'each largest leaf of part'

/** Read for write, and write for read; a second time puts it right. */
const swapRights: Note = {
  name: 'swap rights',
  run: (_, s, v) => {
    s.reg[regOf(v, Reg.permissions)] ^= 3
  },
}

interface Planted {
  readonly fault: string
  readonly change: readonly PlanChange[]
  /** The rule that the counterexample cites. */
  readonly broken: string
  readonly platform?: string
  readonly scope?: ScopeInput
  readonly driver?: Driver
}

const planted: readonly Planted[] = [
  {
    fault: 'an unmap leaves its entries',
    change: [drop(at('unmap', area, 'each part to unmap of area'))],
    broken: 'iommufd.unmap/clear-flush-unpin',
  },
  {
    fault: 'an unmap keeps paging structures of a table that it frees',
    change: [argument(at('unmap', area, 'each unit', 'iommu.submit-psi'), 'ih', one)],
    broken: 'vtd.invalidation/hint-needs-no-freed-table',
  },
  {
    fault: 'an unmap does not flush the IOTLB',
    change: [drop(at('unmap', area, 'each unit'))],
    broken: 'iommufd.unmap/clear-flush-unpin',
  },
  {
    fault: 'an unmap does not flush device TLBs',
    change: [drop(at('unmap', area, 'each unit (2)'))],
    broken: 'vtd.device-tlb/required',
    platform: 'linux-7.2 ats=true',
  },
  {
    fault: 'an unmap does not wait for the writes of a device that answers early',
    change: [drop(at('unmap', area, 'each unit (3)'))],
    broken: 'vtd.invalidation/drain',
    platform: 'linux-7.2 ats=true deviceInvalidation=early',
  },
  {
    fault: 'a failed map leaves its entries',
    change: [
      drop(at('undo of map', 'when area is not empty', 'when some page of area has an entry, or a table was unlinked')),
    ],
    broken: 'iommufd.map/rollback',
    scope: { memlockLimit: 1 },
  },
  {
    fault: 'a map pins a page twice',
    change: [duplicate(at('map', 'each page of call', 'iommufd.pin-page'))],
    broken: 'iommufd.domains/pinned-once',
  },
  {
    fault: 'a map writes no entry',
    change: [drop(at('map', parts))],
    broken: 'vfio.map/pins-before-entries',
  },
  {
    fault: 'a map writes entries with other rights',
    change: [
      insertBefore(at('map', parts, leaves, 'iommu.write-entry'), [{ note: swapRights }]),
      insertAfter(at('map', parts, leaves, 'iommu.write-entry'), [{ note: swapRights }]),
    ],
    broken: 'vtd.permissions/write-only-exact-7-2',
  },
]

const defaultScope: MachineConfigInput['scope'] = {
  pages: 2,
  vcpus: 1,
  start: 'private',
  calls: true,
  failures: 1,
  frames: 'pool',
}

/** The rule that raw calls show to be broken; undefined if they show none. */
function brokenRule(
  { change = [], platform = 'linux-7.2', scope = {}, driver: base = iommufd }: Partial<Planted>,
  runs = 4000,
): string | undefined {
  const subject: Subject = { design: { ...onDemand4k, variant: 'planted', drivers: [base] }, driver: base }
  const { design, driver } = change.reduce((changing, { apply }) => apply(changing), subject)
  const setup: MachineConfigInput = {
    design: 'on-demand-4k/planted',
    driver: driver.name,
    scope: { ...defaultScope, ...scope },
    platform,
    parts: ['walkCache'],
  }
  const options = { seed: 1, runs, length: 80 }
  const mine = withDesigns({ ...design, drivers: [driver] })
  const [verdict] = must(checkMachine(setup, ['calls-as-promised'], options, mine))
  return verdict?.trace?.header.broken
}

test('calls-as-promised holds for the driver as it is', () => {
  expect(brokenRule({}, 500)).toBeUndefined()
  expect(brokenRule({ platform: 'linux-7.2 ats=true deviceInvalidation=early' }, 500)).toBeUndefined()
})

test.each(planted)('calls-as-promised finds that $fault', (one) => {
  expect(brokenRule(one)).toBe(one.broken)
})

test('a counterexample cites the rule of the interface whose accounting the driver does', () => {
  const change = [drop(at('unmap', area, 'each unit'))]
  expect(brokenRule({ change, driver: type1v2 })).toBe('vfio.removal/clear-then-sync')
  expect(brokenRule({ change, driver: iommufd })).toBe('iommufd.unmap/clear-flush-unpin')
})

test('calls-as-promised does not ask for a drain that the hardware does not promise', () => {
  const platform = 'linux-7.2 drain=none'
  expect(brokenRule({ platform }, 500)).toBeUndefined()
})

test('a driver that flushes later is not asked', () => {
  const design = { ...onDemand4k, variant: 'lazy', drivers: [{ ...iommufd, endsEarly: vtdLazyMode }] } as const
  const setup = { design: 'on-demand-4k/lazy', driver: 'iommufd', scope: { pages: 2 }, platform: 'linux-7.2' }
  const [verdict] = must(
    checkMachine(setup, ['calls-as-promised'], { seed: 1, runs: 1, length: 10 }, withDesigns(design)),
  )
  expect(verdict).toMatchObject({
    verdict: 'not-applicable',
    why: expect.stringContaining('[vtd.invalidation/lazy-mode]'),
  })
})
