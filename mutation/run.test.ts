import { afterAll, describe, expect, test } from 'vitest'
import { type Design, findDesign } from '../designs/index.js'
import type { Scope } from '../model/machine/scope.js'
import { reviewed } from './equivalent-mutants.js'
import {
  type KnownKiller,
  type MutantGroup,
  type MutantResult,
  ownViolations,
  runMutants,
  type Subject,
} from './run.js'

/** What a design violates by itself, so that it cannot tell a mutant from the design; and stands that are not its. */
const own: Readonly<Record<string, Partial<Subject>>> = {
  'on-demand-superpage': { except: ['no-shared-fault'] },
  /** QEMU does not roll back: what a failure leaves is not what the guest was told. */
  'attributes-first': {
    except: ['failure', 'one superpage, failure', 'arbitrary guest, failure', 'guest, failure'].map(
      (stand) => `conversion-ends at ${stand}`,
    ),
  },
  'replace-domain': { except: ['no-shared-fault at attach blocks'] },
  'mirror-guest-memfd': {
    without: ['raw calls', 'raw calls, common pool', 'two raw callers', 'raw calls, device TLB'],
  },
}

function subject(name: string, driver: string | undefined, backing: Scope['backing'] = 'separate'): Subject {
  const design: Design | undefined = findDesign(name)
  const found = design?.drivers.find((known) => driver === undefined || known.name === driver)
  if (design === undefined || found === undefined) throw new Error(`no design ${name} with driver ${driver ?? 'any'}`)
  return { design, driver: found, backing, ...own[name] }
}

const driver = (name: string, subjects: readonly Subject[], shares?: MutantGroup['shares']): MutantGroup => ({
  name: `driver ${name}`,
  layer: 'driver',
  subjects,
  ...(shares === undefined ? {} : { shares }),
})
const design = (name: string, backing: Scope['backing'] = 'separate'): MutantGroup => ({
  name: `${name}, ${backing}`,
  layer: 'design',
  subjects: [subject(name, undefined, backing)],
})
const kvm = (backing: Scope['backing']): MutantGroup => ({
  name: `KVM, ${backing}`,
  layer: 'kvm',
  subjects: [subject('on-demand-4k', 'type1v2', backing)],
})

const type1v2 = driver('type1v2', [subject('on-demand-4k', 'type1v2'), subject('on-demand-superpage', 'type1v2')])
const iommufd = driver('iommufd', [subject('on-demand-4k', 'iommufd')], { jaw: type1v2, mutants: /./ })
/** Its map writes, and undoes, as type1's does; its unmap is its own. */
const cut = driver('cut', [subject('hitless-cut', undefined)], {
  jaw: type1v2,
  mutants: /^(undo of )?map[,:]/,
})

/** Every design that holds, its drivers and KVM: each driver with the designs that use all of it, and no plan twice. */
const jaws: readonly MutantGroup[] = [
  type1v2,
  iommufd,
  driver('type1v1', [subject('on-demand-4k', 'type1v1')], { jaw: type1v2, mutants: /./ }),
  driver('iommufd by file', [subject('fd-offset', undefined)], { jaw: iommufd, mutants: /./ }),
  cut,
  driver('coalesce', [subject('hitless-coalesce', undefined)], { jaw: cut, mutants: /./ }),
  driver('replace', [subject('replace-domain', undefined)]),
  driver('mirror', [subject('mirror-guest-memfd', undefined, 'in-place')]),
  kvm('separate'),
  kvm('in-place'),
  design('on-demand-4k'),
  design('on-demand-4k', 'in-place'),
  design('on-demand-4k/map-first'),
  design('attributes-first'),
  design('hitless-cut'),
  design('hitless-cut', 'in-place'),
  design('on-demand-superpage'),
  design('on-demand-superpage', 'in-place'),
  design('mirror-guest-memfd', 'in-place'),
  design('bounce-pool'),
  design('bounce-pool', 'in-place'),
]

