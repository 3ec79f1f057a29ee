import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { catalogueFolder } from '../../../litmus/catalogue.js'
import { OracleCache } from '../../oracle/check.js'
import { isSame } from '../../oracle/oracle.js'
import type { Hello, InterfaceName } from '../../protocol/messages.js'
import type { TestTarget } from '../../protocol/setting.js'
import { conform } from '../../runner/run.js'
import { objectTarget } from '../../targets/in-process.js'
import { modelHello, modelImplementation } from '../../testing/model-target.js'
import { litmusCases } from './index.js'
import { maxOrders } from './interleave.js'

const files = readdirSync(catalogueFolder).filter((name) => name.endsWith('.litmus'))
const ask = (on: InterfaceName | 'kvm', hello: Partial<Hello> = {}): TestTarget => ({
  hello: { ...modelHello, ...hello },
  interface: on === 'kvm' ? 'iommufd' : on,
  kvm: on === 'kvm',
})
const everywhere = ['type1', 'type1v2', 'iommufd', 'compat', 'page-table', 'sept', 'kvm'] as const
const fileOf = (from: string): string => /^litmus (.*): order/.exec(from)?.[1] ?? ''
const saidOn = (testTarget: TestTarget): string[] => [
  ...new Set(litmusCases(testTarget).sequences.map(({ from }) => fileOf(from))),
]

/** Tests that no call expresses: steps inside calls, memory in place, and hardware. */
const beyond = [
  /^it is about memory in place/,
  /^(iommu|vfio|kvm|iommufd|mm)\.[\w.-]+ is no call of/,
  /^a DMA to an address outside/,
  /^it has no host on/,
  // Of type1v1-sized it is the VMM that differs, which no interface is about.
  /^it is about the driver (iommufd-file|type1v1-sized)$/,
]

describe.each(everywhere)('the litmus catalogue on %s', (on) => {
  const { sequences, unsaid, files: count } = litmusCases(ask(on))

  test('is said, or listed with the reason, file by file', () => {
    const listed = unsaid.map(({ file }) => file)
    expect(count).toBe(files.length)
    expect([...saidOn(ask(on)), ...listed].sort()).toEqual([...files].sort())
    expect(unsaid.filter(({ why }) => why === '')).toEqual([])
  })

  test('has some tests, each in orders that differ', () => {
    expect(sequences.length).toBeGreaterThan(20)
    const calls = sequences.map(({ from, calls }) => `${fileOf(from)} ${JSON.stringify(calls)}`)
    expect(new Set(calls).size).toBe(calls.length)
    for (const file of saidOn(ask(on))) {
      expect(sequences.filter(({ from }) => fileOf(from) === file).length).toBeLessThanOrEqual(maxOrders)
    }
  })
})

test('what is said nowhere is beyond every interface', () => {
  const said = new Set(everywhere.flatMap((on) => saidOn(ask(on))))
  const nowhere = files.filter((file) => !said.has(file))
  const cases = everywhere.map((on) => litmusCases(ask(on)))
  const reasons = nowhere.map((file) => {
    const all = cases.map(({ unsaid }) => unsaid.find((one) => one.file === file)?.why ?? '')
    return [file, all.some((why) => beyond.some((known) => known.test(why)))]
  })
  expect(reasons.filter(([, isBeyond]) => isBeyond !== true)).toEqual([])
  expect(files.length - nowhere.length).toBeGreaterThanOrEqual(45)
})

test('a plan by design is its interface calls, and a device comes in between any two of them', () => {
  const { sequences } = litmusCases(ask('iommufd'))
  const mine = sequences.filter(({ from }) => fileOf(from) === 'superpage-unshare-one-page.litmus')
  const heads = mine.map(({ calls }) => calls.slice(1, 5).map(({ call }) => call))
  expect(heads.sort()).toEqual(
    [
      ['dma-write', 'unmap', 'map', 'punch-hole'],
      ['unmap', 'dma-write', 'map', 'punch-hole'],
      ['unmap', 'map', 'dma-write', 'punch-hole'],
      ['unmap', 'map', 'punch-hole', 'dma-write'],
    ].sort(),
  )
})

