/** @module-tag long */
import { describe, expect, test } from 'vitest'
import { bitmapAfter } from '../../designs/bitmap.js'
import type { Design } from '../../designs/index.js'
import { eachUnacknowledgedPage } from '../../designs/vocabulary/loops.js'
import { chunk, page } from '../../designs/vocabulary/ranges.js'
import type { Plan } from '../../model/plan/plan.js'
import { violatedBy } from '../testing/proved.js'

const names = ['no-private-reach', 'no-stale-frame', 'single-backing', 'errors-as-documented', 'calls-as-promised']
const racing = { guest: 'arbitrary', failures: 1, teardown: false } as const

/** What falls in some state of two pages, two vCPUs whose requests race, and one call that fails. */
const fallsOf = (design: string, driver: string, own: readonly Design[] = []): string[] => {
  const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 2, devices: 1, ...racing }
  return Object.keys(violatedBy({ design, driver, platform: 'tdx-2021-reading', scope }, names, own, 4_500_000))
}

describe('a conversion that fails is taken back, whatever another vCPU asks for meanwhile', () => {
  test.each([
    ['on-demand-4k', 'type1v2'],
    ['on-demand-4k/map-first', 'type1v2'],
    ['on-demand-4k/bitmap-rolled-back', 'iommufd'],
    ['on-demand-4k/bitmap-after', 'iommufd'],
    ['on-demand-4k/replays', 'type1v2'],
    ['attributes-first/undone', 'iommufd'],
    ['attributes-first/regions-undone', 'iommufd'],
  ])('%s', (design, driver) => {
    expect(fallsOf(design, driver)).toEqual([])
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
    const planted = { ...bitmapAfter, variant: 'judged-anew', undoShared }
    expect(fallsOf('on-demand-4k/judged-anew', 'iommufd', [planted])).toContain('no-stale-frame')
  })
})
