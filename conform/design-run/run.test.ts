import { describe, expect, test } from 'vitest'
import { must, problemText } from '../../base/result.js'
import type { Answer, Call } from '../protocol/messages.js'
import { type Implementation, objectTarget } from '../targets/in-process.js'
import { designWith } from '../testing/design-run.js'
import { modelHello, modelImplementation } from '../testing/model-target.js'
import { type DesignRun, runDesign } from './run.js'

type Plant = (call: Call, answer: Answer) => Answer

const asked = { runs: 8, length: 8, seed: 1, platform: 'linux-7.2' } as const

async function ran(name: string, plant?: Plant, driver?: string): Promise<DesignRun> {
  const open = objectTarget(() => modelImplementation('linux-7.2', plant))
  return must(await runDesign(open, { ...designWith(name, driver), ...asked }))
}

test('a design that is not in the catalogue is run', async () => {
  const { design, driver } = designWith('on-demand-4k')
  const open = objectTarget(() => modelImplementation('linux-7.2'))
  const run = must(await runDesign(open, { design: { ...design, name: 'mine' }, driver, ...asked, runs: 1 }))
  expect(run).toMatchObject({ interface: 'type1v2', runs: 1 })
  expect(run.divergence).toBeUndefined()
})

describe('the model as an implementation', () => {
  test.each([
    ['on-demand-superpage', 'type1v2'],
    ['on-demand-superpage', 'iommufd'],
  ])(
    'loses DMA to pages that stay shared under %s on %s, behind the unmap or the map after it',
    async (name, driver) => {
      const { counts, divergence } = await ran(name, undefined, driver)
      expect(divergence).toBeUndefined()
      expect(counts.dma.shared.blocked).toBeGreaterThan(30)
      expect(Object.keys(counts.lostBehind).sort()).toEqual(['map', 'unmap'])
      expect(counts.race.during.blocked).toBeGreaterThan(10)
      expect([counts.race.before.blocked, counts.race.after.blocked]).toEqual([0, 0])
    },
  )

  test.each([
    'on-demand-4k',
    'on-demand-4k/map-first',
    'attributes-first',
    'fd-offset',
    'replace-domain',
    'shared-alias',
    'bounce-pool',
  ])('loses none under %s', async (name) => {
    const { counts, control, divergence, replies } = await ran(name)
    expect(divergence).toBeUndefined()
    expect(counts.dma.shared).toMatchObject({ blocked: 0, elsewhere: 0 })
    expect(counts.dma.shared.arrived).toBeGreaterThan(90)
    expect(counts.race.during).toMatchObject({ blocked: 0, elsewhere: 0 })
    expect([counts.changed, counts.refused + counts.toPrivate + counts.toShared]).toEqual([0, 128])
    expect(control.dma.shared.arrived).toBeGreaterThan(90)
    expect(replies).toBeGreaterThan(400)
  })

  test.each(['pin-all', 'on-demand-4k/superpage-at-start'])(
    'lets DMA go to frames that back the page no more under %s',
    async (name) => {
      const { counts, control } = await ran(name)
      expect(counts.dma.private).toMatchObject({ arrived: 0, blocked: 0 })
      expect(counts.dma.shared.elsewhere).toBeGreaterThan(0)
      expect(control.dma.shared).toMatchObject({ blocked: 0, elsewhere: 0 })
    },
  )

  test('blocks DMA to what is private, where that is unmapped', async () => {
    const { counts } = await ran('on-demand-4k')
    expect(counts.dma.private.blocked).toBeGreaterThan(0)
    expect(counts.dma.private).toMatchObject({ arrived: 0, elsewhere: 0 })
    expect(counts.looks).toBeGreaterThan(100)
  })
})

describe('a planted fault is counted, and told as a reply that the model does not allow:', () => {
  test('DMA to a neighbour is blocked after an unmap', async () => {
    let isBehindUnmap = false
    const { counts, divergence, runs } = await ran('on-demand-4k', (call, answer) => {
      if (call.call === 'unmap') isBehindUnmap = true
      if (call.call !== 'dma-write' || call.device === 0 || !isBehindUnmap) return answer
      return { ...answer, result: 'blocked', fault: 1 }
    })
    expect(counts.dma.shared.blocked).toBeGreaterThan(0)
    expect(divergence?.sequence.calls.at(-1)?.call).toBe('dma-write')
    expect(runs).toBe(0)
  })

  test('an unmap forgets to flush', async () => {
    const { counts, divergence } = await ran('on-demand-4k', (call, answer) =>
      call.call === 'dma-write' ? { ...answer, result: 'done', fault: 0 } : answer,
    )
    expect(counts.dma.private.elsewhere).toBeGreaterThan(0)
    expect(divergence?.allowed[0]?.field).toBe('result')
    expect(divergence?.sequence.calls.map(({ call }) => call)).toEqual(['dma-write'])
  })

  test('the guest finds in a private page what it did not write', async () => {
    const { counts, divergence } = await ran('on-demand-4k', (call, answer) =>
      call.call === 'guest-read' ? { ...answer, data: 0 } : answer,
    )
    expect(counts.changed).toBeGreaterThan(0)
    expect(divergence?.sequence.calls.at(-1)?.call).toBe('guest-read')
  })
})

test('a target that dies ends the run, and that is told', async () => {
  let left = 300
  const { cut, counts } = await ran('on-demand-4k', (_, answer) => {
    left -= 1
    if (left === 0) throw new Error('the kernel panics')
    return answer
  })
  expect(cut).toContain('the kernel panics')
  expect(counts.dma.shared.arrived).toBeGreaterThan(0)
})

describe('refused with a reason:', () => {
  const refusal = async (name: string, change: Partial<Implementation['hello']>, platform = 'linux-7.2') => {
    const hello = { ...modelHello, ...change }
    const open = objectTarget(() => ({ ...modelImplementation(platform), hello }))
    const result = await runDesign(open, { ...designWith(name), ...asked, platform })
    return result.ok ? '' : problemText(result.problem)
  }

  test.each([
    ['an interface that is not offered', 'on-demand-4k', { interfaces: ['compat' as const] }, 'it offers compat'],
    ['a target that cannot see what becomes of a DMA', 'on-demand-4k', { observes: [] }, 'does not observe result'],
    ['a guest that is too small', 'on-demand-4k', { pages: 8 }, 'found 8 pages, expected at least 16'],
    [
      'a driver of its own',
      'hitless-cut',
      {},
      'not applicable: its driver hitless-cut is none of the interfaces type1, ',
    ],
    ['a backing that the platform has not', 'mirror-guest-memfd', {}, 'not applicable'],
  ])('%s', async (_, name, change, message) => {
    expect(await refusal(name, change)).toContain(message)
  })

  test('a driver that takes the steps of an interface in another order, with what to do', async () => {
    const known = designWith('on-demand-4k')
    const driver = { ...known.driver, name: 'mine' }
    const open = objectTarget(() => modelImplementation('linux-7.2'))
    const result = await runDesign(open, { ...known, driver, ...asked, platform: 'linux-7.2' })
    const text = result.ok ? '' : problemText(result.problem)
    expect(text).toContain('its driver mine is none of the interfaces')
    expect(text).toContain('it takes their steps in an order of its own')
    expect(text).toContain("list one of those among the design's, and name it by --driver")
  })

  test('a map by file on a kernel that has none, by its rule', async () => {
    expect(await refusal('fd-offset', {}, 'linux-6.12')).toContain('[iommufd.map-file/absent-6-12]')
  })
})