/** Changes that few schedules show. */
const hints: readonly KnownKiller[] = [
  { jaws: /^driver/, mutants: /caching mode/, stands: /separate · caching mode|in-place · caching mode/, runs: 8000 },
  { jaws: /^driver type1v2/, mutants: /an empty table|was unlinked/, stands: /superpage.*common pool$/, runs: 600 },
  { jaws: /^driver/, mutants: /lock\.\w+ container/, stands: /two raw callers$/, runs: 1500 },
  { jaws: /^driver/, mutants: /^(undo of map|unmap),/, stands: /raw calls, common pool$/, runs: 200 },
  { jaws: /^driver coalesce/, mutants: /one run ↔ lock\.release/, stands: /one region$/, runs: 12_000 },
  { jaws: /^driver/, mutants: /empty table of area .* ↔ vtd\.flush/, stands: /raw calls, incoherent$/, runs: 1500 },
  { jaws: /^driver cut/, mutants: /cut superpage of call: .*clflush-tables/, stands: /· incoherent$/, runs: 4000 },
  {
    jaws: /^driver type1v2/,
    mutants: /^undo of map, .*(drop each unlinked|swap each empty table|↔ each unlinked)/,
    stands: /superpage.*· raw calls, common pool$/,
    runs: 10_000,
  },
  {
    jaws: /^driver replace/,
    mutants: /^map: .*all pages .* ↔ lock\.release/,
    stands: /two raw callers$/,
    runs: 30_000,
  },
  { jaws: /^driver replace/, mutants: /device-tlb/, stands: /device TLB/, runs: 5000 },
  { jaws: /^driver replace/, mutants: /undo of map|of call .* ↔ each device/, stands: / failure$/, runs: 2500 },
  { jaws: /^KVM/, mutants: /kick|invalidate/, stands: /· (guest|guest, failure|arbitrary.* EPT)$/, runs: 1500 },
  { jaws: /, separate/, mutants: /set-shared on chunk ↔ call discard/, stands: /· guest$/, runs: 4000 },
  { jaws: /^on-demand-superpage/, mutants: /untold, mapped run/, stands: /· one superpage, failure$/, runs: 6000 },
  { jaws: /, separate/, mutants: /^undoShared/, stands: /· (one superpage, )?failure$/, runs: 1500 },
  { jaws: /^[^d]/, mutants: /acquire vm/, stands: /(· |guest, )failure$/, runs: 4000 },
]

const options = { seed: 1, length: 120 }
/** What is listed gets fewer runs: the list was made with many. */
const listed = { ...options, rounds: [15], hints: [] }
const unlisted = { ...options, rounds: [25, 150, 600], hints }
const all: MutantResult[] = []

const entryOf = (jaw: string, mutant: string) =>
  reviewed.find((entry) => entry.jaws.test(jaw) && entry.mutants.test(mutant))

function fatesOf(jaw: MutantGroup): MutantResult[] {
  const isListed = (mutant: string) => entryOf(jaw.name, mutant) !== undefined
  return [...runMutants(jaw, listed, isListed), ...runMutants(jaw, unlisted, (mutant) => !isListed(mutant))]
}

describe('every one-place change is caught, or listed with its reason', () => {
  test.each(jaws)('$name', { timeout: 600_000 }, (jaw) => {
    expect(ownViolations(jaw, listed, 30), 'violated without any change').toEqual([])
    const fates = fatesOf(jaw)
    all.push(...fates)
    const survivors = fates.filter(({ mutant, caughtBy }) => caughtBy === '' && entryOf(jaw.name, mutant) === undefined)
    const stale = fates.filter(({ mutant, caughtBy }) => caughtBy !== '' && entryOf(jaw.name, mutant) !== undefined)
    expect(survivors.map(({ mutant }) => mutant)).toEqual([])
    expect(stale.map(({ mutant, caughtBy }) => `${mutant}: ${caughtBy}`)).toEqual([])
  })
})

test('every entry of the list has a change that it explains', () => {
  const idle = reviewed.filter((entry) => !all.some(({ jaw, mutant }) => entryOf(jaw, mutant) === entry))
  expect(idle.map(({ jaws: where, mutants }) => `${where} ${mutants}`)).toEqual([])
})

afterAll(() => {
  const counts = new Map<string, number>()
  for (const { jaw, mutant, caughtBy } of all) {
    const key = caughtBy || (entryOf(jaw, mutant) === undefined ? 'unexplained' : 'harmless')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const words = [...counts].sort(([, a], [, b]) => b - a).map(([key, count]) => `${key} ${count}`)
  console.log(`${all.length} mutants: ${words.join(', ')}`)
})
