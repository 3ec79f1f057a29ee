import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { must } from '../../base/result.js'
import { initialState } from '../../model/initial-state.js'
import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'
import { failureOf } from '../../properties/failure.js'
import { properties } from '../../properties/index.js'
import { property } from '../../properties/property.js'
import { Catalogue } from '../../search/catalogue/catalogue.js'
import { buildMachine, type MachineConfigInput } from '../../search/machine-config.js'
import { type RecordedState, recordState, restoreState, type ViewName } from '../../search/recorded-state.js'
import { Simulator } from '../../search/simulator.js'
import { typeMapOverlap } from '../../spec/index.js'
import { firstOfAlike, layouts, touchFirstOfAlike } from './alike-regions.js'

const sizes = { pages: 24, pagesPerSuperpage: 4, vcpus: 1, devices: 2 } as const
const plain = { design: 'on-demand-4k', driver: 'type1v2', platform: 'linux-7.2' }
const privately = { ...sizes, start: 'private' as const }

/** Machines of six regions each, which have between them every view that is of pages or regions. */
const setups: readonly MachineConfigInput[] = [
  { ...plain, design: 'on-demand-superpage', scope: sizes, platform: 'tdx-2021-reading' },
  { ...plain, driver: 'iommufd', scope: { ...sizes, devicePages: 4 } },
  { ...plain, design: 'on-demand-4k/bitmap-before', driver: 'iommufd', scope: sizes },
  {
    ...plain,
    design: 'pin-all',
    scope: { ...sizes, backing: 'in-place', references: 1 },
    platform: 'tdx-2026-reading',
  },
  { ...plain, design: 'replace-domain', driver: 'iommufd-replace', scope: sizes, parts: ['contextCache'] },
  { ...plain, scope: { ...sizes, slotChanges: true } },
  { ...plain, scope: { ...sizes, processes: true } },
  { ...plain, scope: { ...sizes, secondContainer: true } },
  {
    ...{ ...plain, design: 'pin-all', parts: ['coherency', 'hostAccess'] },
    ...{ scope: sizes, platform: 'tdx-2021-reading coherentPageWalk=false' },
  },
  ...[
    'tdx-2021-reading pageRelease=required',
    'sev-snp rmpEntries=largest',
    'arm-cca rttEntries=blocks',
    'riscv-cove ioMpt=kept',
  ].map((platform): MachineConfigInput => ({ ...plain, scope: privately, platform, parts: ['secureEpt', 'content'] })),
  { ...plain, scope: { ...privately, trustedDevices: 1 }, platform: 'sev-snp', parts: ['secureEpt', 'content'] },
  {
    ...{ ...plain, scope: { ...privately, backing: 'in-place' }, platform: 'pkvm' },
    ...{ parts: ['secureEpt', 'content', 'hostAccess'] },
  },
]

const machines = setups.map((setup) => must(buildMachine(setup)).machine)

/** The entries of a view that are of a region. */
function entriesOf(m: Machine, s: State, view: ViewName, region: number): number[] {
  const per = layouts[view]?.per
  const width = per === 'page' ? m.perSuper : per === 'two tables' ? 2 * m.perSuper : per === 'region' ? 1 : 2
  return [...s[view].keys()].filter((at) => Math.floor(at / width) % m.regions === region)
}

/** What all properties and their clauses say of a page. */
const saidOf = (m: Machine, s: State, gfn: number): boolean[] =>
  properties.flatMap(({ holdsAt, clauses }) =>
    [holdsAt, ...clauses.map((clause) => clause.holdsAt)].map((holds) => holds?.(m, s, gfn) ?? true),
  )

const viewsOf = (s: State) => (Object.keys(layouts) as ViewName[]).filter((view) => s[view].length > 0)

/** Changes entries of some rows of regions, as if each of them had been treated alike, and now and then one alone. */
function disturb(m: Machine, s: State, random: Prng): void {
  const views = viewsOf(s)
  const judged = views.filter((view) => ['owner', 'pins', 'pinnedFrame', 'mapOf', 'orphans', 'pde'].includes(view))
  const from = random.nextBelow(3)
  const count = random.nextBelow(4) === 0 ? 1 : m.regions - from - random.nextBelow(2)
  for (let change = random.nextBelow(3); change >= 0; change -= 1) {
    const among = random.nextBelow(2) === 0 ? views : judged
    const view = among[random.nextBelow(among.length)] ?? 'attr'
    const [first = []] = [entriesOf(m, s, view, from)]
    const place = random.nextBelow(first.length)
    const known = s[view][random.nextBelow(s[view].length)] ?? 0
    const value = random.nextBelow(2) === 0 ? known : random.nextBelow(4)
    const moves = [0, 0, m.perSuper, 4 * m.perSuper][random.nextBelow(4)] ?? 0
    for (let region = from; region < from + count; region += 1) {
      const at = entriesOf(m, s, view, region)[place] ?? 0
      s[view][at] = value + (region - from) * moves
    }
  }
}

/** The page that is judged for a page. */
const pageAlike = (m: Machine, firsts: readonly number[], gfn: number): number =>
  (firsts.findLast((region) => region * m.perSuper <= gfn) ?? 0) * m.perSuper + (gfn % m.perSuper)

