import { expect, test } from 'vitest'
import { violatedBy } from '../../testing/proved.js'

const proved = ['no-private-reach', 'no-stale-frame', 'calls-as-promised', 'accounts-balance', 'single-backing']

test('a right design falls with type1 of Linux 6.12 where its guest ends at the top, and holds elsewhere', () => {
  const judged = (platform: string, driver: string, endsAtTop: boolean) =>
    Object.keys(
      violatedBy(
        {
          design: 'on-demand-4k',
          driver,
          platform,
          scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 1, endsAtTop },
        },
        proved,
      ),
    )
  expect(judged('linux-6.12', 'type1v2', true)).toEqual([
    'no-stale-frame',
    'single-backing',
    'accounts-balance',
    'calls-as-promised',
  ])
  expect(judged('linux-6.12', 'type1v2', false)).toEqual([])
  expect(judged('linux-7.2', 'type1v2', true)).toEqual([])
  expect(judged('linux-6.12', 'iommufd', true)).toEqual([])
})
