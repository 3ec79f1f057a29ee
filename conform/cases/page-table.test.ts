/** @module-tag long */
import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { Oracle } from '../oracle/oracle.js'
import type { Call } from '../protocol/messages.js'
import { conform } from '../runner/run.js'
import { objectTarget } from '../targets/in-process.js'
import { modelHello, modelImplementation } from '../testing/model-target.js'
import { pageTableSetting as setting } from '../testing/page-table-setting.js'
import { containerCases } from './container.js'

/** How many pages an unmap removes from two superpages, or from one behind a hole of four pages. */
function unmapped(platform: string, iovfn: number, count: number, mapped: 'all' | 'the second' = 'all'): unknown {
  const oracle = must(Oracle.open(setting, [platform]))
  const first = mapped === 'all' ? 0 : 4
  const calls: Call[] = [
    { call: 'map', iovfn: first, page: first, count: 8 - first, permissions: 3, flaw: 'none' },
    { call: 'unmap', iovfn, count, flaw: 'none' },
  ]
  const answers = calls.map((call) => {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions)
    expect(predictions).toHaveLength(1)
    return predictions[0]?.answer
  })
  return answers[1]?.unmapped
}

const refuse = 'linux-7.2 partialUnmap=refuse'

test.each([
  ['begins inside a superpage', 1, 3, 0, 0],
  ['begins inside one and extends over the next', 1, 7, 0, 0],
  ['ends inside a superpage', 0, 2, 4, 0],
  ['takes one and ends inside the next', 0, 6, 8, 4],
  ['takes both', 0, 8, 8, 8],
])('an unmap that %s', (_, iovfn, count, enlarged, refused) => {
  expect([unmapped('linux-7.2', iovfn, count), unmapped(refuse, iovfn, count)]).toEqual([enlarged, refused])
})

test.each([
  ['meets a hole', 0, 8, 0, 8],
  ['begins and ends inside a hole', 1, 1, 0, 4],
  ['begins inside a hole and ends inside a superpage', 1, 6, 0, 6],
])('an unmap that %s ends there on Linux 7.2, and counts it on 6.12', (_, iovfn, count, stopped, passed) => {
  const found = ['linux-7.2', 'linux-6.12'].map((platform) => unmapped(platform, iovfn, count, 'the second'))
  expect(found).toEqual([stopped, passed])
})

test('a table that refuses a part of a superpage conforms to its own platform, and to no other', async () => {
  const open = objectTarget(() => modelImplementation(refuse))
  const judged = async (platform: string) =>
    must(await conform(open, { interface: 'page-table', runs: 300, seed: 7, platforms: [platform] })).divergences
  expect(await judged(refuse)).toEqual([])
  const [first] = await judged('linux-7.2')
  expect(first?.divergence.allowed[0]?.field).toBe('unmapped')
  expect(first?.divergence.allowed[0]?.rules.map(({ id }) => id)).toEqual([
    'vtd.superpage/unmap-starts-inside',
    'vtd.superpage/unmap-ends-inside',
    'vtd.superpage/unmap-stops-at-hole-7-2',
  ])
})

describe('the fixed list alone finds a page table', () => {
  test.each([
    ['that skips a hole', 'linux-7.2 unmapAtHole=skip-enlarged', 'unmap'],
    ['that keeps the superpage in which an unmap ends', refuse, 'unmap'],
    ['that keeps the leaf over which it maps', 'linux-7.2 mapOverLeaf=replace-large', 'map'],
  ])('%s', async (_, platform, call) => {
    const open = objectTarget(() => modelImplementation(platform))
    const asked = { interface: 'page-table', runs: 0, seed: 1, platforms: ['linux-7.2'] } as const
    const found = must(await conform(open, asked)).divergences.map(({ divergence }) => divergence.sequence)
    expect(found.map(({ calls }) => calls.at(-1)?.call)).toContain(call)
    expect(found.map(({ from }) => from.startsWith(`boundary ${call}: from `))).toContain(true)
  })
})

test.each(['1', '2', '4', '16'])(
  'the fixed list of page tables with superpages of %s is right by the model',
  async (size) => {
    const make = () => ({ ...modelImplementation('linux-7.2'), hello: { ...modelHello, superpages: size } })
    const report = must(await conform(objectTarget(make), { interface: 'page-table', runs: 0, seed: 1 }))
    expect([report.divergences, report.cut]).toEqual([[], undefined])
    const testTarget = { hello: make().hello, interface: 'page-table', kvm: false } as const
    const names = containerCases(testTarget).sequences.map(({ from }) => from)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(30)
  },
)
