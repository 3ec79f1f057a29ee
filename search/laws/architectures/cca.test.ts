import { expect, test } from 'vitest'
import { judged, type Mistake } from '../../testing/mistakes.js'

const onePage = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, teardown: false, start: 'private' } as const
const onCca = { right: 'on-demand-4k', driver: ['type1v2', 'type1v2'], platform: 'arm-cca' } as const

const mistakes: readonly Mistake[] = [
  {
    ...onCca,
    wrong: 'on-demand-4k/incomplete-ignored',
    scope: { ...onePage, frames: 'pool' },
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 20,
  },
  {
    ...onCca,
    wrong: 'on-demand-4k/freed-delegated',
    scope: { ...onePage, frames: 'pool' },
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 19,
  },
  {
    ...onCca,
    wrong: 'on-demand-4k/vmid-missed',
    scope: { ...onePage, vcpus: 2 },
    parts: ['secureEpt', 'content'],
    property: 'sept-protocol',
    steps: 8,
  },
  {
    ...onCca,
    wrong: 'on-demand-4k/unmap-errors-ignored',
    driver: ['iommufd', 'iommufd'],
    scope: { ...onePage, failures: 1, start: 'shared', backing: 'in-place' },
    parts: [],
    property: 'no-private-reach',
    steps: 8,
  },
]

test.each(mistakes)('$wrong falls, and $right does not', (mistake) => {
  const found = judged(mistake, 'wrong')
  expect([found?.verdict, found?.steps]).toEqual(['violated', mistake.steps])
  expect(found?.trace?.header.broken).toMatch(/^cca\./)
  expect(judged(mistake, 'right')?.verdict).toBe('held')
})

test('a fault that compares its side early takes a page that DMA is to reach; one that does so later does not', () => {
  const early: Mistake = {
    ...onCca,
    wrong: onCca.right,
    platform: `${onCca.platform} faultSide=before-sequence`,
    scope: { ...onePage, pages: 2, vcpus: 2, start: 'shared', backing: 'in-place' },
    parts: ['secureEpt'],
    property: 'no-shared-fault',
    steps: 44,
  }
  const found = judged(early, 'wrong')
  expect([found?.verdict, found?.steps]).toEqual(['violated', early.steps])
  expect(found?.trace?.header.broken).toBe('cca.dma/gpt-checked')
  expect(judged({ ...early, platform: onCca.platform }, 'right')?.verdict).toBe('held')
})
