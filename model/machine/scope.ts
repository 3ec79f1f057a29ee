import { ok, type Result, refuse } from '../../base/result.js'
import { interfaceLifeSays, lifeExpected, trustedExpected, trustedSays } from './architectures/trusted-devices.js'
import { expectedInstead, type Field, type ValueOf } from './fields.js'

/**
 * The sizes and options of one machine, each with its bounds and what it is where a caller does not say. Every bound of
 * a search is one of these names; `dmaproof explain` prints their descriptions.
 */
export const scopeTable = {
  pages: {
    kind: 'number',
    min: 1,
    max: 1 << 25,
    default: 4,
    description: 'Guest pages of 4 KiB; a multiple of pagesPerSuperpage.',
  },
  pagesPerSuperpage: {
    kind: 'number',
    min: 1,
    max: 512,
    default: 2,
    description: 'Pages of a superpage, a power of two: 512 on x86, 2 or 4 in small scopes.',
  },
  frames: {
    kind: 'choice',
    values: ['page', 'pool'],
    default: 'page',
    description: 'page: every page has frames of its own; pool: any page may get any free frame, of 64 pages at most.',
  },
  vcpus: {
    kind: 'number',
    min: 1,
    max: 8,
    default: 2,
    description: 'vCPUs of the guest, each with one conversion under way at most; with calls, threads of the host.',
  },
  devices: { kind: 'number', min: 1, max: 8, default: 1, description: 'Devices, each with one DMA in flight at most.' },
  trustedDevices: { kind: 'number', min: 0, max: 8, default: 0, description: trustedSays },
  interfaceLife: { kind: 'flag', default: false, description: interfaceLifeSays },
  units: {
    kind: 'number',
    min: 1,
    max: 4,
    default: 1,
    description: 'IOMMU units. The devices are dealt out to them in turn.',
  },
  iotlbEntries: {
    kind: 'number',
    min: 1,
    max: 64,
    default: 2,
    description: 'Translations that one IOMMU unit, and one device with a device TLB, may hold.',
  },
  walkCacheEntries: {
    kind: 'number',
    min: 1,
    max: 8,
    default: 1,
    description: 'Paging-structure cache entries of a unit, with the part walkCache.',
  },
  vcpuTlbEntries: {
    kind: 'number',
    min: 1,
    max: 8,
    default: 1,
    description: 'Translations that one vCPU may hold, with the part secureEpt.',
  },
  faultRecords: {
    kind: 'number',
    min: 1,
    max: 64,
    default: 2,
    description: 'Fault-recording registers of a unit, with the part faultCount.',
  },
  entryLimit: {
    kind: 'number',
    min: 0,
    max: 0xffff_ffff,
    default: 65_535,
    description: 'Mappings that a type1 container may hold (dma_entry_limit).',
  },
  memlockLimit: {
    kind: 'number',
    min: 0,
    max: 0xffff_ffff,
    default: 0xffff_ffff,
    description: 'Pages that may be locked (RLIMIT_MEMLOCK).',
  },
  lockedElsewhere: {
    kind: 'number',
    min: 0,
    max: 255,
    default: 0,
    description: 'Pages that another process of the same user may lock in one run.',
  },
  memslotLimit: {
    kind: 'number',
    min: 1,
    max: 32_764,
    default: 32_764,
    description: 'Memory slots that user space may use.',
  },
  devicePages: {
    kind: 'number',
    min: 0,
    max: 255,
    default: 0,
    description: "Pages at the guest's end that are memory of a device (a BAR): shared, and never converted.",
  },
  backing: {
    kind: 'choice',
    values: ['separate', 'in-place'],
    default: 'separate',
    description:
      'separate: the shared and the private side of a page have frames of their own; in-place: one frame is either.',
  },
  start: {
    kind: 'choice',
    values: ['shared', 'private'],
    default: 'shared',
    description: 'What every page is before the host boots.',
  },
  requests: {
    kind: 'choice',
    values: ['pages', 'superpages', 'both'],
    default: 'both',
    description: 'What the guest asks to convert at once: a page, a superpage, or either and two superpages in a row.',
  },
  teardown: { kind: 'flag', default: true, description: 'Whether the container may be torn down, which ends a run.' },
  teardownDma: {
    kind: 'flag',
    default: false,
    description: 'Whether DMA continues while the container is torn down; otherwise devices are quiet first.',
  },
  guest: {
    kind: 'choice',
    values: ['cooperative', 'arbitrary'],
    default: 'cooperative',
    description:
      'cooperative: a page under conversion is not asked for again, nor used; arbitrary: a guest that races itself.',
  },
  hotplug: {
    kind: 'flag',
    default: false,
    description: 'Whether devices are unplugged and plugged in again, one at a time, while the guest runs.',
  },
  lateAts: {
    kind: 'flag',
    default: false,
    description: 'Whether ATS of each device is off at the start, and turned on at some moment, while mappings exist.',
  },
  processes: {
    kind: 'flag',
    default: false,
    description: 'Whether the VMM becomes another process at some moment (exec), with its containers as they are.',
  },
  secondContainer: {
    kind: 'flag',
    default: false,
    description: 'Whether the VMM has a second container, whose mappings of shared pages are one step each.',
  },
  endsAtTop: {
    kind: 'flag',
    default: false,
    description:
      "Whether the guest's last page is the last of all 64-bit DMA addresses; an IOMMU driver for VT-d refuses it.",
  },
  queueErrors: {
    kind: 'number',
    min: 0,
    max: 255,
    default: 0,
    description: 'Invalidations that IOMMU units may refuse in one run, with a queue error (IQE).',
  },
  timeOuts: {
    kind: 'number',
    min: 0,
    max: 255,
    default: 0,
    description:
      'Invalidations that devices with a TLB may leave unanswered in one run, so that their unit reports a time-out ' +
      '(ITE) and aborts every wait.',
  },
  slotChanges: {
    kind: 'flag',
    default: false,
    description: 'Whether memory slots, of a superpage each, are deleted and put back, one at a time.',
  },
  reclaim: {
    kind: 'flag',
    default: false,
    description: 'Whether the host takes unpinned shared pages out of memory: reclaimed, or moved to another frame.',
  },
  truncations: {
    kind: 'number',
    min: 0,
    max: 255,
    default: 0,
    description:
      'Shared pages that another process may cut off the file behind them in one run, if that is not sealed.',
  },
  regionPages: {
    kind: 'number',
    min: 0,
    max: 1 << 25,
    default: 0,
    description:
      "Guest pages of one of the VMM's memory regions, of which each has a slot; 0: one region has them all.",
  },
  noops: { kind: 'flag', default: false, description: 'Whether the guest also asks for what is so already.' },
  calls: {
    kind: 'flag',
    default: false,
    description:
      'Whether host threads call the driver directly, with good and bad arguments, in the place of a guest that asks.',
  },
  references: {
    kind: 'number',
    min: 0,
    max: 255,
    default: 0,
    description:
      'In place: references to shared pages that others of the host may take in one run, and put soon after.',
  },
  lasting: { kind: 'flag', default: false, description: 'Whether such a reference is never put.' },
  implicit: {
    kind: 'choice',
    values: ['none', 'own', 'stray', 'both'],
    default: 'none',
    description:
      'Memory faults that user space answers by a conversion: none; own: the guest touches a page by its other ' +
      'side in place of a request; stray: a load meets a page under conversion by its shared side; or both.',
  },
  failures: {
    kind: 'number',
    min: 0,
    max: 255,
    default: 0,
    description: 'Allocations, pins and SEAMCALLs that the environment may make fail in one run.',
  },
} as const satisfies Readonly<Record<string, Field & { readonly default: unknown }>>

