/** @module-tag long */
import { afterAll, describe, expect, test } from 'vitest'
import { type Design, findDesign } from '../designs/index.js'
import type { PresetName } from '../model/machine/platform.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import { reviewed } from './equivalent-mutants.js'
import { readKilledBefore, writeKilledBefore } from './killed-before.js'
import {
  type KnownKiller,
  type MutantGroup,
  type MutantResult,
  type MutationSubject,
  ownViolations,
  runMutants,
} from './run.js'

/** Where calls fail. */
const withFailures = [
  'failure',
  'one superpage, failure',
  'private superpage, failure',
  'arbitrary guest, failure',
  'guest, failure',
]

/** What an unchanged design violates, so that it cannot kill a mutant. */
const own: Readonly<Record<string, Partial<MutationSubject>>> = {
  'on-demand-superpage': { except: ['no-shared-fault'] },
  /** QEMU does not roll back: what a failure leaves is not what the guest was told. */
  'attributes-first': {
    except: withFailures.flatMap((environment) =>
      ['conversion-ends', 'single-backing', 'no-shared-fault', 'no-shared-fault at rest'].map(
        (property) => `${property} at ${environment}`,
      ),
    ),
  },
  'replace-domain': {
    except: ['no-shared-fault at attach blocks', 'no-shared-fault at context cache, attach blocks'],
  },
}

function subject(name: string, driver: string | undefined, backing: Scope['backing'] = 'separate'): MutationSubject {
  const design: Design | undefined = findDesign(name)
  const found = design?.drivers.find((known) => driver === undefined || known.name === driver)
  if (design === undefined || found === undefined) throw new Error(`no design ${name} with driver ${driver ?? 'any'}`)
  return { design, driver: found, backing, ...own[name] }
}

