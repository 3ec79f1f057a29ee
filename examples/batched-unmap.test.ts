import { expect, test } from 'vitest'
import { explore, properties } from '../api/index.js'
import { must } from '../base/result.js'
import { batch } from './batched-unmap.js'

const stale = properties.filter(({ name }) => name === 'no-stale-frame')

/** What a search of every state says of frames that DMA reaches. */
const outcome = (driver: string, platform: string) =>
  must(explore(batch, { driver, platform, properties: stale, scope: { pages: 2, vcpus: 1 } })).outcome

test.each([
  ['flush-once', 'linux-7.2', 'held'],
  ['unpin-first', 'linux-7.2', 'violated'],
  ['flush-once', 'linux-7.2 ats=true', 'violated'],
  ['flush-all', 'linux-7.2 ats=true', 'held'],
  ['type1v2', 'linux-6.12', 'held'],
])(
  'a batched unmap by %s on %s: no-stale-frame is %s',
  (driver, platform, expected) => {
    expect(outcome(driver, platform)).toBe(expected)
  },
  120_000,
)
