import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { parsePlatform, presets, watched } from '../../model/machine/platform.js'
import { properties } from '../../properties/index.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import type { Verdict } from '../verdict.js'
import { provePlatforms } from './platforms.js'
import { proveMachine } from './verdicts.js'

const room = (packing: Packing) => makeOwnMemory(packing, 400_000)
const names = properties.filter(({ parts }) => parts.length === 0).map(({ name }) => name)
const platforms = [...Object.keys(presets), 'tdx-2021-reading drain=none', 'tdx-2021-reading privateGpaInput=aborts']

const setupOf = (design: string, driver: string): MachineConfigInput => ({
  ...{ design, driver, platform: 'tdx-2021-reading' },
  scope: { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 },
})

const told = ({ platform, property, verdict, steps, states, trace }: Verdict) => ({
  ...{ platform, property, verdict, steps, states },
  setup: trace?.header.setup.platform,
  broken: trace?.header.broken,
})

test.each([
  ['on-demand-4k', 'type1v2'],
  ['on-demand-superpage', 'type1v2'],
  ['pin-all', 'iommufd'],
  ['fd-offset', 'iommufd-file'],
  ['replace-domain', 'iommufd-replace'],
  ['deferred-flush', 'type1v2-lazy'],
])('on each platform the verdicts are those of a search of its own: %s on %s', { tags: 'long' }, (design, driver) => {
  const setup = setupOf(design, driver)
  const all = must(provePlatforms(setup, platforms, names, room)).flatMap(({ verdicts }) => verdicts)
  const alone = platforms.flatMap((platform) => {
    return must(proveMachine({ ...setup, platform }, names, room)).verdicts
  })
  expect(all.map(told)).toEqual(alone.map(told))
})

test('a search says what it asked its platform for, and not what makes no difference to it', () => {
  const proved = must(proveMachine(setupOf('on-demand-4k', 'type1v2'), names, room))
  expect(proved.asked).toContain('drain')
  expect(proved.asked).not.toContain('dmaToPrivate')
})

test.each([
  ['that unmaps before it converts meets no pin, and does not ask whether they are looked for', 'on-demand-4k', false],
  ['that keeps its pages mapped meets one, and asks', 'pin-all', true],
])('in place, a design %s', (_, design, asks) => {
  const { scope, ...setup } = setupOf(design, 'type1v2')
  const proved = must(proveMachine({ ...setup, scope: { ...scope, backing: 'in-place' } }, names, room))
  expect(proved.asked.includes('inPlacePinCheck')).toBe(asks)
})

const published = ['tdx-2021-reading', 'tdx-2026-reading', 'linux-6.12', 'linux-7.2', 'qemu-vtd'] as const

test.each([
  ['of pages that are mapped one by one', 'on-demand-4k', 'type1v2', 1],
  ['whose superpages are unmapped as a whole', 'pin-all', 'iommufd', 1],
  ['that maps over an empty table, which Linux 6.12 does in its own way', 'on-demand-superpage', 'type1v2', 2],
  [
    'that flushes a page of a cached superpage, which QEMU drops',
    'hitless-cut/page-flush',
    'hitless-cut-page-flush',
    2,
  ],
])('one search stands for all platforms but those that differ on it: a design %s', (_, design, driver, searches) => {
  const packings: Packing[] = []
  const counting = (packing: Packing) => {
    packings.push(packing)
    return room(packing)
  }
  const proved = must(provePlatforms(setupOf(design, driver), published, names, counting))
  expect(packings).toHaveLength(searches)
  expect(new Set(proved.map(({ searchedOn }) => searchedOn)).size).toBe(searches)
})

test('reads are told from writes only where rights, data or a drain tell them apart, and not by silent faults', () => {
  const { scope, ...setup } = setupOf('on-demand-4k', 'type1v2')
  const tells = (platform: string, more: MachineConfigInput['scope'] = {}) =>
    must(buildMachine({ ...setup, platform, scope: { ...scope, ...more } })).machine.tellsReads
  expect([tells('qemu-vtd'), tells('qemu-vtd', { calls: true }), tells('qemu-vtd drain=writes')]).toEqual([
    false,
    true,
    true,
  ])
})

test('a platform that is watched answers as it did, and tells what it was asked', () => {
  const parsed = parsePlatform('linux-7.2')
  if (!parsed.ok) throw new Error(parsed.problem.message)
  const { platform, asked } = watched(parsed.value)
  expect(asked()).toEqual([])
  expect([platform.drain, platform.ats]).toEqual(['both', false])
  expect(asked()).toEqual(['drain', 'ats'])
  expect({ ...platform }).toEqual(parsed.value)
})
