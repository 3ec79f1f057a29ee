import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { type Answer, type Call, type InterfaceName, noLimits, observationNames } from '../protocol/messages.js'
import { check, OracleCache } from './check.js'

const map = (iovfn: number, count = 1): Call => {
  return { call: 'map', iovfn, page: iovfn, count, permissions: 3, flaw: 'none' }
}
const punch: Call = { call: 'punch-hole', page: 0, count: 1 }
const hostRead: Call = { call: 'host-read', page: 0 }
const dmaRead: Call = { call: 'dma-read', device: 0, iovfn: 0 }
const guestRead: Call = { call: 'guest-read', page: 0 }
const unmap: Call = { call: 'unmap', iovfn: 0, count: 1, flaw: 'none' }
const toPrivate: Call = { call: 'convert', page: 0, count: 1, to: 'private' }

/** The rules named where every reply is right but for one field of the last. */
function rulesOf(
  on: InterfaceName,
  calls: readonly Call[],
  field: 'data' | 'pins' | 'locked' | 'stray' | 'unmapped',
  kvm: 0 | 1 = 0,
) {
  const setting = { interface: on, kvm, pages: 4, superpage: 2, devices: 1, ...noLimits, memlock: 2 } as const
  const oracle = must(new OracleCache(['linux-7.2']).open(setting))
  const answers: Answer[] = [{ outcome: 'ok' }]
  for (const call of calls) {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions)
    answers.push(predictions[0]?.answer ?? { outcome: 'none' })
  }
  const last = answers.at(-1) as Answer
  const wrong = answers.with(-1, { ...last, [field]: Number(last[field]) + 1 })
  const found = check(oracle, { from: 'a test', setting, calls }, { answers: wrong, promised: observationNames })
  expect(found?.allowed[0]?.field).toBe(field)
  return found?.allowed[0]?.rules.map(({ id }) => id)
}

describe('the reason why a value is wrong depends on whose side of the page was read', () => {
  test('of a page that no mapping pins, no rule about pins is named', () => {
    expect(rulesOf('type1v2', [hostRead], 'data')).toEqual([
      'kvm.host-memory/touch-allocates',
      'vtd.faults/blocked-never-completes',
    ])
  })

  test('the host reads where the device writes, until a hole is punched', () => {
    expect(rulesOf('type1v2', [map(0), hostRead], 'data')).toEqual([
      'vtd.translation/second-stage-walk',
      'vfio.accounting/pin-keeps-page',
    ])
    expect(rulesOf('type1v2', [map(0), punch, hostRead], 'data')).toEqual([
      'kvm.host-memory/punch-orphans',
      'kvm.host-memory/touch-allocates',
    ])
  })

  test('the device keeps what was punched, by the pins of its own interface', () => {
    const calls = [map(0), punch, dmaRead]
    expect(rulesOf('type1v2', calls, 'data')).toContain('vfio.accounting/pin-keeps-page')
    expect(rulesOf('iommufd', calls, 'data')).toContain('kvm.host-memory/pin-holds-frame')
  })

  test('the guest reads by its attribute', () => {
    expect(rulesOf('iommufd', [guestRead], 'data', 1)).toContain('kvm.fault/shared-by-hva')
    expect(rulesOf('iommufd', [toPrivate, guestRead], 'data', 1)).toContain('kvm.fault/allocates-private')
  })
})

describe('the reason why the pins are wrong depends on the call', () => {
  test.each([
    ['type1v2', [map(0)], 'vfio.map/pins-before-entries'],
    ['type1v2', [map(0, 3)], 'vfio.map/rollback'],
    ['type1v2', [map(0), unmap], 'vfio.removal/unpin-after-sync'],
    ['iommufd', [map(0)], 'iommufd.domains/pinned-once'],
    ['iommufd', [map(0, 3)], 'iommufd.map/rollback'],
    ['iommufd', [map(0), unmap], 'iommufd.unmap/clear-flush-unpin'],
  ] as const)('%s, %j', (on, calls, rule) => {
    expect(rulesOf(on, calls, 'pins')).toEqual([rule])
  })
})

