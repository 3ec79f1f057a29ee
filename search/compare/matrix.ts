import { type Design, fullName } from '../../designs/index.js'
import type { Part } from '../../model/machine/parts.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import type { Property } from '../../properties/index.js'
import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import type { MachineConfigInput } from '../machine-config.js'

/** One machine of the comparison, and the properties that are judged on it. */
export interface MatrixCell {
  readonly setup: MachineConfigInput
  readonly properties: readonly string[]
  /** What the cell asks, where it is not one of the plain matrix. */
  readonly asks?: string
  /** Times the usual runs that the cell is searched. */
  readonly effort: number
}

/** Runs of a cell whose effort is 1: enough to find all that is pinned, in well under a minute on two cores. */
export const defaultRuns = 500
/** What is rare: races of two conversions, and DMA that outlives its invalidation. */
const patient = 3

/** Every design × backing × preset is asked under these; in place, with and without the pin check. */
const readings = ['tdx-2021-reading', 'tdx-2026-reading'] as const
const kernels = ['linux-6.12', 'linux-7.2', 'qemu-vtd'] as const

const named = ({ properties }: Catalogue, isMeant: (property: Property) => boolean): string[] =>
  properties.filter(isMeant).map(({ name }) => name)
const isPlain = ({ parts, needsFailures }: Property): boolean => parts.length === 0 && needsFailures !== true
const guestParts: Part[] = ['secureEpt', 'content']

/** The plain matrix, each property on a machine with the parts that it needs, then what cuts across. */
export function cells(catalogue: Catalogue = builtIn): readonly MatrixCell[] {
  return [
    ...catalogue.designs.flatMap((design) => matrix(design, catalogue)),
    ...acrossAll(catalogue),
    ...acrossSome(catalogue),
  ]
}

function matrix(design: Design, catalogue: Catalogue): MatrixCell[] {
  const machines = (driver: string, scope: ScopeInput, platform: string) =>
    machinesOf(setupOf(design, driver, scope, platform), catalogue)
  return design.drivers.flatMap((driver) => [
    ...[...readings, ...kernels].flatMap((platform) => machines(driver.name, { backing: 'separate' }, platform)),
    ...readings.flatMap((platform) => [
      ...machines(driver.name, { backing: 'in-place' }, platform),
      ...machines(driver.name, { backing: 'in-place' }, `${platform} inPlacePinCheck=refuse`),
    ]),
    ...machines(driver.name, { backing: 'in-place' }, 'linux-7.2'),
  ])
}

/** The machines that judge all properties of one design: as small as each property allows. */
function machinesOf(setup: MachineConfigInput, catalogue: Catalogue): MatrixCell[] {
  return [
    { setup, properties: named(catalogue, isPlain), effort: 1 },
    {
      setup: { ...setup, scope: { ...setup.scope, start: 'private' }, parts: guestParts },
      properties: named(catalogue, ({ parts }) => parts.includes('content')),
      effort: 1,
    },
    {
      setup: { ...setup, parts: ['faultCount'] },
      properties: named(catalogue, ({ parts }) => parts.includes('faultCount')),
      effort: 1,
    },
    {
      setup: { ...setup, scope: { ...setup.scope, failures: 1 } },
      properties: named(catalogue, ({ needsFailures }) => needsFailures === true),
      effort: 1,
    },
  ]
}

function setupOf(design: Design, driver: string, scope: ScopeInput, platform: string): MachineConfigInput {
  return {
    design: fullName(design),
    driver,
    platform,
    scope: { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, ...design.scope, ...scope },
  }
}

/** Questions to every design: no drain; and an IOMMU that aborts what has no SHARED bit. */
function acrossAll({ designs }: Catalogue): MatrixCell[] {
  return designs
    .flatMap((design) =>
      design.backings.map((backing): readonly [Design, string, ScopeInput['backing']] => [
        design,
        design.drivers[0].name,
        backing,
      ]),
    )
    .flatMap(([design, driver, backing]) => [
      {
        setup: setupOf(design, driver, { backing }, 'tdx-2021-reading drain=none'),
        properties: ['no-private-reach', 'no-stale-frame'],
        asks: 'a wait completes while DMA is still in flight',
        effort: patient,
      },
      {
        setup: setupOf(design, driver, { backing }, 'tdx-2021-reading privateGpaInput=aborts'),
        properties: ['no-shared-fault'],
        asks: 'the IOMMU aborts every address without the SHARED bit, and the host strips it',
        effort: 1,
      },
    ])
}

interface Question {
  readonly designs: readonly string[]
  readonly driver?: string
  readonly scope?: ScopeInput
  readonly platform?: string
  readonly lock?: 'none'
  readonly parts?: Part[]
  readonly properties?: readonly string[]
  readonly asks: string
  readonly effort?: number
}

const inPlace: ScopeInput = { backing: 'in-place' }
const racers = ['on-demand-4k', 'attributes-first']
/** They take a call that failed for one that is done. */
const misreading = [
  'attributes-first/dma-errors-ignored',
  'on-demand-4k/unmap-errors-ignored',
  'on-demand-4k/discard-errors-ignored',
]
/** They go by a bitmap of their own. */
const noting = ['on-demand-4k/bitmap-before', 'on-demand-4k/bitmap-rolled-back', 'on-demand-4k/bitmap-after']
const oneFailure: ScopeInput = { failures: 1 }
const limited: ScopeInput = { pages: 4, pagesPerSuperpage: 4, entryLimit: 1 }

