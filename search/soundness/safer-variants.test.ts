/** @module-tag long */
import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { explore } from '../../checker/bfs.js'
import { Stop } from '../../checker/control/barrier.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { type Design, type Driver, hostOf } from '../../designs/design.js'
import { iommufd } from '../../designs/drivers/iommufd.js'
import { type1v2 } from '../../designs/drivers/vfio-type1.js'
import { flush, flushDomain } from '../../designs/drivers/vtd.js'
import { attributesFirst, onDemand4k } from '../../designs/on-demand-4k.js'
import { onDemandSuperpage } from '../../designs/on-demand-superpage.js'
import { allPages } from '../../designs/vocabulary/ranges.js'
import { acquire, release, wait } from '../../designs/vocabulary/steps.js'
import { machineFrom } from '../../model/build-machine.js'
import { noParts } from '../../model/machine/parts.js'
import { presets } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import type { Plan } from '../../model/plan/plan.js'
import { conversionEnds, properties } from '../../properties/index.js'
import { ModelSystem } from '../exhaustive/model-system.js'

const judged = properties.filter((property) => property !== conversionEnds && property.parts.length === 0)

/** The properties that a design violates in some state of a small machine, and whether all states were seen. */
function violatedBy(
  design: Design,
  driver: Driver,
  backing: 'separate' | 'in-place',
): [violated: string[], isComplete: boolean] {
  const scope = must(makeScope({ pages: 2, pagesPerSuperpage: 2, vcpus: 2, devices: 1, backing, teardown: false }))
  const machine = machineFrom(scope, presets['tdx-2026-reading'], noParts, hostOf(design, driver))
  const system = new ModelSystem(machine, judged)
  const result = explore(system, makeOwnMemory(system.packing, 4_000_000), { exhaust: true })
  const names = judged.flatMap(({ name }, at) =>
    result.failures.some(({ property }) => property === at) ? [name] : [],
  )
  return [names, result.stop === Stop.Complete]
}

/** More steps before an unmap releases its lock. */
function unmapEndsWith(driver: Driver, more: Plan): Driver {
  const { body } = driver.unmap
  const released = body.slice(-1)
  return { ...driver, unmap: { ...driver.unmap, body: [...body.slice(0, -1), ...more, ...released] } }
}

/** More steps before a map returns. */
const mapEndsWith = (driver: Driver, more: Plan): Driver => ({
  ...driver,
  map: { ...driver.map, body: [...driver.map.body.slice(0, -1), ...more, ...driver.map.body.slice(-1)] },
})

/** What a careful author adds, and no property may object to. */
const safer: Readonly<Record<string, (design: Design, driver: Driver) => [Design, Driver]>> = {
  'flushes all of the domain once more at each unmap': (design, driver) => [
    design,
    unmapEndsWith(driver, flushDomain(allPages)),
  ],
  'flushes at each map, too': (design, driver) => [design, mapEndsWith(driver, flush(allPages))],
  'waits once more': (design, driver) => [design, unmapEndsWith(mapEndsWith(driver, [wait]), [wait, wait])],
  "holds the lock of the memory slots around a conversion, inside of the VM's": (design, driver) => {
    const hold = (plan: Plan): Plan => [
      ...plan.slice(0, 1),
      acquire('slots'),
      ...plan.slice(1, -1),
      release('slots'),
      ...plan.slice(-1),
    ]
    return [{ ...design, toPrivate: hold(design.toPrivate), toShared: hold(design.toShared) }, driver]
  },
}

const subjects = [
  { design: onDemand4k, driver: type1v2, backing: 'separate' },
  { design: onDemand4k, driver: iommufd, backing: 'in-place' },
  { design: onDemandSuperpage, driver: type1v2, backing: 'separate' },
  { design: attributesFirst, driver: iommufd, backing: 'in-place' },
] as const

describe.each(Object.entries(safer))('a design that %s', (_, change) => {
  test.each(subjects)(
    'violates what $design.name does without it: $driver.name, $backing',
    ({ design, driver, backing }) => {
      const [violated, isComplete] = violatedBy(...change(design, driver), backing)
      expect([violated, isComplete]).toEqual([violatedBy(design, driver, backing)[0], true])
    },
  )
})

test('a step too few is seen by the same comparison', () => {
  expect(violatedBy(onDemand4k, type1v2, 'separate')[0]).toEqual([])
  expect(violatedBy(onDemand4k, { ...type1v2, unmap: { ...type1v2.unmap, body: [] } }, 'separate')[0]).not.toEqual([])
})
