import { expect, test } from 'vitest'
import { judged, type Mistake } from '../../testing/mistakes.js'

const oneSuperpage = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, teardown: false } as const
const inPlace = { ...oneSuperpage, backing: 'in-place' } as const

const mistakes: readonly Mistake[] = [
  {
    wrong: 'hitless-cut/assign-first',
    right: 'hitless-cut',
    driver: ['hitless-cut', 'hitless-cut'],
    scope: inPlace,
    platform: 'sev-snp',
    parts: [],
    property: 'no-shared-fault',
    steps: 5,
  },
  {
    wrong: 'hitless-coalesce/leaf-first',
    right: 'hitless-coalesce',
    driver: ['hitless-coalesce', 'hitless-coalesce'],
    scope: inPlace,
    platform: 'sev-snp',
    parts: [],
    property: 'no-shared-fault',
    steps: 27,
  },
  {
    wrong: 'on-demand-4k/failed-is-freed',
    right: 'on-demand-4k',
    driver: ['type1v2', 'type1v2'],
    scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 1, teardown: false, frames: 'pool', failures: 1, start: 'private' },
    platform: 'sev-snp',
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 23,
  },
  {
    wrong: 'on-demand-4k/failed-is-shared',
    right: 'on-demand-4k',
    driver: ['type1v2', 'type1v2'],
    scope: { ...inPlace, failures: 1, start: 'private' },
    platform: 'sev-snp',
    parts: ['secureEpt'],
    property: 'no-shared-fault',
    steps: 27,
  },
  {
    wrong: 'on-demand-4k/not-smashed',
    right: 'on-demand-4k',
    driver: ['type1v2', 'type1v2'],
    scope: { ...oneSuperpage, start: 'private' },
    platform: 'sev-snp rmpEntries=largest',
    parts: ['secureEpt'],
    property: 'conversion-ends',
    steps: 17,
  },
]

test.each(mistakes)('$wrong falls, and $right does not', (mistake) => {
  const found = judged(mistake, 'wrong')
  expect([found?.verdict, found?.steps]).toEqual(['violated', mistake.steps])
  if (mistake.property !== 'conversion-ends') expect(found?.trace?.header.broken).toMatch(/^snp\./)
  expect(judged(mistake, 'right')?.verdict).toBe('held')
})

test('the same order of cut and attribute loses no DMA on TDX, where each frame is checked by itself', () => {
  const [cut] = mistakes
  const onTdx = { ...(cut as Mistake), platform: 'tdx-2021-reading' }
  expect(judged(onTdx, 'wrong')?.verdict).toBe('held')
})
