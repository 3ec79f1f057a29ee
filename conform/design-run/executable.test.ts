import { expect, test } from 'vitest'
import { designs, fullName } from '../../designs/index.js'
import { interfaceOf, notExecutable } from './executable.js'

/** Which interface carries out a design's plan; or the step, or the rule, for which none does. */
function carriedOutBy(): Record<string, string> {
  const rows = designs.flatMap((design) =>
    design.drivers.map((driver) => {
      const why = notExecutable(design, driver)
      const by = interfaceOf(driver) ?? 'no interface'
      return [`${fullName(design)} ${driver.name}`, why === undefined ? by : (why.rule?.id ?? why.message)] as const
    }),
  )
  return Object.fromEntries(rows)
}

const noSlots = 'its plan takes the step kvm.mark-split, for which the protocol has no call'
const noAccounting = 'kvm.mirror/follows-state'
const noSplit = 'iommufd.domains/no-split'

test('a plan is carried out where its driver is an interface step by step, and nowhere else', () => {
  expect(carriedOutBy()).toEqual({
    'pin-all type1v2': 'type1v2',
    'pin-all iommufd': 'iommufd',
    'shared-alias type1v2': 'type1v2',
    'shared-alias iommufd': 'iommufd',
    'punch-holes type1v2': noSlots,
    'punch-holes iommufd': noSlots,
    'on-demand-superpage type1v2': 'type1v2',
    'on-demand-superpage iommufd': 'iommufd',
    'on-demand-4k type1v2': 'type1v2',
    'on-demand-4k iommufd': 'iommufd',
    'on-demand-4k compat': 'compat',
    'on-demand-4k type1v1': 'type1',
    'on-demand-4k/superpage-at-start type1v2': 'type1v2',
    'on-demand-4k/map-first type1v2': 'type1v2',
    'on-demand-4k/map-first iommufd': 'iommufd',
    'fd-offset iommufd-file': 'iommufd-file',
    'attributes-first iommufd': 'iommufd',
    'attributes-first type1v2': 'type1v2',
    'hitless-cut hitless-cut': noSplit,
    'hitless-cut/page-flush hitless-cut-page-flush': noSplit,
    'hitless-coalesce hitless-coalesce': noSplit,
    'replace-domain iommufd-replace': 'iommufd-replace',
    'deferred-flush type1v2-lazy': 'vfio.removal/unpin-after-sync',
    'deferred-flush iommufd-lazy': 'vfio.removal/unpin-after-sync',
    'mirror-guest-memfd kernel-mirror': noAccounting,
    'bounce-pool type1v2': 'type1v2',
  })
})
