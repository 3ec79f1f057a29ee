/** @module-tag long */
import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { explore } from '../../checker/bfs.js'
import { Stop } from '../../checker/control/barrier.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { bitmapAfter } from '../../designs/bitmap.js'
import { type Design, hostOf } from '../../designs/design.js'
import { findDesign } from '../../designs/index.js'
import { eachUnacknowledgedPage } from '../../designs/vocabulary/loops.js'
import { chunk, page } from '../../designs/vocabulary/ranges.js'
import { machineFrom } from '../../model/build-machine.js'
import { noParts } from '../../model/machine/parts.js'
import { presets } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import type { Plan } from '../../model/plan/plan.js'
import { properties } from '../../properties/index.js'
import { ModelSystem } from '../exhaustive/model-system.js'

const names = ['no-private-reach', 'no-stale-frame', 'single-backing', 'errors-as-documented', 'calls-as-promised']
const judged = properties.filter(({ name }) => names.includes(name))

/** What falls in some state of two pages, two vCPUs whose requests race, and one call that fails. */
function violatedBy(design: Design): string[] {
  const scope = must(
    makeScope({
      ...{ pages: 2, pagesPerSuperpage: 2, vcpus: 2, devices: 1 },
      guest: 'arbitrary',
      failures: 1,
      teardown: false,
    }),
  )
  const machine = machineFrom(scope, presets['tdx-2021-reading'], noParts, hostOf(design, design.drivers[0]))
  const system = new ModelSystem(machine, judged)
  const { failures, stop } = explore(system, makeOwnMemory(system.packing, 4_500_000), { exhaust: true })
  expect(stop).toBe(Stop.Complete)
  return judged.filter((_, at) => failures.some(({ property }) => property === at)).map(({ name }) => name)
}

const undone = [
  ...['on-demand-4k', 'on-demand-4k/map-first', 'on-demand-4k/bitmap-rolled-back', 'on-demand-4k/bitmap-after'],
  ...['on-demand-4k/replays', 'attributes-first/undone', 'attributes-first/regions-undone'],
]

describe('a conversion that fails is taken back, whatever another vCPU asks for meanwhile', () => {
  test.each(undone)('%s', (name) => {
    const design = findDesign(name)
    expect(design === undefined ? 'no such design' : violatedBy(design)).toEqual([])
  })

  test('an undo that judges a page anew in its second loop is seen', () => {
    const takeBack: Plan = [
      {
        each: eachUnacknowledgedPage(chunk),
        body: [
          { call: 'set-private', on: page, fail: 'ignore' },
          { call: 'discard-shared', on: page },
        ],
      },
    ]
    const undoShared = [...(bitmapAfter.undoShared ?? []).slice(0, 1), ...takeBack]
    expect(violatedBy({ ...bitmapAfter, undoShared })).toContain('no-stale-frame')
  })
})
