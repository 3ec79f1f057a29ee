import { designs, fullName } from '../../designs/index.js'
import type { Part } from '../../model/machine/parts.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import type { MachineConfigInput } from '../machine-config.js'

/** What one kind of machine has beyond the smallest. */
interface Kind {
  readonly scope?: ScopeInput
  readonly platform?: string
  readonly parts?: readonly Part[]
}

const usual = 'tdx-2021-reading'
const guest: readonly Part[] = ['secureEpt', 'content']

/** Every design runs on these. */
const everywhere: readonly Kind[] = [
  {},
  { parts: guest, scope: { failures: 2, start: 'private' } },
  { parts: ['walkCache', 'faultRing'], platform: 'linux-6.12', scope: { units: 2, devices: 2 } },
  { platform: `${usual} ats=true cachingMode=true` },
  { parts: ['coherency'], platform: `${usual} coherentPageWalk=false` },
  { parts: ['hostAccess'], scope: { frames: 'pool', failures: 2 } },
]

/** Drivers called directly, with good and bad arguments: a design a driver. */
const called: readonly (readonly [design: string, driver: string])[] = [
  ['on-demand-4k', 'type1v2'],
  ['on-demand-4k', 'type1v1'],
  ['on-demand-4k', 'iommufd'],
  ['on-demand-4k', 'compat'],
  ['pin-all', 'iommufd'],
  ['fd-offset', 'iommufd-file'],
]

/** Two vCPUs that often map pages of one region at the same time. */
const beside: ScopeInput = { pages: 2, requests: 'pages', start: 'private', failures: 1, teardown: false }

