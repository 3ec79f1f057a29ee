import { expect, test } from 'vitest'
import type { Design } from '../../../designs/index.js'
import { onDemand4k } from '../../../designs/on-demand-4k.js'
import { eachUnmappedPage } from '../../../designs/vocabulary/loops.js'
import { chunk, page } from '../../../designs/vocabulary/ranges.js'
import { acquire, release } from '../../../designs/vocabulary/steps.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 2, vcpus: 1, start: 'private', memlockLimit: 2, lockedElsewhere: 1 },
})

/** Says done to the guest of pages that could not be mapped. */
const hopeful: Design = {
  ...onDemand4k,
  variant: 'hopeful',
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    { each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page, fail: 'ignore' }] },
    release('vm'),
  ],
}

test('what another process locks counts under iommufd, and not where the process is counted', () => {
  const faults = (driver: string) => violatedBy(setupOf('on-demand-4k/hopeful', driver), ['no-shared-fault'], [hopeful])
  expect(faults('iommufd')).toEqual({ 'no-shared-fault': expect.any(Number) })
  expect([faults('compat'), faults('type1v2')]).toEqual([{}, {}])
})

test('a VMM that refuses what it cannot map holds on every driver', () => {
  for (const { name } of onDemand4k.drivers)
    expect([name, violatedBy(setupOf('on-demand-4k', name))]).toEqual([name, {}])
})
