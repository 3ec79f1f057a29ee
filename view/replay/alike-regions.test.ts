import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { must } from '../../base/result.js'
import { initialState } from '../../model/initial-state.js'
import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'
import { properties } from '../../properties/index.js'
import { property } from '../../properties/property.js'
import { Catalogue } from '../../search/catalogue/catalogue.js'
import { buildMachine, type MachineConfigInput } from '../../search/machine-config.js'
import { type RecordedState, recordState, restoreState, type ViewName } from '../../search/recorded-state.js'
import { typeMapOverlap } from '../../spec/index.js'
import { lostWrite } from '../testing/large-guest.js'
import { firstOfAlike, layouts } from './alike-regions.js'
import { replayOf } from './replay.js'

const sizes = { pages: 24, pagesPerSuperpage: 4, vcpus: 1, devices: 2 } as const
const guest = ['secureEpt', 'content'] as const

/** Machines of six regions each, which have every view between them that is of pages or regions. */
const setups: readonly MachineConfigInput[] = [
  { design: 'on-demand-superpage', driver: 'type1v2', scope: sizes, platform: 'tdx-2021-reading' },
  { design: 'on-demand-4k', driver: 'iommufd', scope: { ...sizes, devicePages: 4 }, platform: 'linux-7.2' },
  { design: 'pin-all', driver: 'type1v2', scope: { ...sizes, backing: 'in-place' }, platform: 'linux-7.2' },
  { design: 'replace-domain', driver: 'iommufd-replace', scope: sizes, platform: 'linux-7.2', parts: ['contextCache'] },
  {
    ...{ design: 'pin-all', driver: 'type1v2', parts: ['coherency', 'hostAccess'] },
    ...{ scope: sizes, platform: 'tdx-2021-reading coherentPageWalk=false' },
  },
  ...['tdx-2021-reading', 'sev-snp', 'arm-cca', 'riscv-cove', 'tdx-connect'].flatMap((platform) => [
    {
      design: 'on-demand-4k',
      driver: 'type1v2',
      scope: { ...sizes, start: 'private' as const },
      platform,
      parts: [...guest],
    },
    { design: 'on-demand-4k', driver: 'type1v2', scope: sizes, platform, parts: [...guest] },
  ]),
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
  const from = random.nextBelow(m.regions)
  const count = random.nextBelow(3) === 0 ? 1 : random.nextBelow(m.regions - from) + 1
  for (let change = random.nextBelow(4); change >= 0; change -= 1) {
    const view = views[random.nextBelow(views.length)] ?? 'attr'
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

describe('of regions that are alike', () => {
  test('every property and clause says the same of each page as of that page of the first of them', () => {
    const random = new Prng(Number(process.env.DMAPROOF_SEED))
    let [folded, failing] = [0, 0]
    for (const m of machines) {
      for (let time = 0; time < 150; time += 1) {
        const s = initialState(m)
        for (let changes = random.nextBelow(3); changes > 0; changes -= 1) disturb(m, s, random)
        s.reg.fill(0)
        const state = recordState(s)
        const firsts = firstOfAlike(m, state) ?? []
        expect(firsts[0]).toBe(0)
        for (let gfn = 0; gfn < m.pages; gfn += 1) {
          const first = firsts.findLast((region) => region * m.perSuper <= gfn) ?? 0
          const alike = first * m.perSuper + (gfn % m.perSuper)
          if (alike === gfn) continue
          const said = saidOf(m, s, gfn)
          expect(said, `page ${gfn} as page ${alike} of ${JSON.stringify(state)}`).toEqual(saidOf(m, s, alike))
          folded += 1
          if (said.includes(false)) failing += 1
        }
      }
    }
    expect(folded).toBeGreaterThan(5000)
    expect(failing).toBeGreaterThan(200)
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
  const never = Object.keys(layouts).filter((view) => !seen.has(view))
  expect(never).toEqual(['secondPin', 'payer'].filter((view) => never.includes(view)))
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
    const alike = (firsts.findLast((region) => region * m.perSuper <= gfn) ?? 0) * m.perSuper + (gfn % m.perSuper)
    expect(saidOf(m, s, gfn)).toEqual(saidOf(m, s, alike))
  }
})

test('a large guest is judged as one of which every page is asked, and a property of the user at every page', () => {
  const page = (1 << 21) - 5
  const mine = property({
    ...{ name: 'mine', statement: 'One page is not.', parts: [], witness: 'any', fullWitness: 0 },
    ...{
      witnessBits: () => 0,
      clauses: [{ rule: typeMapOverlap, holdsAt: (_, __, gfn) => gfn !== page, explain: () => 'it is' }],
    },
  })
  const trace = lostWrite(1 << 21)
  const folded = must(replayOf(trace, new Catalogue({})))
  const whole = must(replayOf(trace, new Catalogue({ properties: [mine] })))
  const [judged, ...others] = [...whole.properties].reverse()
  expect(others.reverse()).toEqual(folded.properties)
  expect(judged?.history).toEqual([{ number: 0, why: 'it is', rule: typeMapOverlap.id, page }])
})
