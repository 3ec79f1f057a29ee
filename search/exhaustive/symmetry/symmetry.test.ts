import { describe, expect, test, vi } from 'vitest'
import { must } from '../../../base/result.js'
import { explore } from '../../../checker/bfs.js'
import { Stop } from '../../../checker/control/barrier.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import { pathTo } from '../../../checker/path.js'
import type { SearchResult } from '../../../checker/result.js'
import { StateStore } from '../../../checker/state-store.js'
import { designs, fullName } from '../../../designs/index.js'
import { forEachEnabled, step } from '../../../model/actions/step.js'
import { initialState } from '../../../model/initial-state.js'
import { codeLength } from '../../../model/machine/action.js'
import type { Machine } from '../../../model/machine/machine.js'
import type { Part } from '../../../model/machine/parts.js'
import type { State } from '../../../model/machine/state.js'
import { conversionEnds, properties } from '../../../properties/index.js'
import { buildMachine, type MachineConfigInput } from '../../machine-config.js'
import { replay, Simulator } from '../../simulator.js'
import { makeModelSystem } from '../exploration-spec.js'
import { ModelSystem } from '../model-system.js'
import { runAlong, runTo } from '../path.js'
import { verdictsOf } from '../verdicts.js'
import { DeviceSymmetry } from './devices.js'
import { PageImages } from './pages.js'
import { Canonical, permutationsOf, type Symmetries, symmetriesOf } from './symmetry.js'
import { VcpuSymmetry } from './vcpus.js'

const judged = properties.filter((property) => property !== conversionEnds)
const most = 150_000

/** Small machines on which each kind of symmetry is there for some designs. */
const scopes: Readonly<Record<string, MachineConfigInput['scope']>> = {
  'two vCPUs': { pages: 2, pagesPerSuperpage: 2, vcpus: 2 },
  'two devices': { pages: 1, pagesPerSuperpage: 1, vcpus: 1, devices: 2 },
  'requests for pages': { pages: 2, pagesPerSuperpage: 2, vcpus: 2, requests: 'pages', teardown: false },
  'pages and teardown': { pages: 2, pagesPerSuperpage: 2, vcpus: 1, requests: 'pages' },
  superpages: { pages: 4, pagesPerSuperpage: 2, vcpus: 1, requests: 'superpages', teardown: false },
}

const setups = designs.flatMap((design) =>
  design.drivers.flatMap((driver) =>
    design.backings.flatMap((backing) =>
      Object.entries(scopes).map(([kind, scope]): [string, MachineConfigInput] => {
        const setup = { design: fullName(design), driver: driver.name, platform: 'tdx-2021-reading' }
        return [
          `${fullName(design)} on ${driver.name}, ${backing}, ${kind}`,
          { ...setup, scope: { ...design.scope, ...scope, backing } },
        ]
      }),
    ),
  ),
)
const applicable = setups.filter(([, setup]) => buildMachine(setup).ok)

/** Small machines of other kinds: the guest, failures, caches, a guest that races itself. */
const others = (
  [
    [
      'the guest of two vCPUs',
      { pages: 1, pagesPerSuperpage: 1, vcpus: 2, start: 'private' },
      ['secureEpt', 'content'],
    ],
    ['the guest of two pages', pages({ start: 'private' }), ['secureEpt', 'content']],
    ['a failure', pages({ failures: 1 }), []],
    ['a guest that races itself', pages({ guest: 'arbitrary', vcpus: 2 }), []],
    [
      'every cache',
      pages({}),
      ['walkCache', 'coherency', 'deviceTlb'],
      'coherentPageWalk=false ats=true cachingMode=true',
    ],
    ['pages of two superpages', pages({ pages: 4, backing: 'in-place' }), []],
    ['two pages of a realm', pages({ start: 'private' }), ['secureEpt'], 'architecture=arm-cca'],
    ['two pages in the RMP', pages({ start: 'private' }), ['secureEpt'], 'architecture=sev-snp'],
  ] satisfies Kind[]
).map(setupOf)

/** Requests for superpages, of which each may have one entry in the guest's table. */
const twoSuperpages = pages({ pages: 4, backing: 'in-place', start: 'private', requests: 'superpages' })
const blocks = 'architecture=arm-cca rttEntries=blocks'
const large = [setupOf(['two block entries of a realm', twoSuperpages, ['secureEpt'], blocks])]

type Kind = readonly [name: string, scope: MachineConfigInput['scope'], parts: Part[], platform?: string]

function setupOf([name, scope, parts, platform = '']: Kind): [string, MachineConfigInput] {
  const on = `tdx-2021-reading ${platform}`.trim()
  return [name, { design: 'on-demand-4k', driver: 'type1v2', platform: on, scope, parts }]
}

