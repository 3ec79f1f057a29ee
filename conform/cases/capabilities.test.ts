import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { OracleCache } from '../oracle/check.js'
import { type Call, capabilityNames, type Hello, noLimits } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { TestTarget } from '../protocol/setting.js'
import type { Report } from '../runner/report.js'
import { conform } from '../runner/run.js'
import { objectTarget } from '../targets/in-process.js'
import { modelHello, modelImplementation } from '../testing/model-target.js'
import { canBeAsked, whyNotAsked } from './capabilities.js'
import { CaseQueue } from './case-queue.js'
import { containerCases } from './container.js'

const map: Call = { call: 'map', iovfn: 0, page: 0, count: 4, permissions: 3, flaw: 'none' }
const onTable: Sequence['setting'] = {
  interface: 'page-table',
  kvm: 0,
  pages: 8,
  superpage: 4,
  devices: 1,
  ...noLimits,
}
const beside: Sequence['setting'] = { ...onTable, interface: 'iommufd' }

describe('a sequence cannot be asked of an implementation without', () => {
  test.each<[why: string, has: Partial<Hello>, setting: Partial<Sequence['setting']>, call?: Call]>([
    ['the interface iommufd', { interfaces: ['compat'] }, {}],
    ['the interface kvm', { interfaces: ['iommufd'] }, { kvm: 1 }],
    ['8 pages; there are 6', { pages: 6 }, {}],
    ['2 devices; there are 1', { devices: 1 }, { devices: 2 }],
    ['2 vCPUs; there are 1', { vcpus: 1 }, { vcpus: 2 }],
    ['superpages of 4 pages; there are 1', { superpages: '1' }, { interface: 'page-table' }],
    ['superpages of 4 pages; there are 512', { superpages: '512' }, { interface: 'page-table' }],
    ['a limit of entries', { limits: ['memlock'] }, { entries: 2 }],
    ['a limit of locked pages', { limits: ['entries'] }, { memlock: 2 }],
    ['the flaw wraps', { flaws: ['empty'] }, {}, { ...map, flaw: 'wraps' }],
    ['9 pages in a container; it has 8', {}, {}, { ...map, iovfn: 5, page: 5 }],
    ['memory that is observed', { observes: ['result'] }, { interface: 'page-table' }, { call: 'host-read', page: 0 }],
    ['the call tdh.mem.sept.rd', { observes: [] }, { interface: 'sept' }, { call: 'tdh.mem.sept.rd', page: 0 }],
  ])('%s', (why, has, setting, call = map) => {
    const sequence = { setting: { ...beside, ...setting }, calls: [map, call] }
    expect(whyNotAsked({ ...modelHello, ...has }, sequence)?.message).toContain(`it needs ${why}`)
    expect(canBeAsked({ ...modelHello, ...has }, sequence)).toBe(false)
  })

  test.each<[why: string, setting: Partial<Sequence['setting']>, call: Call]>([
    ['flaw: found guest-memfd', {}, { ...map, flaw: 'guest-memfd' }],
    ['call: found guest-read', {}, { call: 'guest-read', page: 0 }],
    ['call: found unmap-all', { interface: 'page-table' }, { call: 'unmap-all' }],
  ])('an interface that has it: %s', (why, setting, call) => {
    expect(whyNotAsked(modelHello, { setting: { ...beside, ...setting }, calls: [map, call] })?.message).toContain(why)
  })
})

test('the superpages of a kernel are its own, whatever a saved run had', () => {
  expect(whyNotAsked({ ...modelHello, superpages: '512' }, { setting: beside, calls: [map] })).toBeUndefined()
})

const hellos: readonly Partial<Hello>[] = [
  {},
  { pages: 5 },
  { pages: 12, devices: 1, flaws: ['wraps'], limits: [], observes: ['result'] },
  { superpages: '1 512', vcpus: 1 },
  { superpages: '512' },
]

describe.each(capabilityNames)('what a run asks by itself on %s', { tags: 'long' }, (asked) => {
  test.each(hellos)('can be asked of an implementation with %o', (has) => {
    const hello = { ...modelHello, ...has }
    const testTarget: TestTarget = { hello, interface: asked === 'kvm' ? 'iommufd' : asked, kvm: asked === 'kvm' }
    const oracles = new OracleCache(['linux-7.2'])
    const source = new CaseQueue(testTarget, oracles, { saved: [], seed: 1, runs: 20, length: 20 })
    const turns = source.turns()
    const all = Array.from({ length: source.total }, () => turns.take()).filter((one) => one !== undefined)
    expect(all.length).toBeGreaterThan(20)
    expect(all.filter((one) => !canBeAsked(hello, one) || !oracles.open(one.setting).ok)).toEqual([])
  })
})

/** A run on a right implementation, with what was kept of others. */
async function run(has: Partial<Hello>, on: 'page-table' | 'iommufd', saved: readonly Sequence[]): Promise<Report> {
  const make = () => ({ ...modelImplementation('linux-7.2'), hello: { ...modelHello, ...has } })
  return must(await conform(objectTarget(make), { interface: on, runs: 5, seed: 1, saved }))
}
const kept = (setting: Partial<Sequence['setting']>, calls: readonly Call[] = [map]): Sequence => {
  return { from: 'kept.ndjson', setting: { ...beside, ...setting }, calls }
}

test('what diverged on another implementation is not asked of one that cannot be, and the report says so', async () => {
  const whole = await run({ superpages: '1' }, 'page-table', [kept({ interface: 'page-table' })])
  expect(whole.refused).toEqual([{ file: 'kept.ndjson', why: expect.stringContaining('superpages of 4') }])
  expect(whole.divergences).toEqual([])
})

test('what diverged beside a virtual machine is not asked without one', async () => {
  const guest: Call = { call: 'guest-read', page: 0 }
  const { divergences, refused, cut } = await run({ interfaces: ['iommufd'] }, 'iommufd', [kept({ kvm: 1 }, [guest])])
  expect([divergences, refused, cut]).toEqual([[], [], undefined])
})

test('a kept setting that does not open is refused by name, and the run continues', async () => {
  const { refused, sequences } = await run({ pages: 4096 }, 'iommufd', [kept({ pages: 4000 }), kept({ superpage: 3 })])
  expect(refused.map(({ why }) => why)).toEqual([
    expect.stringContaining('scope.pages: found 4000'),
    expect.stringContaining('scope.pagesPerSuperpage: found 3'),
  ])
  expect(sequences).toBeGreaterThan(100)
})

test('an implementation with a number of pages that no superpage divides is asked with fewer', async () => {
  const { divergences, sequences } = await run({ pages: 5 }, 'iommufd', [])
  expect(divergences).toEqual([])
  expect(sequences).toBeGreaterThan(20)
})

test('cases of the fixed list that an implementation cannot be asked are counted, by reason', () => {
  const ask = (has: Partial<Hello>) =>
    containerCases({ hello: { ...modelHello, ...has }, interface: 'type1v2', kvm: false })
  const { cases, sequences, leftOut } = ask({ pages: 8, flaws: [] })
  expect(leftOut.map(({ why }) => why)).toContain('it needs the flaw wraps')
  expect(leftOut.map(({ why }) => why)).toContain('it needs 10 pages in a container; it has 8')
  expect(leftOut.reduce((sum, one) => sum + one.cases, sequences.length)).toBe(cases)
  expect(ask({}).leftOut).toEqual([])
  expect(ask({ pages: 12 }).sequences.length).toBeGreaterThan(ask({ pages: 8 }).sequences.length)
})
