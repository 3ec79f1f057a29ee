import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { explore } from '../../../checker/bfs.js'
import { Stop } from '../../../checker/control/barrier.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import { StateStore } from '../../../checker/state-store.js'
import type { Part } from '../../../model/machine/parts.js'
import { conversionEnds, type Property, properties } from '../../../properties/index.js'
import { noSharedFault } from '../../../properties/reach.js'
import { buildMachine, type MachineConfigInput } from '../../machine-config.js'
import { ModelSystem } from '../model-system.js'
import { Canonical, type SymmetryChoice, symmetriesOf } from './symmetry.js'

const judged = properties.filter((property) => property !== conversionEnds)

const setupOf = (design: string) => ({ design, driver: 'type1v2', platform: 'tdx-2021-reading' })

interface Case {
  readonly design: string
  readonly parts: Part[]
  readonly scope?: MachineConfigInput['scope']
  readonly asked?: readonly Property[]
}

const twoVcpus = { pages: 1, pagesPerSuperpage: 1, vcpus: 2 }

function search({ design, parts, scope = twoVcpus, asked = judged }: Case, symmetric: boolean) {
  const setup = { ...setupOf(design), scope, parts }
  const { machine, host } = must(buildMachine(setup))
  const symmetries = symmetriesOf(machine, host, asked)
  const system = new ModelSystem(machine, asked, symmetric ? symmetries : undefined)
  const result = explore(system, makeOwnMemory(system.packing, 150_000), { exhaust: true })
  return { system, result, symmetries }
}

const told = ({ result }: ReturnType<typeof search>) => ({
  stop: result.stop,
  found: result.failures.map(({ property, depth }) => [judged[property]?.name, depth]),
  witnessed: result.witnessed,
})

/** The forms of what a search has stored. */
function formsOf({ system, result }: ReturnType<typeof search>, symmetries: SymmetryChoice): Set<string> {
  const s = system.machine.blankState()
  const canonical = new Canonical(system.machine, s, symmetries)
  const words = new Int32Array(s.bytes.buffer)
  const store = new StateStore(result.memory)
  const forms = new Set<string>()
  store.forEachId((id) => {
    store.read(id, words)
    canonical.apply()
    forms.add(Buffer.from(s.bytes).toString('latin1'))
  })
  return forms
}

/** Both searches of a case, which have to violate the same as soon, and to see the same forms. */
function both(one: Case) {
  const [plain, forgetting] = [search(one, false), search(one, true)]
  expect(told(forgetting)).toEqual(told(plain))
  expect(plain.result.stop).toBe(Stop.Complete)
  expect(formsOf(forgetting, forgetting.symmetries)).toEqual(formsOf(plain, forgetting.symmetries))
  return { plain, forgetting }
}

const guest: Part[] = ['secureEpt', 'content']
const onePage = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, start: 'private' } as const

test.each(['on-demand-4k', 'pin-all'])('%s violates the same as soon without the counts of faults', (design) => {
  const { plain, forgetting } = both({ design, parts: ['faultCount'] })
  expect(forgetting.symmetries.used).toBe('vCPUs and counts of faults')
  expect(forgetting.result.states).toBeLessThan(plain.result.states / 5)
})

test.each([
  ['on-demand-4k', 'separate'],
  ['on-demand-4k', 'in-place'],
  ['pin-all', 'separate'],
  ['pin-all', 'in-place'],
] as const)('%s, %s, violates the same as soon without contents that the guest cannot read', (design, backing) => {
  const { plain, forgetting } = both({ design, parts: guest, scope: { ...onePage, backing } })
  expect(forgetting.symmetries.used).toBe('contents that the guest cannot read')
  expect(forgetting.result.states).toBeLessThan(plain.result.states)
})

test('what is forgotten goes with the exchange of pages, of each of which the guest reads', () => {
  const scope = {
    pages: 2,
    pagesPerSuperpage: 2,
    vcpus: 1,
    requests: 'pages',
    teardown: false,
    start: 'private',
  } as const
  const { plain, forgetting } = both({ design: 'on-demand-4k', parts: guest, scope })
  expect(forgetting.symmetries.used).toBe('pages of a superpage and contents that the guest cannot read')
  expect(forgetting.result.states).toBeLessThan(plain.result.states / 4)
})

test.each(['on-demand-superpage', 'pin-all'])('%s violates the same without what DMA could expect', (design) => {
  const asked = judged.filter((property) => property !== noSharedFault)
  const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 1 }
  const { plain, forgetting } = both({ design, parts: [], scope, asked })
  expect(forgetting.symmetries.used).toBe('whether pages of DMA stay shared')
  expect(forgetting.result.states).toBeLessThan(plain.result.states)
})

test('what DMA could expect is kept where faults at shared pages are judged', () => {
  const { machine, host } = must(buildMachine({ ...setupOf('on-demand-4k'), scope: twoVcpus }))
  expect(symmetriesOf(machine, host, [noSharedFault]).expected).toBe(false)
})

test('faults of which a record says more are told apart by their number', () => {
  expect(search({ design: 'on-demand-4k', parts: ['faultRing'] }, true).symmetries.used).toBe('vCPUs')
})

test('nothing is forgotten that a property of the user may ask for', () => {
  const setup = { ...setupOf('on-demand-4k'), scope: twoVcpus }
  const { machine, host } = must(buildMachine({ ...setup, parts: [...guest, 'faultCount'] }))
  const [first] = judged
  if (first === undefined) throw new Error('there are properties')
  const forgets = (asked: readonly Property[]) => {
    const { faults, contents, expected } = symmetriesOf(machine, host, asked)
    return [faults, contents, expected]
  }
  expect(forgets([first])).toEqual([true, true, true])
  expect(forgets([first, { ...first, name: 'mine' }])).toEqual([false, false, false])
})

test('contents are kept on an architecture where a page may become readable as it is', () => {
  const setup = { ...setupOf('on-demand-4k'), platform: 'tdx-2021-reading architecture=sev-snp' }
  const { machine, host } = must(buildMachine({ ...setup, scope: onePage, parts: guest }))
  expect(symmetriesOf(machine, host).contents).toBe(false)
})