test('an await holds a thread back, and a lock another conversion', () => {
  const { sequences } = litmusCases(ask('type1v2'))
  const of = (file: string) => sequences.filter(({ from }) => fileOf(from) === file).length
  expect(of('punch-holes-window.litmus')).toBe(1)
  expect(of('two-conversions-with-lock.litmus')).toBe(2)
  expect(of('two-conversions-without-lock.litmus')).toBeGreaterThan(2)
})

test('beside KVM a conversion sets attributes and frees guest_memfd, too', () => {
  const { sequences } = litmusCases(ask('kvm'))
  const [first] = sequences.filter(({ from }) => fileOf(from) === '4k-unshare-one-page.litmus')
  expect(first?.calls.map(({ call }) => call)).toEqual(
    expect.arrayContaining(['set-attributes', 'unmap', 'punch-hole']),
  )
})

test('an implementation is not asked for more pages, devices or limits than it has', () => {
  const small = litmusCases(ask('type1v2', { pages: 4, devices: 1, limits: [] }))
  expect(small.sequences.every(({ setting }) => setting.pages <= 4 && setting.entries === 65_535)).toBe(true)
  const reasons = small.unsaid.map(({ why }) => why)
  expect(reasons.some((why) => why.startsWith('it needs'))).toBe(true)
  expect(reasons).toContain('it limits the entries, which cannot be set')
})

/** Whether some order of a test is answered so, at its last call of a kind. */
function answers(on: InterfaceName, file: string, call: string, outcome: string): boolean {
  const oracles = new OracleCache(['linux-7.2'])
  return litmusCases(ask(on))
    .sequences.filter(({ from }) => fileOf(from) === file)
    .some(({ setting, calls }) => {
      const oracle = must(oracles.open(setting))
      return calls.some((one) => {
        const predictions = oracle.predict(one)
        const [first] = predictions
        oracle.commit(
          predictions,
          predictions.filter(({ answer }) => first !== undefined && isSame(answer, first.answer)),
        )
        return one.call === call && (first?.answer.outcome === outcome || first?.answer.result === outcome)
      })
    })
}

test('what a test is about is met by its sequences', () => {
  expect(answers('type1v2', 'entry-limit.litmus', 'map', 'ENOSPC')).toBe(true)
  expect(answers('iommufd', 'unmap-partial-iommufd.litmus', 'unmap', 'ENOENT')).toBe(true)
  expect(answers('iommufd', 'superpage-unshare-one-page.litmus', 'dma-write', 'blocked')).toBe(true)
  expect(answers('sept', 'page-remove-without-kick.litmus', 'tdh.mem.page.remove', 'TDX_TLB_TRACKING_NOT_DONE')).toBe(
    true,
  )
  expect(answers('sept', 'track-twice-without-kick.litmus', 'tdh.mem.track', 'TDX_PREVIOUS_TLB_EPOCH_BUSY')).toBe(true)
  expect(answers('sept', 'accept-without-page.litmus', 'tdg.mem.page.accept', 'EPT_VIOLATION')).toBe(true)
})

test('a fault that only a test of the catalogue meets is found by it, between the fixed list and chance', async () => {
  const make = () => {
    let before = ''
    return modelImplementation('linux-7.2', ({ call }, answer) => {
      const isMet = call === 'punch-hole' && before === 'host-read'
      before = call
      return isMet ? { outcome: 'EBUSY' } : answer
    })
  }
  const { divergences } = must(await conform(objectTarget(make), { interface: 'iommufd', runs: 0, seed: 1 }))
  const [found, ...more] = divergences.map(({ divergence }) => divergence.sequence)
  expect(more).toEqual([])
  expect(found?.from).toBe('litmus host-touches-separate-backing.litmus: order 2 of 3')
  expect(found?.calls.map(({ call }) => call)).toEqual(['host-read', 'punch-hole'])
})
