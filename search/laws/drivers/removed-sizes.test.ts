import { describe, expect, test } from 'vitest'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, more: MachineConfigInput['scope'] = {}): MachineConfigInput => ({
  design,
  driver,
  platform: 'linux-7.2',
  scope: { pages: 2, pagesPerSuperpage: 2, vcpus: 1, ...more },
})
const proved = ['no-private-reach', 'no-stale-frame', 'calls-as-promised', 'accounts-balance', 'single-backing']

function falls(setup: MachineConfigInput, property: string): void {
  const { verdict, steps } = checkedIn10s(setup, property)
  expect([verdict, { [property]: steps }]).toEqual(['violated', violatedBy(setup, [property])])
}

describe('a driver whose tables remove a superpage where it asks for a page', () => {
  test('leaks pins if it advances, and unpins, by what it asked for', () => {
    const scope = { teardown: false, requests: 'superpages' } as const
    falls(setupOf('on-demand-superpage/by-asked', 'type1v2-by-asked', scope), 'accounts-balance')
  })

  test('holds if it does so by what was removed', () => {
    expect(violatedBy(setupOf('on-demand-superpage/by-removed', 'type1v2-by-removed'), proved)).toEqual({})
  })

  test('has nothing to tell apart where no superpage is mapped', () => {
    const setup = setupOf('on-demand-superpage/by-asked', 'type1v2-by-asked', { start: 'private', requests: 'pages' })
    expect(violatedBy(setup, proved)).toEqual({})
  })
})

describe('a caller of version 1 of type1, which removes a mapping or nothing', () => {
  test('leaves a private page mapped if it takes success for the page', () => {
    falls(setupOf('on-demand-4k/size-ignored', 'type1v1-sized'), 'no-stale-frame')
  })

  test('holds if it looks at the size that was removed', () => {
    expect(violatedBy(setupOf('on-demand-4k/size-read', 'type1v1-sized'), proved)).toEqual({})
  })
})

describe('a driver that maps run by run', () => {
  const met = { memlockLimit: 1, start: 'private', requests: 'superpages' } as const

  test('takes the runs before out, where a limit is met in the middle of a map', () => {
    expect(violatedBy(setupOf('on-demand-superpage/by-runs', 'type1v2-by-runs', met), proved)).toEqual({})
  })

  test('is one more design that holds where no limit is met', () => {
    expect(violatedBy(setupOf('on-demand-superpage/by-runs', 'type1v2-by-runs'), proved)).toEqual({})
  })
})
