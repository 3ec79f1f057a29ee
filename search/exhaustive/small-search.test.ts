import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { type Design, type Driver, findDesign } from '../../designs/index.js'
import type { Plan } from '../../model/plan/plan.js'
import { withDesigns } from '../catalogue/catalogue.js'
import { searchSmall, smallSetup } from './small-search.js'

const bounds = { states: 40_000, seconds: 60 }
const raw = { calls: true, start: 'private', failures: 3 } as const
const setup = { design: 'on-demand-4k', driver: 'type1v2', scope: raw, platform: 'tdx-2021-reading' } as const

/** The design with a driver whose unmap has another body. */
function withUnmap(change: (body: Plan) => Plan): Design {
  const design = findDesign('on-demand-4k')
  const driver: Driver | undefined = design?.drivers.find(({ name }) => name === 'type1v2')
  if (design === undefined || driver === undefined) throw new Error('no on-demand-4k with type1v2')
  return {
    ...design,
    name: 'mine',
    drivers: [{ ...driver, unmap: { ...driver.unmap, body: change(driver.unmap.body) } }],
  }
}

/** The same, with each pinned page pinned once more where it should be let go. */
function pinning(node: Plan[number]): Plan[number] {
  if ('body' in node) return { ...node, body: node.body.map(pinning) }
  return 'row' in node && node.row === 'mm.unpin-page' ? { ...node, row: 'mm.pin-page' } : node
}

describe('the small search that goes before the random runs', () => {
  test('is of the same machine with one superpage, one vCPU, one failure at most, and no teardown', () => {
    const { scope } = smallSetup({ ...setup, scope: { ...raw, pages: 8, pagesPerSuperpage: 4, vcpus: 3, devices: 2 } })
    expect(scope).toEqual({
      ...raw,
      pages: 4,
      pagesPerSuperpage: 4,
      vcpus: 1,
      devices: 2,
      failures: 1,
      teardown: false,
    })
  })

  test('has two pages, each with a table of its own, where a superpage is one page', () => {
    expect(smallSetup({ ...setup, scope: { ...raw, pages: 4, pagesPerSuperpage: 1 } }).scope.pages).toBe(2)
    expect(smallSetup({ ...setup, scope: { ...raw, pages: 1, pagesPerSuperpage: 1 } }).scope.pages).toBe(1)
  })

  test('finds nothing in raw calls of a correct driver', () => {
    expect(must(searchSmall(setup, ['no-stale-frame', 'accounts-balance'], bounds))).toEqual([])
  })

  test('finds a fault of the driver in raw calls, with a shortest run that replays', () => {
    const mine = withUnmap((body) => body.map(pinning))
    const found = must(
      searchSmall({ ...setup, design: 'mine' }, ['no-stale-frame', 'accounts-balance'], bounds, withDesigns(mine)),
    )
    expect(found.map(({ verdict }) => verdict)).toContain('violated')
    expect(found[0]?.trace?.steps.length).toBe(found[0]?.steps)
  })

  test('asks nothing where only loops are asked for', () => {
    expect(must(searchSmall(setup, ['conversion-ends'], bounds))).toEqual([])
  })
})
