import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { type Design, findDesign } from '../designs/index.js'
import type { Part } from '../model/machine/parts.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { checkMachine } from '../search/verdict.js'
import { at, drop, duplicate, type PlanChange } from './operators.js'

interface Planted {
  readonly fault: string
  readonly design: string
  readonly driver: string
  readonly change: PlanChange
  readonly parts: readonly Part[]
  readonly property: string
  /** The rule that the counterexample cites. */
  readonly broken: string
}

const planted: readonly Planted[] = [
  {
    fault: 'a frame has more pins than its mapping',
    design: 'on-demand-4k',
    driver: 'iommufd',
    change: duplicate(at('map', 'each page of call', 'iommufd.pin-page')),
    parts: [],
    property: 'accounts-balance',
    broken: 'kvm.host-memory/pin-holds-frame',
  },
  {
    fault: 'a page that turned private is still led to by its shared address, though nothing is discarded',
    design: 'shared-alias',
    driver: 'type1v2',
    change: drop(at('set-private', 'kvm.zap-shared')),
    parts: ['secureEpt', 'content'],
    property: 'sept-protocol',
    broken: 'kvm.attributes/zap-before-store',
  },
  {
    fault: 'KVM never ends an invalidation that it began',
    design: 'on-demand-4k',
    driver: 'type1v2',
    change: drop(at('set-private', 'kvm.invalidate-end')),
    parts: ['secureEpt'],
    property: 'accounts-balance',
    broken: 'kvm.fault/invalidation-ends',
  },
  {
    fault: 'a removed page goes to its next user unflushed',
    design: 'on-demand-4k',
    driver: 'type1v2',
    change: drop(at('set-shared', 'each secure EPT entry of call', 'tdh.phymem.page.wbinvd')),
    parts: ['secureEpt', 'content'],
    property: 'sept-protocol',
    broken: 'tdx.wbinvd/before-reuse',
  },
  {
    fault: 'a map that is done has written no entry',
    design: 'on-demand-4k',
    driver: 'type1v2',
    change: drop(at('map', 'each part to map of call', 'each largest leaf of part')),
    parts: [],
    property: 'calls-as-promised',
    broken: 'vfio.map/pins-before-entries',
  },
]

function brokenRule({ design: name, driver, change, parts, property }: Planted): string | undefined {
  const found = findDesign(name)
  const itsDriver = found?.drivers.find((known) => known.name === driver)
  if (found === undefined || itsDriver === undefined) throw new Error(`no design ${name} with driver ${driver}`)
  const subject = change.apply({ design: found, driver: itsDriver })
  const own: Design = { ...subject.design, variant: 'planted', drivers: [subject.driver] }
  const setup = {
    design: `${name}/planted`,
    driver,
    scope: { pages: 2 },
    platform: 'linux-7.2',
    parts: [...parts],
  }
  const [verdict] = must(checkMachine(setup, [property], { seed: 1, runs: 500, length: 80 }, withDesigns(own)))
  return verdict?.trace?.header.broken
}

test.each(planted)('$property finds that $fault', (one) => {
  expect(brokenRule(one)).toBe(one.broken)
})
