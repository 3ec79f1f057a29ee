import { eachMappedPage } from '../../designs/vocabulary/loops.js'
import { allPages, chunk, coveringSuperpages, given, page } from '../../designs/vocabulary/ranges.js'
import { Private, pinFilePage, setAttributes, storeSuperpage } from '../../designs/vocabulary/steps.js'
import type { Part } from '../../model/machine/parts.js'
import type { ScopeInput } from '../../model/machine/scope.js'
import { isTable, leafAt } from '../../model/memory/page-table.js'
import type { Condition } from '../../model/plan/plan.js'
import { oneTrustedDevice } from '../../search/compare/trusted-devices.js'
import {
  argument,
  at,
  drop,
  insertAfter,
  insertBefore,
  moveAfter,
  noRollback,
  onArchitecture,
  type PlanChange,
  replace,
} from '../operators.js'
import { firstPageOf, one } from '../values.js'

/** A fault of host software: on a machine of its own, a design and driver with changes, or as they are. */
export interface ClauseFault {
  readonly design: string
  /** The first of the design, if left out. */
  readonly driver?: string
  readonly changes?: readonly PlanChange[]
  readonly scope?: ScopeInput
  /** `tdx-2021-reading`, if left out. */
  readonly platform?: string
  readonly parts?: readonly Part[]
}

/** What breaks a clause: a bug of the museum by its id, another fault, or why no plan of a host can. */
export type Way = { readonly bug: string } | ClauseFault | { readonly never: string }

const bug = (id: string): Way => ({ bug: id })
export const defaultPlatform = 'tdx-2021-reading'
const onDemand = { design: 'on-demand-4k', driver: 'type1v2' } as const
const inPlace = { scope: { backing: 'in-place' } } as const
const area = 'each mapping of the call'
const entry = 'each secure EPT entry of call'
const oneRun = 'when the region is one run'
const noEntryThere = ['each page of call (2)', 'when neither a table nor a superpage is there'] as const
const guest = ['secureEpt', 'content'] as const
/** A page turns private and stays mapped. */
const staysMapped = { ...onDemand, ...inPlace, changes: [drop(at('toPrivate', 'each mapped page of chunk'))] } as const
const slots = { scope: { slotChanges: true }, parts: guest } as const
const poisoned = `${defaultPlatform} dmaToPrivate=poison-then-host-fatal poisonConsumer=host`
/** The shared half of a device that the TD trusts keeps a page that becomes private. */
const sharedHalfForgotten = {
  design: 'on-demand-4k/shared-half-forgotten',
  scope: oneTrustedDevice,
  platform: 'tdx-connect',
  parts: guest,
} as const
const firstPageFirst = insertBefore(at('set-private', 'kvm.set-attributes'), [
  setAttributes(firstPageOf(given), Private),
])
/** A table is in the way of a superpage, and its first entry is present: whether the others are alike is not asked. */
const firstPageHasEntry: Condition = {
  name: 'the first page of the table has an entry',
  holds: (m, s) => isTable(s.pde[0]) && leafAt(m, s, s.domain[0], 0) !== 0,
}
const rmmAlone = 'the RMM alone writes a RIPAS, and an entry of the RTT: no step of a host does'
const hardware = 'it is of the hardware alone: no step of a host blocks a DMA or writes a record'