function pages(more: MachineConfigInput['scope']): MachineConfigInput['scope'] {
  return { pages: 2, pagesPerSuperpage: 2, vcpus: 1, requests: 'pages', teardown: false, ...more }
}

interface Searched {
  readonly system: ModelSystem
  readonly result: SearchResult
}

/** Without what a search forgets, which may leave fewer levels: `unread.test.ts` is about that. */
function search(setup: MachineConfigInput, symmetry: boolean | Symmetries): Searched {
  const { machine, host } = must(buildMachine(setup))
  const chosen = { ...symmetriesOf(machine, host), faults: false, contents: false, expected: false }
  const symmetries = typeof symmetry === 'boolean' ? (symmetry ? chosen : undefined) : { ...chosen, ...symmetry }
  const system = new ModelSystem(machine, judged, symmetries)
  return { system, result: explore(system, makeOwnMemory(system.packing, most), { exhaust: true }) }
}

const verdicts = ({ result }: Searched) => ({
  stop: result.stop,
  depth: result.depth,
  found: result.failures.map(({ property, depth }) => [judged[property].name, depth]),
  witnessed: result.witnessed,
})

/** What a search has stored, up to the symmetries of a system. */
function stored({ result }: Searched, { machine }: ModelSystem, symmetries?: Symmetries): Set<string> {
  const s = machine.blankState()
  const words = new Int32Array(s.bytes.buffer)
  const canonical = symmetries && new Canonical(machine, s, symmetries)
  const store = new StateStore(result.memory)
  const found = new Set<string>()
  store.forEachId((id) => {
    store.read(id, words)
    canonical?.apply()
    found.add(Buffer.from(s.bytes).toString('latin1'))
  })
  return found
}

function compare(setup: MachineConfigInput, symmetry: true | Symmetries = true): { readonly same: boolean } {
  const [off, on] = [search(setup, false), search(setup, symmetry)]
  if (on.system.symmetries === undefined) throw new Error('a search up to symmetry has some')
  if (JSON.stringify(verdicts(on)) !== JSON.stringify(verdicts(off))) return { same: false }
  const [expected, found] = [stored(off, on.system, on.system.symmetries), stored(on, on.system)]
  return { same: off.result.stop === Stop.Complete && equal(expected, found) }
}

const equal = (a: ReadonlySet<string>, b: ReadonlySet<string>) => a.size === b.size && [...a].every((one) => b.has(one))
const keyOf = (s: State) => Buffer.from(s.bytes).toString('latin1')

/** Shows some reachable states of a machine, evenly spread over those that a search finds. */
function forSome(setup: MachineConfigInput, visit: (m: Machine, s: State) => void): void {
  const { system, result } = search(setup, false)
  const store = new StateStore(result.memory)
  const stride = Math.ceil(result.states / 300)
  store.forEachId((id) => {
    if (id % stride !== 0) return
    store.read(id, system.words)
    visit(system.machine, system.state)
  })
}

/** Every state that a step from here leads to, brought to a form. */
function successors(m: Machine, s: State, form: (s: State) => void): Set<string> {
  const before = s.bytes.slice()
  const found = new Set<string>()
  const list: Int32Array[] = []
  forEachEnabled(m, s, new Int32Array(codeLength), (a) => list.push(a.slice()))
  for (const a of list) {
    step(m, s, a)
    form(s)
    found.add(keyOf(s))
    s.bytes.set(before)
  }
  return found
}

/** Whether an exchange in place is undone by itself, and leads to what the steps from the state lead to. */
function isSymmetric(m: Machine, s: State, swap: (s: State) => void): boolean {
  const before = keyOf(s)
  const expected = successors(m, s, swap)
  swap(s)
  const found = successors(m, s, () => undefined)
  swap(s)
  return equal(found, expected) && keyOf(s) === before
}