type ScopeTable = typeof scopeTable
/** All fields of a scope, each with its value. @example const isOpen = ({ teardown }: Scope) => !teardown */
export type Scope = { readonly [Name in keyof ScopeTable]: ValueOf<ScopeTable[Name]> }
/** A scope of which fields may be left to their defaults. @example const small: ScopeInput = { pages: 2, vcpus: 1 } */
export type ScopeInput = { readonly [Name in keyof Scope]?: Scope[Name] | undefined }

/** Whether short references to pages are modelled: they matter in place, where a conversion asks for them. */
export const hasReferences = ({ references, backing }: Scope): boolean => references > 0 && backing === 'in-place'

/** guest_memfd, which is both sides of a page in place, refuses to be truncated. */
export const hasTruncations = ({ truncations, backing }: Scope): boolean => truncations > 0 && backing !== 'in-place'

/** Whether the wait for an invalidation may end without it. */
export const hasFailedWaits = ({ queueErrors, timeOuts }: Scope): boolean => queueErrors > 0 || timeOuts > 0

/** The fields by their names, in the order of the table. */
export const scopeFieldNames = Object.keys(scopeTable) as (keyof Scope)[]

/**
 * A scope whose numbers fit each other, or a message that names the wrong field.
 *
 * @example
 * makeScope({ pages: 8, pagesPerSuperpage: 4, vcpus: 1 })
 */
export function makeScope(input: ScopeInput = {}): Result<Scope> {
  const unknown = Object.keys(input).find((name) => !Object.hasOwn(scopeTable, name))
  if (unknown !== undefined) {
    return refuse(`scope: no field "${unknown}"; there are ${scopeFieldNames.join(', ')}`)
  }
  const fields: Record<string, unknown> = {}
  for (const name of scopeFieldNames) {
    const field = scopeTable[name]
    const value = input[name] === undefined ? field.default : input[name]
    const expected = expectedInstead(field, value)
    if (expected !== undefined) return wrong(name, value, expected)
    fields[name] = value
  }
  return fitting(fields as unknown as Scope)
}

function fitting(scope: Scope): Result<Scope> {
  const per = scope.pagesPerSuperpage
  if ((per & (per - 1)) !== 0) return wrong('pagesPerSuperpage', per, 'a power of two')
  if (scope.pages % per !== 0) return wrong('pages', scope.pages, `a multiple of pagesPerSuperpage (${per})`)
  if (scope.devicePages >= scope.pages)
    return wrong('devicePages', scope.devicePages, `less than pages (${scope.pages})`)
  const trusted = trustedExpected(scope)
  if (trusted !== undefined) return wrong('trustedDevices', scope.trustedDevices, trusted)
  if (scope.interfaceLife && scope.trustedDevices === 0) return wrong('interfaceLife', true, lifeExpected)
  if (scope.frames === 'pool' && scope.pages > 64) {
    return wrong('frames', 'pool', 'page, for a guest of more than 64 pages')
  }
  return ok(scope)
}

function wrong(field: string, found: unknown, expected: string): Result<never> {
  return refuse(`scope.${field}: found ${found}, expected ${expected}`)
}