/** Questions to some designs. */
const questions: readonly Question[] = [
  {
    designs: racers,
    scope: { guest: 'arbitrary' },
    lock: 'none',
    asks: 'two vCPUs convert one page in opposite directions, no lock',
  },
  {
    designs: racers,
    scope: { guest: 'arbitrary', ...inPlace },
    lock: 'none',
    asks: 'two vCPUs convert one page in opposite directions, no lock, in place',
  },
  {
    designs: racers,
    scope: { guest: 'arbitrary' },
    asks: 'two vCPUs convert one page in opposite directions, with the lock',
  },
  {
    designs: ['on-demand-4k'],
    scope: { guest: 'arbitrary', ...inPlace },
    asks: 'two vCPUs convert one page in opposite directions, with the lock, in place',
  },
  { designs: ['on-demand-superpage'], lock: 'none', asks: 'two vCPUs convert pages of one superpage, no lock' },
  {
    designs: ['on-demand-superpage'],
    scope: inPlace,
    lock: 'none',
    asks: 'two vCPUs convert pages of one superpage, no lock, in place',
  },
  {
    designs: ['on-demand-superpage'],
    scope: limited,
    asks: 'four pages a superpage, as many entries as superpages: one',
  },
  { designs: ['on-demand-4k'], scope: { entryLimit: 4 }, asks: 'as many entries as shared pages' },
  { designs: ['on-demand-4k'], scope: { entryLimit: 3, start: 'private' }, asks: 'one entry too few' },
  {
    designs: ['hitless-cut', 'hitless-cut/page-flush', 'hitless-coalesce'],
    platform: 'tdx-2021-reading psiMatch=containment',
    asks: 'an invalidation also drops larger entries that contain its range',
  },
  {
    designs: ['hitless-cut', 'hitless-cut/page-flush', 'hitless-coalesce'],
    scope: inPlace,
    platform: 'tdx-2021-reading psiMatch=containment',
    asks: 'an invalidation also drops larger entries that contain its range, in place',
  },
  {
    designs: ['deferred-flush'],
    scope: { frames: 'pool' },
    asks: 'freed frames may become private: a common pool',
    effort: 72,
  },
  {
    designs: ['replace-domain'],
    platform: 'tdx-2021-reading replaceHitless=false',
    asks: 'attaching blocks translation first',
  },
  {
    designs: ['on-demand-4k/map-first'],
    scope: inPlace,
    platform: 'tdx-2021-reading inPlacePinPrivate=refuse',
    asks: 'a page that is private cannot be pinned',
  },
  {
    designs: ['pin-all', 'on-demand-4k'],
    platform: 'tdx-2021-reading dmaToPrivate=poison-then-host-fatal',
    scope: inPlace,
    parts: guestParts,
    properties: ['no-private-reach', 'host-survives', 'private-integrity'],
    asks: 'a device write poisons a private page',
  },
  {
    designs: ['on-demand-4k', 'on-demand-superpage'],
    scope: oneFailure,
    properties: ['conversion-ends'],
    asks: 'a step of a conversion fails, and the guest is told so',
  },
  {
    designs: ['mirror-guest-memfd'],
    scope: { ...oneFailure, ...inPlace },
    properties: ['conversion-ends'],
    asks: 'a step of a conversion fails in place, and the guest is told so',
  },
  ...['type1v2', 'iommufd'].map((driver) => ({
    designs: ['on-demand-4k'],
    driver,
    scope: { hotplug: true },
    asks: 'the last device goes, and another comes',
  })),
  {
    designs: ['on-demand-4k', 'attributes-first', 'attributes-first/undone', ...misreading, ...noting],
    driver: 'iommufd',
    scope: oneFailure,
    asks: 'a call of a conversion fails: attribute, map, unmap or discard',
  },
  {
    designs: ['on-demand-4k', 'on-demand-4k/unmap-errors-ignored', ...noting],
    driver: 'iommufd',
    scope: { ...oneFailure, ...inPlace },
    asks: 'a call of a conversion fails in place: attribute, map or unmap',
  },
  ...[{}, inPlace].map((scope) => ({
    designs: ['on-demand-4k/enoent-is-done'],
    scope,
    asks: 'an unmap that cuts a mapping gives ENOENT, as one of nothing does',
  })),
  {
    designs: ['on-demand-4k/bitmap-before'],
    scope: { ...oneFailure, start: 'private' },
    properties: ['no-shared-fault'],
    asks: 'a map fails, and the guest asks again',
  },
  {
    designs: ['on-demand-superpage'],
    platform: 'linux-6.12',
    parts: ['walkCache'],
    asks: '6.12 frees an empty table before it flushes',
  },
]

function acrossSome(catalogue: Catalogue): MatrixCell[] {
  const plain = named(catalogue, isPlain)
  return questions.flatMap((question) => {
    const { scope = {}, platform = 'tdx-2021-reading', lock, parts, asks, effort = patient } = question
    return catalogue.allDesigns
      .filter((design) => question.designs.includes(fullName(design)))
      .map((design) => ({
        setup: {
          ...setupOf(design, question.driver ?? design.drivers[0].name, scope, platform),
          ...(lock === undefined ? {} : { lock }),
          ...(parts === undefined ? {} : { parts }),
        },
        properties: question.properties ?? plain,
        asks,
        effort,
      }))
  })
}