describe('up to symmetry, a search', () => {
  const sees = (_: string, setup: MachineConfigInput) => expect(compare(setup)).toEqual({ same: true })
  test.each(others.slice(0, 4))('sees what the plain one sees, and no more: %s', sees)
  test.each([...applicable, ...others.slice(4), ...large])('sees what the plain one sees: %s', { tags: 'long' }, sees)

  test.each([
    ['pages of a superpage that requests for two take in order', 'on-demand-4k', 'superpages'],
    ['pages that a plan walks in order', 'on-demand-superpage', 'pages'],
  ] as const)('sees something else with a symmetry that is none: %s', (_, design, requests) => {
    const [, setup] = others[1]
    const wrong = { ...setup, design, parts: [], scope: pages({ requests }) }
    const symmetries = { vcpus: true, devices: false, superpages: false, pages: true }
    expect(compare(wrong, symmetries)).toEqual({ same: false })
  })

  test('sees less where teardown begins from one image of a state alone', () => {
    const setup = { ...others[3][1], scope: pages({ teardown: true }) }
    expect(compare(setup)).toEqual({ same: true })
    const planted = vi.spyOn(Canonical.prototype, 'forEachImage').mockImplementation((visit) => visit())
    expect(compare(setup)).toEqual({ same: false })
    planted.mockRestore()
  })

  test('shows runs of concrete steps, which replay and are as short as those of the plain search', () => {
    const setup: MachineConfigInput = {
      ...{ design: 'pin-all', driver: 'type1v2', platform: 'tdx-2021-reading' },
      scope: pages({ vcpus: 2 }),
    }
    const { system, result } = search(setup, true)
    expect(result.failures.map(({ property }) => judged[property].name)).toEqual(['no-stale-frame', 'single-backing'])
    for (const one of result.failures) {
      const run = runTo(system, new StateStore(result.memory), one)
      const replayed = replay(new Simulator(system.machine), run, judged[one.property])
      expect([replayed.failure?.property, replayed.taken.length, replayed.skipped]).toEqual([
        judged[one.property],
        one.depth,
        -1,
      ])
    }
  })

  test('shows runs into teardown, of which each state leads to its own', () => {
    const { system, result } = search({ ...others[3][1], scope: pages({ teardown: true }) }, true)
    const { machine: m } = system
    const store = new StateStore(result.memory)
    const words = new Int32Array(system.words.length)
    let count = 0
    store.forEachId((id) => {
      store.read(id, words)
      system.words.set(words)
      if (system.state.closed[0] === 0) return
      const s = initialState(m)
      for (const a of runAlong(system, store, pathTo(store, id))) step(m, s, a)
      expect(new Int32Array(s.bytes.buffer)).toEqual(words)
      count += 1
    })
    expect(count).toBeGreaterThan(50)
  })

  test('takes no page for another where a fault in an RMP entry zaps what lies behind the page', () => {
    const platform = 'sev-snp rmpEntries=largest'
    const [, setup] = setupOf(['entries of the RMP', twoSuperpages, ['secureEpt']])
    const opened = buildMachine({ ...setup, platform })
    if (!opened.ok) throw new Error(opened.problem.message)
    const { superpages, pages: inside, label } = symmetriesOf(opened.value.machine, opened.value.host)
    expect([superpages, inside]).toEqual([false, false])
    expect(label).toContain('an RMP fault zaps what lies behind the page')
  })

  test('leaves out conversion-ends, and says why', () => {
    const names = ['single-backing', 'conversion-ends']
    const spec = { kind: 'model', setup: others[3][1], properties: names, symmetry: true } as const
    const made = makeModelSystem(spec)
    if (!made.ok) throw new Error(made.problem.message)
    const memory = makeOwnMemory(made.value.packing, most)
    const [held, left] = verdictsOf(spec, made.value, explore(made.value, memory, { exhaust: false }))
    expect(held).toMatchObject({ verdict: 'held', why: expect.stringContaining('up to symmetry of vCPUs and pages') })
    expect(left).toMatchObject({ property: 'conversion-ends', verdict: 'not-applicable' })
    expect(left.why).toContain('a loop among states that stand for others')
  })
})

describe('an exchange undone is no exchange, and commutes with every step', () => {
  test.each([
    ['plain', { ...others[3][1], scope: { pages: 2, vcpus: 2 } }],
    ['with the guest', others[0][1]],
  ] as const)('of vCPUs, %s', (_, setup) => {
    forSome(setup, (m, s) => {
      if (!isSymmetric(m, s, (state) => new VcpuSymmetry(m, state).swap(0, 1))) expect.unreachable(keyOf(s))
    })
  })

  test('of devices', () => {
    const scope = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, devices: 2 }
    forSome({ ...others[3][1], scope }, (m, s) => {
      if (!isSymmetric(m, s, (state) => new DeviceSymmetry(m, state).swap(0, 1))) expect.unreachable(keyOf(s))
    })
  })

  test.each(others.slice(1))('of pages, on a machine with %s', (_, setup) => {
    forSome(setup, (m, s) => {
      const image = m.blankState()
      const [there, back] = [new PageImages(m, s, image, true), new PageImages(m, image, s, true)]
      const all = permutationsOf(m, s, { vcpus: false, devices: false, superpages: true, pages: true })
      for (const exchange of all) {
        const undo = all.find(({ page }) => exchange.page.every((to, from) => page[to] === from))
        if (undo === undefined) throw new Error('an exchange has its way back')
        there.normalise()
        const before = keyOf(s)
        there.write(exchange)
        const found = successors(m, image, () => back.normalise())
        back.write(undo)
        expect(keyOf(s)).toBe(before)
        const expected = successors(m, s, () => {
          there.normalise()
          there.write(exchange)
          s.bytes.set(image.bytes)
        })
        if (!equal(found, expected)) expect.unreachable(before)
      }
    })
  })
})
