import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { checkMachine } from '../../verdict.js'

const drivers = [
  ['on-demand-4k', 'type1v2'],
  ['on-demand-4k', 'iommufd'],
  ['attributes-first', 'type1v2'],
  ['on-demand-superpage', 'type1v2'],
  ['hitless-cut', 'hitless-cut'],
  ['replace-domain', 'iommufd-replace'],
] as const

const machines = (['separate', 'in-place'] as const).flatMap((backing) =>
  (['cooperative', 'arbitrary'] as const).map((guest) => [backing, guest] as const),
)

test.each(drivers)(
  'a call of %s (%s) that fails is not answerable for what another call does meanwhile',
  (design, driver) => {
    for (const [backing, guest] of machines) {
      const scope = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, failures: 1, backing, guest }
      const setup = { design, driver, lock: 'none', platform: 'tdx-2021-reading', scope } as const
      const options = { seed: 1, runs: 600, length: 120 }
      const [verdict] = must(checkMachine(setup, ['errors-as-documented'], options))
      expect(verdict).toMatchObject({ backing, verdict: 'none-found' })
    }
  },
)
