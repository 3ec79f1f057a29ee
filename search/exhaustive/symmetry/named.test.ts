import { describe, expect, test } from 'vitest'
import { designs, fullName } from '../../../designs/index.js'
import { buildMachine, type MachineConfigInput } from '../../machine-config.js'
import { symmetriesOf } from './symmetry.js'

const pages = (more: MachineConfigInput['scope']): MachineConfigInput['scope'] => ({
  ...{ pages: 2, pagesPerSuperpage: 2, vcpus: 1, requests: 'pages', teardown: false },
  ...more,
})

describe('what is not interchangeable is named', () => {
  test.each([
    ['on-demand-4k', pages({ pages: 4, vcpus: 2, devices: 2 }), 'vCPUs, devices, superpages, pages of a superpage'],
    ['on-demand-4k', pages({ pages: 4, requests: 'both' }), 'not superpages: a request for two is done in order'],
    ['hitless-cut', pages({ pages: 4, teardown: true }), 'superpages, pages of a superpage'],
    ['hitless-coalesce', pages({}), 'pages of a superpage'],
    ['on-demand-4k/superpage-at-start', pages({}), 'pages of a superpage'],
    ['on-demand-4k', pages({ frames: 'pool' }), 'a common pool gives out its frames in order'],
    ['on-demand-4k', pages({ endsAtTop: true }), 'the last one ends at the top of the address space'],
    ['on-demand-4k', pages({ devicePages: 1 }), 'some are memory of a device'],
    ['on-demand-4k', pages({ calls: true }), 'raw calls take any range'],
    ['on-demand-4k', pages({ devices: 2, units: 2 }), 'not devices: each unit has one'],
    ['punch-holes', pages({}), 'slots are counted by the holes beside them'],
    ['bounce-pool', pages({}), 'the guest asks for the first superpage at boot'],
    ['replace-domain', pages({ devices: 2 }), 'not devices: a plan takes them one after the other'],
    ['replace-domain', pages({ pages: 4 }), 'a plan walks them in order (each other pinned page of all pages)'],
    ['on-demand-superpage', pages({ pages: 4 }), 'not pages of a superpage: a plan walks them in order'],
  ] as const)('%s, %o: %s', (design, scope, words) => {
    const driver = designs.find((one) => fullName(one) === design)?.drivers[0].name ?? ''
    const opened = buildMachine({ design, driver, platform: 'tdx-2021-reading', scope })
    if (!opened.ok) throw new Error(opened.problem.message)
    expect(symmetriesOf(opened.value.machine, opened.value.host).label).toContain(words)
  })
})