/** By property, in the order of its clauses. */
export const ways: Readonly<Record<string, readonly Way[]>> = {
  'no-private-reach': [
    staysMapped,
    {
      design: 'hitless-coalesce',
      changes: [
        drop(at('map', oneRun, 'each unit')),
        drop(at('map', oneRun, 'iommu.free-tables')),
        argument(at('unmap', area, 'each unit', 'iommu.submit-psi'), 'ih', one),
        drop(at('unmap', area, 'each unlinked table of area')),
      ],
      ...inPlace,
      parts: ['walkCache'],
    },
    { ...onDemand, ...inPlace, changes: [drop(at('unmap', area, 'each unit'))] },
    {
      ...onDemand,
      ...inPlace,
      changes: [drop(at('unmap', area, 'each unit (2)'))],
      platform: `${defaultPlatform} ats=true`,
      parts: ['deviceTlb'],
    },
    { ...onDemand, ...inPlace, platform: `${defaultPlatform} drain=none` },
    { ...onDemand, parts: ['unitMessages'] },
    { design: 'on-demand-4k/second-forgotten', scope: { ...inPlace.scope, secondContainer: true } },
    { ...sharedHalfForgotten, scope: { ...sharedHalfForgotten.scope, backing: 'in-place' } },
    {
      design: 'on-demand-4k/enabled-unverified',
      scope: { ...oneTrustedDevice, interfaceLife: true },
      platform: 'sev-snp',
      parts: ['secureEpt'],
    },
  ],
  'no-stale-frame': [
    bug('V20'),
    bug('H10'),
    bug('F01'),
    bug('V10'),
    bug('T01'),
    { design: 'on-demand-4k/maps-unpinned', scope: { reclaim: true } },
  ],
  'no-shared-fault': [
    { design: 'pin-all/share-not-passed', platform: 'pkvm', parts: guest, scope: { backing: 'in-place' } },
    bug('P03'),
  ],
  'host-survives': [
    {
      ...onDemand,
      ...inPlace,
      changes: [drop(at('set-private', 'gmem.unmap-host'))],
      platform: 'tdx-2026-reading',
      parts: ['hostAccess', ...guest],
    },
    { ...staysMapped, platform: poisoned, parts: guest },
    { ...onDemand, ...inPlace, platform: 'tdx-2026-reading', parts: ['unitMessages'] },
    { ...staysMapped, platform: 'tdx-2026-reading', parts: guest },
  ],
  'single-backing': [bug('T01')],
  'private-integrity': [
    { ...staysMapped, platform: poisoned, parts: guest },
    { ...staysMapped, platform: poisoned, parts: guest },
    { never: 'the TDX module, the RMM, the TSM and the guest clear what is added: no step of a host does' },
  ],
  'accounts-balance': [
    { ...onDemand, changes: [drop(at('set-private', 'kvm.invalidate-end'))], parts: ['secureEpt'] },
    { ...onDemand, changes: [drop(at('unmap', 'vfio.unmap-dma'))], scope: { calls: true } },
    bug('T01'),
    bug('T03'),
    {
      ...onDemand,
      changes: [onArchitecture('sev-snp', drop(at('discard-private', `${entry} (2)`, 'snp.rmpupdate-shared')))],
      platform: 'sev-snp',
      parts: guest,
      scope: { start: 'private' },
    },
    bug('X18'),
    bug('T01'),
    bug('T01'),
    { never: 'guest_memfd looks for references in the step that changes the attribute' },
    bug('V01'),
    bug('V07'),
    {
      design: 'on-demand-4k/maps-at-once',
      changes: [drop(at('map', ...noEntryThere, 'when another table was there first'))],
      scope: { vcpus: 2, start: 'private', requests: 'pages' },
    },
    bug('S04'),
    { never: 'each row that counts a mapping counts its entry in the same step' },
    { design: 'on-demand-4k/devices-counted' },
    { design: 'on-demand-4k/caller-charged' },
    bug('T07'),
    { never: 'the row that takes an entry asks first whether there is one' },
  ],
  'errors-as-documented': [
    { ...onDemand, changes: [firstPageFirst], scope: { failures: 1 } },
    {
      ...onDemand,
      changes: [firstPageFirst],
      scope: { ...inPlace.scope, failures: 1 },
      platform: `${defaultPlatform} inPlacePinCheck=refuse`,
    },
    {
      design: 'on-demand-4k',
      driver: 'iommufd',
      changes: [moveAfter(at('unmap', area, 'iommufd.isolate-area'), 'container.remove-mapping')],
      scope: { calls: true, failures: 1 },
    },
    {
      design: 'on-demand-4k',
      driver: 'iommufd',
      changes: [noRollback('undo of attach')],
      scope: { hotplug: true, failures: 1 },
    },
    bug('T16'),
  ],
  'entry-limit': [bug('P02')],
  'calls-as-promised': [
    bug('T03'),
    bug('X08'),
    bug('V10'),
    bug('V09'),
    bug('V24'),
    bug('V01'),
    bug('T01'),
    { ...onDemand, changes: [drop(at('map', 'each part to map of call', 'each largest leaf of part'))] },
    {
      ...onDemand,
      changes: [drop(at('unmap', area, 'each part to unmap of area'))],
      scope: { calls: true },
      platform: 'linux-6.12',
    },
    {
      ...onDemand,
      changes: [drop(at('map', 'iommu.clflush-tables'))],
      platform: `${defaultPlatform} coherentPageWalk=false`,
      parts: ['coherency'],
    },
    {
      ...onDemand,
      changes: [drop(at('map', 'when caching mode'))],
      platform: `${defaultPlatform} cachingMode=true`,
    },
    bug('X25'),
    ...Array.from({ length: 4 }, () => ({ never: 'the row that makes the mapping looks at the range first' })),
    {
      ...{ design: 'on-demand-4k', driver: 'iommufd', scope: { calls: true, devicePages: 1 } },
      changes: [replace(at('map', 'each page of call', 'iommufd.pin-page'), [pinFilePage])],
    },
    {
      design: 'hitless-coalesce',
      changes: [replace(at('map', oneRun), [{ when: firstPageHasEntry, body: [storeSuperpage(coveringSuperpages)] }])],
      scope: { calls: true },
    },
  ],
  'blocked-is-recorded': [{ never: hardware }, { never: hardware }],
  'sept-protocol': [
    {
      ...onDemand,
      changes: [drop(at('set-shared', entry, 'tdh.phymem.page.wbinvd'))],
      parts: guest,
    },
    { never: 'the RMM, or the TSM, overwrites what it gives back: no step of a host does' },
    bug('K08'),
    bug('K07'),
    { never: 'the notifier of the host tells KVM in the step that takes a frame out' },
    bug('O04'),
    { ...onDemand, ...slots, changes: [drop(at('delete-slot', 'kvm.zap-shared'))] },
    { ...onDemand, ...slots, changes: [drop(at('delete-slot', 'kvm.delete-slot'))] },
    sharedHalfForgotten,
    { never: 'the TDX module gives a page another frame only when no IOTLB can hold the one before' },
    { never: 'the TDX module fills no translation of a page that waits for the guest to accept it' },
    { never: rmmAlone },
    { never: rmmAlone },
  ],
  'conversion-ends': [
    { design: 'on-demand-4k/converts-at-fault', scope: { implicit: 'both' } },
    {
      ...onDemand,
      changes: [
        insertAfter(at('toShared', 'each unmapped page of chunk'), [
          { each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] },
        ]),
      ],
      scope: { noops: true },
    },
    { ...onDemand, changes: [drop(at('toPrivate', 'call set-private on chunk'))] },
    {
      never:
        'the RIPAS changes when the vCPU enters again, which is in no plan of a design: no change of one leaves it out',
    },
    bug('Q10'),
    bug('X09'),
    {
      ...onDemand,
      changes: [
        insertAfter(at('undoPrivate', 'each shared, unmapped page of chunk'), [
          { call: 'set-shared', on: allPages, fail: 'ignore' },
        ]),
      ],
      scope: { pages: 4, failures: 1 },
    },
    bug('X09'),
    { design: 'pin-all/share-not-passed', platform: 'pkvm', parts: guest, scope: { backing: 'in-place' } },
    { ...onDemand, changes: [drop(at('toShared', 'each unmapped page of chunk'))] },
    { design: 'pin-all', ...inPlace, platform: `${defaultPlatform} inPlacePinCheck=refuse` },
  ],
}
