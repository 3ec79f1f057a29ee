import { describe, expect, test } from 'vitest'
import type { ScopeInput } from '../../../model/machine/scope.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'

const setupOf = (design: string, driver: string, scope: ScopeInput): MachineConfigInput => ({
  design,
  driver,
  platform: 'tdx-2021-reading',
  scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 1, ...scope },
})
const proved = ['no-private-reach', 'no-stale-frame', 'calls-as-promised', 'accounts-balance', 'single-backing']

function falls(setup: MachineConfigInput, property: string): void {
  const { verdict, steps } = checkedIn10s(setup, property)
  expect([verdict, { [property]: steps }]).toEqual(['violated', violatedBy(setup, [property])])
}

describe('two containers over the same memory', () => {
  const both = { secondContainer: true } as const

  test('hold a pin each, and a page becomes private once both have unmapped it', () => {
    for (const backing of ['separate', 'in-place'] as const) {
      for (const more of [{}, { vcpus: 2 }, { pages: 2, pagesPerSuperpage: 2 }]) {
        const setup = setupOf('on-demand-4k/two-containers', 'type1v2', { ...both, ...more, backing })
        expect([backing, more, violatedBy(setup, proved)]).toEqual([backing, more, {}])
      }
    }
  })

  test('a VMM that forgets the second leaves its device at the page', () => {
    falls(setupOf('on-demand-4k/second-forgotten', 'type1v2', both), 'no-stale-frame')
    falls(setupOf('on-demand-4k/second-forgotten', 'type1v2', { ...both, backing: 'in-place' }), 'no-private-reach')
  })

  test('an unmap in one that drops the pin of the other is found', () => {
    const setup = setupOf('on-demand-4k/pins-dropped', 'type1v2-dropping-pins', { ...both, teardown: false })
    falls(setup, 'accounts-balance')
    falls(setup, 'no-stale-frame')
  })
})

describe('a VMM that becomes another process', () => {
  const processes = { processes: true } as const

  test('has its old mappings charged to the old one, with every driver', () => {
    for (const driver of ['type1v2', 'iommufd', 'compat', 'type1v1']) {
      for (const more of [{}, { memlockLimit: 1 }, { vcpus: 2 }, { pages: 2, pagesPerSuperpage: 2 }]) {
        const setup = setupOf('on-demand-4k', driver, { ...processes, ...more })
        expect([driver, more, violatedBy(setup, proved)]).toEqual([driver, more, {}])
      }
    }
  })

  test('lowers the wrong account if an unmap lowers that of its caller', () => {
    falls(
      setupOf('on-demand-4k/caller-charged', 'type1v2-charging-caller', { ...processes, teardown: false }),
      'accounts-balance',
    )
    expect(violatedBy(setupOf('on-demand-4k/caller-charged', 'type1v2-charging-caller', {}), proved)).toEqual({})
  })
})
