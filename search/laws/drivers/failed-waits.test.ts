import { describe, expect, test } from 'vitest'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (variant: string, scope: ScopeInput, platform = 'tdx-2021-reading ats=true'): MachineConfigInput => ({
  design: variant === '' ? 'on-demand-4k' : `on-demand-4k/${variant}`,
  driver: variant === '' ? 'type1v2' : `type1v2-${variant}`,
  platform,
  scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 1, queueErrors: 0, ...scope },
})

describe.each<[string, ScopeInput, string]>([
  ['flush-errors-ignored', { queueErrors: 1 }, 'no-stale-frame'],
  ['flush-errors-ignored', { timeOuts: 1 }, 'no-stale-frame'],
  ['flush-errors-ignored', { timeOuts: 1, backing: 'in-place' }, 'no-private-reach'],
  ['flush-by-one-word', { queueErrors: 1 }, 'no-stale-frame'],
  ['', { queueErrors: 1 }, 'no-stale-frame'],
])('on-demand-4k/%s with %o', (variant, scope, property) => {
  test(`violates ${property}: found in 10 s, and shrunk to as few actions as there can be`, () => {
    const setup = setupOf(variant, scope)
    const { verdict, steps } = checkedIn10s(setup, property)
    expect([verdict, { [property]: steps }]).toEqual(['violated', violatedBy(setup, [property])])
  })
})

test.each<[string, ScopeInput]>([
  ['flush-repeated', { queueErrors: 1 }],
  ['flush-repeated', { timeOuts: 1 }],
  ['', { timeOuts: 1 }],
])(
  'on-demand-4k/%s, which queues all again, holds in every state with %o',
  (variant, scope) => {
    expect(violatedBy(setupOf(variant, { ...scope, pages: 2, pagesPerSuperpage: 2, requests: 'pages' }))).toEqual({})
    const two = setupOf(variant, { ...scope, units: 2, devices: 2 })
    expect(violatedBy(two, ['no-stale-frame', 'accounts-balance', 'conversion-ends'])).toEqual({})
  },
  60_000,
)