const driver = (name: string, subjects: readonly MutationSubject[], shares?: MutantGroup['shares']): MutantGroup => ({
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
/** KVM's plans on an architecture of its own. */
const kvmOn = (
  name: string,
  platform: PresetName,
  backing: Scope['backing'] = 'separate',
  design = 'on-demand-4k',
): MutantGroup => ({
  name: `KVM on ${name}, ${backing}`,
  layer: 'kvm',
  subjects: [{ ...subject(design, 'type1v2', backing), platform }],
})

/** What a vCPU has while its slot goes shows where the guest's side is; of two slots, it enters by the other. */
const withGuest = /^(guest(, .*)?|arbitrary guest, secure EPT|flush of vCPUs|memory slots|trusted devices)$/

/** KVM's calls for memory slots that go and come back; the others are those of on-demand-4k. */
const slotsOn = (
  name: string,
  platform: PresetName,
  backing: Scope['backing'] = 'separate',
  scopes: readonly ScopeInput[] = [{}],
): MutantGroup => ({
  name: `KVM with slots${name}, ${backing}`,
  layer: 'kvm',
  subjects: scopes.map((scope) => ({
    ...subject('on-demand-4k/slots-unmapped', 'type1v2', backing),
    ...{ platform, scope: { start: 'private', ...scope } },
  })),
  only: /^(delete|create)-slot[,:]/,
  environments: withGuest,
})

const type1v2 = driver('type1v2', [subject('on-demand-4k', 'type1v2'), subject('on-demand-superpage', 'type1v2')])
const iommufd = driver('iommufd', [subject('on-demand-4k', 'iommufd')], { group: type1v2, mutants: /./ })
/** Its map writes, and undoes, as type1's does; its unmap is its own. */
const cut = driver('cut', [subject('hitless-cut', undefined)], {
  group: type1v2,
  mutants: /^(undo of )?map[,:]/,
})

/** Every design that holds, its drivers and KVM: each driver with the designs that use all of it, and no plan twice. */
const groups: readonly MutantGroup[] = [
  type1v2,
  iommufd,
  driver('type1v1', [subject('on-demand-4k', 'type1v1')], { group: type1v2, mutants: /./ }),
  driver('iommufd by file', [subject('fd-offset', undefined)], { group: iommufd, mutants: /./ }),
  cut,
  driver('coalesce', [subject('hitless-coalesce', undefined)], { group: cut, mutants: /./ }),
  driver('replace', [subject('replace-domain', undefined)]),
  driver('mirror', [subject('mirror-guest-memfd', undefined, 'in-place')]),
  kvm('separate'),
  kvm('in-place'),
  kvmOn('SEV-SNP', 'sev-snp'),
  kvmOn('SEV-SNP', 'sev-snp', 'in-place'),
  kvmOn('RISC-V CoVE', 'riscv-cove'),
  kvmOn('Arm CCA', 'arm-cca'),
  kvmOn('TDX Connect', 'tdx-connect'),
  kvmOn('TDX Connect', 'tdx-connect', 'in-place'),
  kvmOn('pKVM', 'pkvm', 'in-place', 'pin-all'),
  slotsOn('', 'tdx-2021-reading', 'separate', [{ pages: 4 }, {}]),
  slotsOn('', 'tdx-2021-reading', 'in-place'),
  slotsOn(' on SEV-SNP', 'sev-snp'),
  slotsOn(' on RISC-V CoVE', 'riscv-cove'),
  slotsOn(' on Arm CCA', 'arm-cca'),
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

/** Mutants that few schedules kill. */
const knownKillers: readonly KnownKiller[] = [
  {
    groups: /^driver/,
    mutants: /caching mode/,
    environments: /separate · caching mode|in-place · caching mode/,
    runs: 8000,
  },
  {
    groups: /^driver type1v2/,
    mutants: /an empty table|was unlinked/,
    environments: /superpage.*common pool$/,
    runs: 600,
  },
  { groups: /^driver/, mutants: /lock\.\w+ container/, environments: /two raw callers$/, runs: 1500 },
  {
    groups: /^driver iommufd/,
    mutants: /account ↔ lock\.release/,
    environments: /two raw callers, locked memory$/,
    runs: 30_000,
  },
  { groups: /^driver/, mutants: /^(undo of map|unmap),/, environments: /raw calls, common pool$/, runs: 200 },
  { groups: /^driver coalesce/, mutants: /one run ↔ lock\.release/, environments: /one region$/, runs: 12_000 },
  {
    groups: /^driver/,
    mutants: /part to unmap of area .* ↔ iommu\.clflush/,
    environments: /raw calls, incoherent$/,
    runs: 1500,
  },
  {
    groups: /^driver cut/,
    mutants: /cut superpage of call: .*clflush-tables/,
    environments: /· incoherent$/,
    runs: 4000,
  },
  {
    groups: /^driver type1v2/,
    mutants: /^undo of map, .*(drop each unlinked|swap each part|↔ each unlinked|unit|wait)/,
    environments: /4k.*· raw calls$/,
    runs: 4000,
  },
  {
    groups: /^driver type1v2/,
    mutants: /^undo of map, .*iommu\.wait ↔ each unlinked/,
    environments: /raw calls, common pool$/,
    runs: 30_000,
  },
  {
    groups: /^driver replace/,
    mutants: /^map: .*all pages .* ↔ lock\.release/,
    environments: /two raw callers$/,
    runs: 30_000,
  },
  { groups: /^driver replace/, mutants: /device-tlb/, environments: /device TLB/, runs: 5000 },
  { groups: /^driver replace/, mutants: /undo of map|of call .* ↔ each device/, environments: / failure$/, runs: 2500 },
  { groups: /^KVM/, mutants: /kick|invalidate/, environments: /· (guest|guest, failure|arbitrary.* EPT)$/, runs: 1500 },
  {
    groups: /^KVM on/,
    mutants: /zap-(private|shared) ↔/,
    environments: /(arbitrary guest, secure EPT|flush of vCPUs, arbitrary guest)$/,
    runs: 8000,
  },
  {
    groups: /^KVM on TDX Connect/,
    mutants: /^set-private, .*track ↔ kvm\.kick/,
    environments: /trusted devices$/,
    ...{ runs: 1000, length: 480 },
  },
  { groups: /^KVM (on TDX|(with slots )?on SEV)/, mutants: /trust/, environments: /trusted devices$/, runs: 4000 },
  {
    groups: /^KVM with/,
    mutants: /invalidate-slot ↔|zap-(shared|private) ↔/,
    environments: /· memory slots$/,
    runs: 6000,
  },
  { groups: /^KVM/, mutants: /-flush/, environments: /flush of vCPUs$/, runs: 12_000 },
  { groups: /, separate/, mutants: /set-shared on chunk ↔ call discard/, environments: /· guest$/, runs: 4000 },
  {
    groups: /^on-demand-superpage/,
    mutants: /unacknowledged, mapped run/,
    environments: /· one superpage, failure$/,
    runs: 6000,
  },
  { groups: /, separate/, mutants: /^undoShared/, environments: /· (one superpage, )?failure$/, runs: 1500 },
  { groups: /^[^d]/, mutants: /acquire vm/, environments: /(· |guest, )failure$/, runs: 4000 },
]

const options = { seed: 1, length: 120, killedBefore: readKilledBefore() }
/** What is listed gets fewer runs: the list was made with many. */
const listed = { ...options, rounds: [15], knownKillers: [] }
const unlisted = { ...options, rounds: [25, 150, 600], knownKillers }
const all: MutantResult[] = []

const entryOf = (group: string, mutant: string) =>
  reviewed.find((entry) => entry.groups.test(group) && entry.mutants.test(mutant))

function resultsOf(group: MutantGroup): MutantResult[] {
  const isListed = (mutant: string) => entryOf(group.name, mutant) !== undefined
  return [...runMutants(group, listed, isListed), ...runMutants(group, unlisted, (mutant) => !isListed(mutant))]
}

describe('every mutant is killed, or listed as equivalent with its reason', () => {
  test.each(groups)('$name', { timeout: 600_000 }, (group) => {
    expect(ownViolations(group, listed, 30), 'violated without any change').toEqual([])
    const results = resultsOf(group)
    all.push(...results)
    const survivors = results.filter(
      ({ mutant, killedBy }) => killedBy === '' && entryOf(group.name, mutant) === undefined,
    )
    const stale = results.filter(({ mutant, killedBy }) => killedBy !== '' && entryOf(group.name, mutant) !== undefined)
    expect(survivors.map(({ mutant }) => mutant)).toEqual([])
    expect(stale.map(({ mutant, killedBy }) => `${mutant}: ${killedBy}`)).toEqual([])
  })
})

test('a mutant whose boot never ends is killed by the boot', () => {
  const mutant = 'map: drop lock.release container'
  const [result] = runMutants(type1v2, listed, (name) => name === mutant)
  expect(result).toMatchObject({ mutant, killedBy: 'boot', runs: 0 })
})

test('every entry of the list has a change that it explains', () => {
  const idle = reviewed.filter((entry) => !all.some(({ group, mutant }) => entryOf(group, mutant) === entry))
  expect(idle.map(({ groups: where, mutants }) => `${where} ${mutants}`)).toEqual([])
})

afterAll(() => {
  if (process.env.DMAPROOF_UPDATE === '1') writeKilledBefore(all)
  const counts = new Map<string, number>()
  for (const { group, mutant, killedBy } of all) {
    const key = killedBy || (entryOf(group, mutant) === undefined ? 'unexplained' : 'equivalent')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const words = [...counts].sort(([, a], [, b]) => b - a).map(([key, count]) => `${key} ${count}`)
  console.log(`${all.length} mutants: ${words.join(', ')}`)
})
