import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import type { Part } from '../../../model/machine/parts.js'
import type { ScopeInput } from '../../../model/machine/scope.js'
import { oneTrustedDevice } from '../../compare/trusted-devices.js'
import { proveMachine } from '../../exhaustive/verdicts.js'

/** A mistake of TDX Connect, and the machine on which every state is searched for it. */
interface Mistake {
  readonly wrong: string
  readonly scope: ScopeInput
  readonly parts: Part[]
  readonly property: string
  readonly steps: number
  readonly broken: RegExp
}

const small: ScopeInput = oneTrustedDevice

const mistakes: readonly Mistake[] = [
  {
    wrong: 'on-demand-4k/iommus-not-asked',
    scope: {},
    parts: ['secureEpt'],
    property: 'conversion-ends',
    steps: 12,
    broken: /^tdx\.map-gpa/,
  },
  {
    wrong: 'on-demand-4k/status-not-awaited',
    scope: {},
    parts: ['secureEpt'],
    property: 'conversion-ends',
    steps: 16,
    broken: /^tdx\.map-gpa/,
  },
  {
    wrong: 'on-demand-4k/unreleased',
    scope: {},
    parts: ['secureEpt'],
    property: 'conversion-ends',
    steps: 10,
    broken: /^tdx\.map-gpa/,
  },
  {
    wrong: 'on-demand-4k/shared-half-forgotten',
    scope: { backing: 'in-place' },
    parts: ['secureEpt', 'content'],
    property: 'no-private-reach',
    steps: 50,
    broken: /^tdx\.shared-half\/unmap-before-private$/,
  },
  {
    wrong: 'on-demand-4k/shared-half-forgotten',
    scope: {},
    parts: ['secureEpt', 'content'],
    property: 'sept-protocol',
    steps: 54,
    broken: /^tdx\.page-remove\/needs-iotlb-tracking$/,
  },
  {
    wrong: 'on-demand-4k/refusal-ignored',
    scope: {},
    parts: ['secureEpt', 'content'],
    property: 'sept-protocol',
    steps: 32,
    broken: /^tdx\.kvm-removal\/order$/,
  },
]

function judged(design: string, { scope, parts, property }: Pick<Mistake, 'scope' | 'parts' | 'property'>, on: string) {
  const setup = { design, driver: 'type1v2', scope: { ...small, ...scope }, platform: on, parts }
  return must(proveMachine(setup, [property], (packing) => makeOwnMemory(packing, 400_000))).verdicts[0]
}

test.each(mistakes)('$wrong breaks $property, and the design without the mistake does not', (mistake) => {
  const found = judged(mistake.wrong, mistake, 'tdx-connect')
  expect([found?.verdict, found?.steps]).toEqual(['violated', mistake.steps])
  expect(found?.trace?.header.broken).toMatch(mistake.broken)
  expect(judged('on-demand-4k', mistake, 'tdx-connect')?.verdict).toBe('held')
})

test('with two units a page leaves the guest only when both have done their invalidation', () => {
  const scope = { devices: 2, trustedDevices: 2, units: 2 }
  const found = judged(
    'on-demand-4k',
    { scope, parts: ['secureEpt', 'content'], property: 'sept-protocol' },
    'tdx-connect',
  )
  expect([found?.verdict, found?.states]).toEqual(['held', 29_727])
})

test.each(['sept-protocol', 'conversion-ends'])('%s holds where a call finds its operand busy', (property) => {
  const found = judged(
    'on-demand-4k',
    { scope: { failures: 1 }, parts: ['secureEpt', 'content'], property },
    'tdx-connect',
  )
  expect(found?.verdict).toBe('held')
})

test('where the guest trusts no device and releases nothing, TDX Connect has the states and verdicts of TDX', () => {
  const states = (on: string) => {
    const scope = { trustedDevices: 0, pages: 2, vcpus: 2 }
    const found = judged('on-demand-4k', { scope, parts: ['secureEpt'], property: 'no-private-reach' }, on)
    return [found?.verdict, found?.states]
  }
  expect(states('linux-7.2 architecture=tdx-connect')).toEqual(states('linux-7.2'))
})