/** Bounds and platforms that make one rule speak. */
const special: readonly (Kind & { readonly design: string; readonly driver: string })[] = [
  { design: 'on-demand-4k', driver: 'type1v2', scope: { entryLimit: 2, start: 'private' } },
  { design: 'on-demand-4k', driver: 'type1v2', scope: { memlockLimit: 2, start: 'private' } },
  { design: 'fd-offset', driver: 'iommufd-file', scope: { memlockLimit: 2, start: 'private' } },
  { design: 'on-demand-4k', driver: 'iommufd', scope: { memlockLimit: 3, lockedElsewhere: 2, start: 'private' } },
  { design: 'punch-holes', driver: 'type1v2', scope: { memslotLimit: 1 } },
  { design: 'punch-holes', driver: 'type1v2', scope: { slotChanges: true, memslotLimit: 1, failures: 1 } },
  { design: 'pin-all', driver: 'type1v2', scope: { backing: 'in-place' }, platform: `${usual} inPlacePinCheck=refuse` },
  {
    design: 'on-demand-4k/map-first',
    driver: 'type1v2',
    scope: { backing: 'in-place' },
    platform: `${usual} inPlacePinPrivate=refuse`,
  },
  {
    design: 'on-demand-4k/map-first',
    driver: 'iommufd',
    scope: { backing: 'in-place' },
    platform: `${usual} inPlacePinPrivate=refuse`,
  },
  { design: 'replace-domain', driver: 'iommufd-replace', platform: `${usual} replaceHitless=false` },
  { design: 'replace-domain', driver: 'iommufd-replace', parts: ['contextCache'] },
  { design: 'replace-domain/context-by-words', driver: 'iommufd-replace-by-words', parts: ['contextCache'] },
  { design: 'on-demand-4k', driver: 'type1v2', parts: ['cpuFlush', 'content'] },
  { design: 'on-demand-4k', driver: 'type1v2', parts: ['unitMessages'] },
  { design: 'on-demand-4k/bitmap-before', driver: 'iommufd', scope: { failures: 1 } },
  {
    design: 'on-demand-4k',
    driver: 'iommufd',
    scope: { backing: 'in-place', references: 2, implicit: 'both' },
    platform: `${usual} inPlacePinCheck=refuse`,
  },
  {
    design: 'on-demand-4k/slots-unmapped',
    driver: 'iommufd',
    scope: { slotChanges: true, failures: 1 },
    parts: guest,
  },
  {
    design: 'on-demand-4k/seals-file',
    driver: 'iommufd',
    scope: { truncations: 1, reclaim: true },
  },
  { design: 'on-demand-4k', driver: 'type1v2', scope: { truncations: 1 } },
  { design: 'on-demand-4k', driver: 'type1v2', scope: { lateAts: true }, platform: `${usual} ats=true` },
  { design: 'on-demand-4k/two-containers', driver: 'type1v2', scope: { secondContainer: true } },
  { design: 'on-demand-4k/pins-dropped', driver: 'type1v2-dropping-pins', scope: { secondContainer: true } },
  {
    design: 'on-demand-4k/devices-counted',
    driver: 'type1v2-counting-devices',
    scope: { devicePages: 1, memlockLimit: 2, calls: true },
  },
  { design: 'on-demand-4k', driver: 'iommufd', scope: { devicePages: 1, calls: true } },
  { design: 'hitless-cut', driver: 'hitless-cut', scope: { devicePages: 1, calls: true } },
  { design: 'on-demand-4k/caller-charged', driver: 'type1v2-charging-caller', scope: { processes: true } },
  ...(['type1v2-flush-errors-ignored', 'type1v2-flush-by-one-word', 'type1v2-flush-repeated'] as const).map(
    (driver) => ({
      design: `on-demand-4k/${driver.slice('type1v2-'.length)}`,
      driver,
      scope: { queueErrors: 2, timeOuts: 2 },
      platform: `${usual} ats=true`,
    }),
  ),
  { design: 'on-demand-4k/maps-at-once', driver: 'iommufd-maps-at-once', scope: beside },
  {
    design: 'on-demand-4k/maps-at-once',
    driver: 'iommufd-maps-at-once',
    scope: { ...beside, vcpus: 2, hotplug: true },
  },
  {
    design: 'on-demand-4k/maps-at-once',
    driver: 'iommufd-maps-at-once',
    scope: { pages: 1, pagesPerSuperpage: 1, calls: true, teardown: false },
  },
  { design: 'on-demand-4k/table-stored', driver: 'iommufd-table-stored', scope: { start: 'private' } },
  ...(['separate', 'in-place'] as const).flatMap((backing) =>
    [
      'sev-snp',
      'sev-snp rmpEntries=largest',
      'riscv-cove',
      'riscv-cove ioMpt=kept',
      'arm-cca',
      'arm-cca rttEntries=blocks',
    ].map((platform) => ({
      design: 'on-demand-4k',
      driver: 'type1v2',
      scope: { backing, start: 'private', failures: 2 } as const,
      platform,
      parts: guest,
    })),
  ),
  {
    design: 'on-demand-4k/not-kicked',
    driver: 'type1v2',
    scope: { start: 'private' },
    platform: 'riscv-cove',
    parts: guest,
  },
  {
    design: 'on-demand-4k/incomplete-ignored',
    driver: 'type1v2',
    scope: { start: 'private' },
    platform: 'arm-cca',
    parts: guest,
  },
  ...(['on-demand-4k', 'pin-all/completed-in-batch', 'pin-all/atc-invalidated'] as const).map((design) => ({
    design,
    driver: 'type1v2',
    scope: { backing: 'in-place', start: 'private', failures: 2 } as const,
    platform: 'pkvm ats=true',
    parts: [...guest, 'hostAccess'] as const,
  })),
  ...(['shared', 'private'] as const).map((start) => ({
    design: 'pin-all',
    driver: 'type1v2',
    scope: { backing: 'in-place', slotChanges: start === 'shared', start } as const,
    platform: 'pkvm identityMap=counted',
    parts: guest,
  })),
  ...(['on-demand-4k', 'on-demand-4k/unreleased', 'on-demand-4k/status-not-awaited'] as const).map((design) => ({
    design,
    driver: 'type1v2',
    scope: { devices: 2, trustedDevices: 1, start: 'private', failures: 2 } as const,
    platform: 'tdx-connect',
    parts: guest,
  })),
  ...(['sev-snp', 'arm-cca', 'riscv-cove'] as const).map((platform) => ({
    design: 'on-demand-4k',
    driver: 'type1v2',
    scope: { devices: 2, trustedDevices: 1, start: 'private', failures: 2 } as const,
    platform,
    parts: guest,
  })),
  ...(
    [
      ['on-demand-4k', 'sev-snp'],
      ['on-demand-4k/enabled-unverified', 'sev-snp'],
      ['on-demand-4k/stopped-enabled', 'sev-snp'],
      ['on-demand-4k', 'arm-cca'],
      ['on-demand-4k/enabled-unverified', 'arm-cca'],
      ['on-demand-4k', 'riscv-cove'],
      ['on-demand-4k/enabled-unverified', 'riscv-cove'],
      ['on-demand-4k/stopped-enabled', 'riscv-cove'],
    ] as const
  ).map(([design, platform]) => ({
    design,
    driver: 'type1v2',
    scope: { devices: 2, trustedDevices: 1, interfaceLife: true, start: 'private', failures: 2 } as const,
    platform,
    parts: guest,
  })),
  { design: 'attributes-first/one-region', driver: 'iommufd', scope: { regionPages: 1 } },
  ...(['type1v2', 'type1v1', 'iommufd'] as const).map((driver) => ({
    design: 'on-demand-4k',
    driver,
    scope: { hotplug: true, calls: true },
  })),
]

/** The machines on which every row and every rule of the model is to be exercised. */
export function machines(): readonly MachineConfigInput[] {
  return [
    ...designs
      .flatMap((design) =>
        everywhere.map((kind) =>
          setup(fullName(design), design.drivers[0].name, { ...kind, scope: { ...design.scope, ...kind.scope } }),
        ),
      )
      .map((one) => inItsBacking(one)),
    ...called.flatMap(([design, driver]) =>
      [usual, 'linux-6.12'].map((platform) => setup(design, driver, { platform, scope: { calls: true, failures: 2 } })),
    ),
    ...special.map(({ design, driver, ...kind }) => setup(design, driver, kind)),
  ].filter(({ design, platform }) => design !== 'fd-offset' || !platform.startsWith('linux-6.12'))
}

function setup(design: string, driver: string, { scope, platform = usual, parts = [] }: Kind): MachineConfigInput {
  return { design, driver, platform, parts: [...parts], scope: { pages: 4, pagesPerSuperpage: 2, ...scope } }
}

function inItsBacking(one: MachineConfigInput): MachineConfigInput {
  const design = designs.find((known) => fullName(known) === one.design)
  if (design === undefined || design.backings.includes('separate')) return one
  const platform = one.platform.startsWith('linux-') ? usual : one.platform
  return { ...one, platform, scope: { ...one.scope, backing: 'in-place', frames: 'page' } }
}
