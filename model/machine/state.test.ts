import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { initialState } from '../initial-state.js'
import { idleHost } from '../plan/idle-host.js'
import { noParts, type Part, partNames, withParts } from './parts.js'
import { presets } from './platform.js'
import { makeScope, type ScopeInput } from './scope.js'
import { frameCount, State } from './state.js'

const platform = { ...presets['linux-7.2'], ats: true, coherentPageWalk: false }
const machineOf = (parts: readonly Part[], input: ScopeInput = {}) =>
  machineFrom(must(makeScope({ pages: 8, pagesPerSuperpage: 4, ...input })), platform, withParts(...parts), idleHost)
const viewsOf = (s: State) =>
  Object.entries(s).filter(([name, view]) => name !== 'bytes' && ArrayBuffer.isView(view)) as [string, Uint8Array][]

describe.each([
  ['nothing', []],
  ['everything', partNames],
] as const)('a state with %s switched on', (_, parts) => {
  const m = machineOf(parts, {
    failures: 1,
    frames: 'pool',
    hotplug: true,
    slotChanges: true,
    lateAts: true,
    processes: true,
    secondContainer: true,
    queueErrors: 1,
    timeOuts: 1,
    truncations: 1,
    noops: true,
    implicit: 'both',
    lockedElsewhere: 1,
  })

  test('is its vector: views cover it without overlap', () => {
    const s = m.blankState()
    const spans = viewsOf(s)
      .filter(([, view]) => view.byteLength > 0)
      .map(([, view]) => [view.byteOffset, view.byteOffset + view.byteLength] as const)
      .sort(([a], [b]) => a - b)
    expect(spans[0]?.[0]).toBe(0)
    expect(spans.at(-1)?.[1]).toBe(s.bytes.length)
    for (const [index, [first]] of spans.slice(1).entries()) expect(first).toBe(spans[index]?.[1])
  })

  test('is copied by one set', () => {
    const from = initialState(m)
    const to = m.blankState()
    to.bytes.set(from.bytes)
    for (const [name, view] of viewsOf(from)) expect([name, to[name as keyof State]]).toEqual([name, view])
  })

  test('has in each byte as many bits as its field may hold, and is within them from the start', () => {
    const s = initialState(m)
    const limits = s.limits()
    expect(limits.length).toBe(Math.ceil(s.bytes.length / 4) * 4)
    expect([s.attr, s.guestView].map((view) => limits[view.byteOffset])).toEqual([1, 2])
    expect([...s.bytes].filter((byte, at) => byte >= 2 ** (limits[at] ?? 0))).toEqual([])
  })

  test('is the same bytes when it is built the same way', () => {
    expect(initialState(m).bytes).toEqual(initialState(m).bytes)
  })
})

test.each([
  ['secureEpt', ['sept', 'blockedAge', 'unflushed', 'epoch', 'vcpuTlb', 'faultGfn', 'faultShared', 'invalidating']],
  ['content', ['tag', 'poison']],
  ['walkCache', ['walkCache']],
  ['coherency', ['visiblePde', 'visiblePte']],
  ['faultCount', ['faults', 'overflow']],
  ['faultRing', ['faultRecord']],
  ['hostAccess', ['hva']],
] as const)('part %s has views of its own, which leave the vector with it', (part, names) => {
  const [on, off] = [machineOf([part]).blankState(), machineOf([]).blankState()]
  for (const name of names) expect([name, on[name].length > 0, off[name].length]).toEqual([name, true, 0])
  expect(on.bytes.length).toBeGreaterThan(off.bytes.length)
})

test('a device TLB is in the vector of a platform with ATS, whether its part was named or not', () => {
  expect(machineOf([]).blankState().devtlbKey.length).toBeGreaterThan(0)
  const scope = must(makeScope())
  expect(machineFrom(scope, presets['linux-7.2'], noParts, idleHost).blankState().devtlbKey).toHaveLength(0)
})

test('in place a page has one frame; separate it has two shared generations and a private one', () => {
  const frames = (input: ScopeInput) => frameCount(must(makeScope({ pages: 8, ...input })))
  expect(frames({ backing: 'in-place' })).toBe(8)
  expect(frames({ backing: 'separate' })).toBe(24)
  expect(frames({ backing: 'separate', frames: 'pool' })).toBe(17)
})

test('a guest of 64 GiB fits in less than a gigabyte', () => {
  const scope = must(makeScope({ pages: 2 ** 24, pagesPerSuperpage: 512 }))
  expect(new State(scope, presets['linux-7.2'], noParts, 1, false).bytes.length).toBeLessThan(2 ** 30)
})

test('frames freed while assigned are kept where a step may fail on SEV-SNP, and not elsewhere', () => {
  const freed = (name: 'sev-snp' | 'linux-7.2', failures: number) =>
    new State(must(makeScope({ failures })), presets[name], withParts('secureEpt'), 1, false).freedAssigned.length
  expect([freed('sev-snp', 0), freed('linux-7.2', 1), freed('sev-snp', 1) > 0]).toEqual([0, 0, true])
})