describe('of regions that are alike', () => {
  test('every property and clause says the same of each page as of that page of the first of them', {
    tags: 'long',
  }, () => {
    const random = new Prng(Number(process.env.DMAPROOF_SEED))
    let [folded, failing] = [0, 0]
    for (const m of machines) {
      for (let time = 0; time < 100; time += 1) {
        const s = initialState(m)
        for (let changes = random.nextBelow(3); changes > 0; changes -= 1) disturb(m, s, random)
        s.reg.fill(0)
        const state = recordState(s)
        const firsts = firstOfAlike(m, state) ?? []
        expect(firsts[0]).toBe(0)
        const said = Array.from({ length: m.pages }, (_, gfn) => saidOf(m, s, gfn))
        for (const [gfn, one] of said.entries()) {
          const alike = pageAlike(m, firsts, gfn)
          if (alike === gfn) continue
          if (one.join() !== said[alike]?.join()) throw new Error(`page ${gfn} as ${alike}: ${JSON.stringify(state)}`)
          folded += 1
          if (one.includes(false)) failing += 1
        }
      }
    }
    expect(folded).toBeGreaterThan(5000)
    expect(failing).toBeGreaterThan(30)
  })
})

test('a machine that has just booted has one region, or two, that stand for all', () => {
  const counts = machines.map((m) => firstOfAlike(m, recordState(initialState(m)))?.length)
  expect(counts.filter((count) => count === undefined || count > 2)).toEqual([])
})

test('a region in which one entry differs stands for itself, and so does the one behind it', () => {
  const seen = new Set<string>()
  for (const m of machines) {
    for (const view of viewsOf(initialState(m))) {
      const random = new Prng(1)
      const s = initialState(m)
      const at = entriesOf(m, s, view, 2)
      const entry = at[random.nextBelow(at.length)] ?? 0
      s[view][entry] = s[view][entry] === 0 ? 1 : 0
      expect(firstOfAlike(m, recordState(s)), view).toEqual(expect.arrayContaining([2, 3]))
      seen.add(view)
    }
  }
  expect(Object.keys(layouts).filter((view) => !seen.has(view))).toEqual([])
})

test.each<[string, (s: State) => void]>([
  ['an IOTLB', (s) => s.iotlbKey.fill(1)],
  ['a DMA in flight', (s) => s.dmaGfn.fill(3)],
  ['a running plan', (s) => s.phase.fill(1)],
])('nothing is folded where %s may name a page', (_, change) => {
  const [m] = machines
  if (m === undefined) throw new Error('there is no machine')
  const s = initialState(m)
  change(s)
  expect(firstOfAlike(m, recordState(s))).toBeUndefined()
})

test('runs that overlap, as no recorder writes them, fold nothing that differs', () => {
  const [m] = machines
  if (m === undefined) throw new Error('there is no machine')
  const recorded = recordState(initialState(m))
  const overlapping: RecordedState = {
    ...recorded,
    attr: {
      length: m.pages,
      runs: [
        [0, 1, 24],
        [8, 0, 8],
        [5, 1, 2, 0, 3, 1],
      ],
    },
    sharedFrame: {
      length: m.pages,
      runs: [
        [0, 1, 24, 1],
        [12, 1, 4, 1, 3, 4, 4],
      ],
    },
  }
  const s = m.blankState()
  expect(restoreState(s, overlapping)).toBe(true)
  const firsts = firstOfAlike(m, overlapping) ?? []
  for (let gfn = 0; gfn < m.pages; gfn += 1) {
    expect(saidOf(m, s, gfn)).toEqual(saidOf(m, s, pageAlike(m, firsts, gfn)))
  }
})

describe('a run that begins as it was recorded', () => {
  /** The failure of each property in a state of which each superpage is mapped, with pages of a frame pinned twice. */
  function failures(pinnedTwice: readonly number[], catalogue?: Catalogue) {
    const [m] = machines
    if (m === undefined) throw new Error('there is no machine')
    const s = initialState(m)
    for (const page of pinnedTwice) s.pins[page] = 2
    const simulator = new Simulator(m, recordState(s))
    simulator.reset()
    if (catalogue !== undefined) touchFirstOfAlike(simulator, catalogue)
    return {
      failures: properties.map((one) => failureOf(m, simulator.state, one)),
      ranges: m.touched.count,
      m,
      simulator,
    }
  }

  test.each([[[]], [[13]], [[9, 17, 21]], [[5, 9, 13, 17, 21]]])(
    'fails at the same page and in the same words as one of which every page is asked, with pins at %j',
    (pages) => {
      const [plainly, folded] = [failures(pages), failures(pages, new Catalogue({}))]
      expect(folded.failures).toEqual(plainly.failures)
      expect(folded.failures.flatMap((one) => one?.gfn ?? [])).toEqual(pages.slice(0, 1))
      expect(folded.m.touched.ends[0]).toBe(4)
    },
  )

  test('is asked at every page for a property of the user', () => {
    const holdsAt = (_: Machine, __: State, gfn: number) => gfn !== 18
    const clause = { rule: typeMapOverlap, holdsAt, explain: () => 'it is' }
    const described = { name: 'mine', statement: 'One page is not.', parts: [], witness: 'any', fullWitness: 0 }
    const mine = property({ ...described, witnessBits: () => 0, clauses: [clause] })
    const { m, simulator } = failures([], new Catalogue({ properties: [mine] }))
    expect(failureOf(m, simulator.state, mine)?.gfn).toBe(18)
  })
})
