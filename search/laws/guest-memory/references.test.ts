import { expect, test } from 'vitest'
import type { Design } from '../../../designs/index.js'
import { onDemand4k } from '../../../designs/on-demand-4k.js'
import { eachMappedPage } from '../../../designs/vocabulary/loops.js'
import { chunk, page } from '../../../designs/vocabulary/ranges.js'
import { acquire, release } from '../../../designs/vocabulary/steps.js'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, scope: ScopeInput): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading inPlacePinCheck=refuse',
  scope: { pages: 2, vcpus: 1, backing: 'in-place', ...scope },
})

const right = [
  ['on-demand-4k', 'type1v2'],
  ['on-demand-4k', 'iommufd'],
  ['mirror-guest-memfd', 'kernel-mirror'],
] as const

test('a conversion that meets short references is told to retry, and ends', () => {
  for (const [design, driver] of right) expect(violatedBy(setupOf(design, driver, { references: 2 }))).toEqual({})
})

test('it never ends where a reference is never put, in 23 actions or what follows fairly from the second', () => {
  const setup = setupOf('on-demand-4k', 'type1v2', { references: 1, lasting: true })
  expect(violatedBy(setup)).toEqual({ 'conversion-ends': 23 })
  expect(checkedIn10s(setup, 'conversion-ends')).toMatchObject({ verdict: 'violated', steps: 2 })
})

test('the pin of its own mapping is a reference that stays under attributes-first', () => {
  expect(Object.keys(violatedBy(setupOf('attributes-first', 'iommufd', { references: 2 })))).toEqual([
    'conversion-ends',
  ])
})

test('a VMM that takes EAGAIN for done tells the guest so of a page that is shared', () => {
  const draft: Design = {
    ...onDemand4k,
    variant: 'draft',
    toPrivate: [
      acquire('vm'),
      { each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] },
      { call: 'set-private', on: chunk, fail: 'ignore' },
      { call: 'discard-shared', on: chunk },
      release('vm'),
    ],
  }
  const setup = setupOf('on-demand-4k/draft', 'type1v2', { references: 1 })
  const found = checkedIn10s(setup, 'conversion-ends', { own: [draft] })
  expect(found).toMatchObject({
    verdict: 'violated',
    why: expect.stringContaining('is told that a conversion is done'),
  })
})
