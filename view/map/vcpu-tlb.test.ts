import { expect, test } from 'vitest'
import { judged } from '../../search/testing/mistakes.js'
import { foldCourse } from './fold.js'

test('on Arm CCA, an entry of a vCPU is stale once the RTT loses the page, and wrong once its granule has gone', () => {
  const found = judged(
    {
      right: 'on-demand-4k',
      wrong: 'on-demand-4k/vmid-missed',
      driver: ['type1v2', 'type1v2'],
      platform: 'arm-cca',
      scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 2, teardown: false, start: 'private' },
      parts: ['secureEpt', 'content'],
      property: 'sept-protocol',
      steps: 8,
    },
    'wrong',
  )
  const folded = found?.trace === undefined ? undefined : foldCourse(found.trace)
  if (!folded?.ok) throw new Error('there is no counterexample with a map')
  const { layers, histories } = folded.value
  const marks = histories[0][layers.findIndex(({ key }) => key === 'vcputlb')].map(([, , mark]) => mark)
  expect(marks.slice(-2)).toEqual([1, 3])
  expect(layers.find(({ key }) => key === 'sept')?.title).toBe('RTT')
})