test('an unmap that says less than it removed is judged by what its call promises', () => {
  const both: Call = { call: 'unmap', iovfn: 0, count: 2, flaw: 'none' }
  const mapped = [map(0), map(1)]
  expect(rulesOf('type1v2', [...mapped, both], 'unmapped')?.[0]).toBe('vfio.unmap/superset')
  for (const on of ['iommufd', 'iommufd-file', 'iommufd-replace'] as const) {
    expect(rulesOf(on, [...mapped, both], 'unmapped')?.[0]).toBe('iommufd.unmap/superset')
  }
  expect(rulesOf('iommufd', [...mapped, { call: 'unmap-all' }], 'unmapped')).toEqual(['iommufd.unmap/everything'])
})

test('a write to free memory is accused by what keeps a frame from being free while a device reaches it', () => {
  const calls: Call[] = [map(0), unmap, { call: 'close' }]
  expect(rulesOf('type1v2', calls, 'stray')).toContain('vfio.removal/unpin-after-sync')
  expect(rulesOf('iommufd', calls, 'stray')).toContain('iommufd.unmap/clear-flush-unpin')
})

describe('of a page table, the reason names what calls before it did', () => {
  const mapAt = (iovfn: number, count: number, permissions = 3): Call => {
    return { call: 'map', iovfn, page: iovfn, count, permissions, flaw: 'none' }
  }
  const setting = {
    interface: 'page-table',
    kvm: 0,
    pages: 8,
    superpage: 4,
    devices: 1,
    domains: 2,
    ...noLimits,
  } as const
  const write: Call = { call: 'dma-write', device: 0, iovfn: 0, value: 1 }

  /** The rules where the last DMA was answered the other way round. */
  function rulesAgainst(platform: string, ...calls: readonly Call[]) {
    const oracle = must(new OracleCache([platform]).open(setting))
    const answers: Answer[] = [{ outcome: 'ok' }]
    for (const call of calls) {
      const predictions = oracle.predict(call)
      oracle.commit(predictions, predictions)
      answers.push(predictions[0]?.answer ?? { outcome: 'none' })
    }
    const last = answers.at(-1) as Answer
    const wrong =
      last.unmapped === undefined
        ? { ...last, result: last.result === 'done' ? ('blocked' as const) : ('done' as const) }
        : { ...last, unmapped: last.unmapped + 1 }
    const seen = { answers: answers.with(-1, wrong), promised: observationNames }
    const found = check(oracle, { from: 'a test', setting, calls }, seen)
    return found?.allowed[0]?.rules.map(({ id }) => id) ?? []
  }

  test.each<[string, string, string | undefined, readonly Call[]]>([
    [
      'a superpage over small leaves',
      'linux-6.12',
      'vtd.superpage/map-replaces-6-12',
      [mapAt(0, 1, 1), mapAt(0, 4), write],
    ],
    [
      'a small leaf over another',
      'linux-6.12',
      'vtd.superpage/map-over-leaf-6-12',
      [mapAt(0, 1), mapAt(0, 1, 1), write],
    ],
    ['a map that was refused', 'linux-7.2', 'vtd.superpage/map-undone-7-2', [mapAt(1, 1), mapAt(0, 2), write]],
    ['a superpage and nothing under it', 'linux-6.12', undefined, [mapAt(0, 4), write]],
    [
      'a device that leaves behind what it used',
      'linux-7.2',
      'vtd.domains/leave-flushes',
      [mapAt(0, 1), write, { call: 'replace', device: 0, domain: 1 }, write],
    ],
    [
      'a device that is replaced, and was not at the page before',
      'linux-7.2',
      'vtd.domains/replace-moves',
      [mapAt(0, 1), { call: 'replace', device: 0, domain: 1 }, write],
    ],
    [
      'an unmap where there was no superpage',
      'linux-7.2',
      'vtd.superpage/unmap-stops-at-hole-7-2',
      [mapAt(0, 1), { call: 'unmap', iovfn: 0, count: 1, flaw: 'none' }],
    ],
    [
      'an unmap of a part of a superpage',
      'linux-7.2',
      'vtd.superpage/unmap-starts-inside',
      [mapAt(0, 4), { call: 'unmap', iovfn: 1, count: 1, flaw: 'none' }],
    ],
  ])('%s', (_, platform, first, calls) => {
    const rules = rulesAgainst(platform, ...calls)
    if (first !== undefined) expect(rules[0]).toBe(first)
    else expect(rules.some((id) => id.startsWith('vtd.superpage/') || id === 'vtd.domains/leave-flushes')).toBe(false)
    expect(rules.length).toBeGreaterThan(0)
  })
})
