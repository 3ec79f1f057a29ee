import type { Design, Driver } from '../../designs/index.js'
import type { Machine } from '../../model/machine/machine.js'
import type { Part } from '../../model/machine/parts.js'
import type { Platform } from '../../model/machine/platform.js'
import type { ScopeInput } from '../../model/machine/scope.js'

/** How a machine differs from the plain one, so that a kind of fault shows on it. */
export interface Configuration {
  /** Unique, in lower case: `device TLB, one region`. */
  readonly name: string
  readonly scope?: ScopeInput
  readonly platform?: Partial<Platform>
  readonly parts?: readonly Part[]
  /** Conversions without the lock that the design takes around them. */
  readonly lock?: 'none'
  /** Properties that a correct host need not have there. */
  readonly except?: readonly string[]
  /** Whether that is so for a design with a driver; for all, if left out. */
  readonly exceptFor?: (design: Design, driver: Driver) => boolean
  /** Whether the configuration means something on its machine; on all, if left out. */
  readonly on?: (machine: Pick<Machine, 'platform' | 'trusted'>) => boolean
  /** Whether the configuration means something for a design with a driver; for all, if left out. */
  readonly fits?: (design: Design, driver: Driver) => boolean
}

const guest: readonly Part[] = ['secureEpt', 'content']
/** In place, the kernel refuses to pin a private page, and to make a pinned one private: else a caller must not ask. */
const pinChecks = { inPlacePinCheck: 'refuse', inPlacePinPrivate: 'refuse' } as const
/** The RMP and the RTT have entries of a superpage, where all of its pages became private at once. */
const largeEntries = { rmpEntries: 'largest', rttEntries: 'blocks' } as const
const hasLargeEntries: Configuration['on'] = ({ platform: { architecture } }) =>
  architecture === 'sev-snp' || architecture === 'arm-cca'
const isPkvm: Configuration['on'] = ({ platform: { architecture } }) => architecture === 'pkvm'
const incoherent = { coherentPageWalk: false } as const
/** What the VMM's lock is for. The kernel must keep the other properties whatever its caller does. */
const byLock = ['no-shared-fault', 'no-stale-frame', 'single-backing', 'conversion-ends']

/** What a VMM maps again for when a device comes: version 2 of type1 drops all mappings with the last one. */
const byReplay = ['no-shared-fault', 'conversion-ends']
/** Areas of iommufd stay, and are filled again. */
const dropsWithDevice = (_: Design, { accounting }: Driver): boolean => accounting !== 'iommufd'

/** What a VMM's listener of memory slots is for, which few designs say: the host keeps the rest of a slot that goes. */
const byListener = ['no-private-reach', 'no-stale-frame', 'no-shared-fault', 'conversion-ends', 'single-backing']

/**
 * A driver that mirrors the guest's own tables has no caller that chooses what it maps; a design whose guest converts
 * at boot has a caller already.
 */
const called = ({ bootRequest }: Design, { pins }: Driver): boolean => pins && bootRequest !== true
/** A driver without pins has to be told by a notifier that memory goes. */
const pins = (_: Design, { pins: holds }: Driver): boolean => holds
/** A design that refuses conversions for good leaves a guest that touches the other side with its fault. */
const converts = ({ refuses }: Design): boolean => refuses === undefined

/**
 * A design that maps page by page needs as many entries as pages are shared: how many it may have is a question about
 * the guest, which users ask by entryLimit. Iommufd has no such limit.
 */
const needsFewEntries = ({ mapsOnce }: Design, { accounting }: Driver): boolean =>
  mapsOnce === true && accounting !== 'iommufd'

/** A VMM that maps all memory when it starts, and may not lock it, ends there: no guest runs on that machine. */
const startsLocked = ({ mapsOnce, bootRequest }: Design): boolean => mapsOnce !== true || bootRequest === true

/** A store fails for want of memory only where it takes a table: here each page has one, and none is there at first. */
const tablesMissing = { pagesPerSuperpage: 1, start: 'private' } as const

const rawCalls = { calls: true, start: 'private' } as const
const oneRawCaller = { ...rawCalls, vcpus: 1 } as const

/**
 * Those that together show nearly every bug of the museum (docs/museum.txt), the one that shows most of what is left
 * first. They are a round ahead of the others.
 */
const first = [
  { name: 'plain' },
  { name: 'one superpage, failure', scope: { pagesPerSuperpage: 4, failures: 1 } },
  {
    name: 'raw calls, common pool',
    scope: { ...oneRawCaller, failures: 3, frames: 'pool' },
    platform: pinChecks,
    parts: ['walkCache'],
    fits: called,
  },
  { name: 'two units, device TLB', scope: { units: 2, devices: 2 }, platform: { ats: true } },
  { name: 'locked memory', scope: { memlockLimit: 2, start: 'private' }, fits: startsLocked },
  { name: 'few entries', scope: { entryLimit: 2 }, fits: needsFewEntries },
  { name: 'flush of vCPUs', scope: { pages: 2 }, parts: ['secureEpt', 'cpuFlush', 'content'] },
  { name: 'incoherent', platform: incoherent, parts: ['coherency', 'walkCache'] },
  {
    name: 'raw calls, device TLB',
    scope: oneRawCaller,
    platform: { ats: true, ...pinChecks },
    fits: called,
  },
  {
    name: 'two raw callers, failure',
    scope: { ...rawCalls, failures: 1 },
    platform: pinChecks,
    fits: called,
  },
  { name: 'caching mode', platform: { cachingMode: true } },
  { name: 'context cache, two devices', scope: { pages: 2, vcpus: 1, devices: 2 }, parts: ['contextCache'] },
  { name: 'common pool, failure', scope: { frames: 'pool', failures: 1 }, parts: ['walkCache'] },
  {
    name: 'raw calls, incoherent',
    scope: { ...oneRawCaller, frames: 'pool' },
    platform: { ...incoherent, ...pinChecks },
    parts: ['coherency'],
    fits: called,
  },
  { name: 'walk cache', parts: ['walkCache'] },
  {
    name: 'raw calls, walk cache',
    scope: { calls: true, vcpus: 1 },
    platform: pinChecks,
    parts: ['walkCache'],
    fits: called,
  },
] as const satisfies readonly Configuration[]

export const leading: readonly string[] = first.map(({ name }) => name)

/** In the order in which they are tried. */
export const configurations = [
  ...first,
  { name: 'two raw callers', scope: rawCalls, platform: pinChecks, fits: called },
  { name: 'failure', scope: { failures: 1, ...tablesMissing } },
  { name: 'guest', parts: guest },
  { name: 'arbitrary guest', scope: { guest: 'arbitrary' } },
  { name: 'common pool', scope: { frames: 'pool' }, parts: ['walkCache'] },
  { name: 'device TLB', scope: { devices: 2 }, platform: { ats: true } },
  { name: 'device TLB, one region', scope: { pages: 2, vcpus: 1 }, platform: { ats: true } },
  { name: 'context cache', scope: { pages: 2, vcpus: 1 }, parts: ['contextCache'] },
  {
    name: 'context cache, attach blocks',
    scope: { pages: 2, vcpus: 1 },
    platform: { replaceHitless: false },
    parts: ['contextCache'],
  },
  {
    name: 'flush of vCPUs, arbitrary guest',
    scope: { guest: 'arbitrary', pages: 2 },
    parts: ['secureEpt', 'cpuFlush', 'content'],
  },
  { name: 'incoherent, one region', scope: { pages: 2, vcpus: 1 }, platform: incoherent, parts: ['coherency'] },
  { name: 'attach blocks', platform: { replaceHitless: false } },
  { name: 'one superpage', scope: { pagesPerSuperpage: 4 } },
  { name: 'one superpage, walk cache', scope: { pagesPerSuperpage: 4 }, parts: ['walkCache'] },
  { name: 'two units', scope: { units: 2, devices: 2 }, parts: ['walkCache'] },
  { name: 'pin checks', platform: pinChecks },
  { name: 'references', scope: { references: 1 }, platform: pinChecks },
  {
    name: 'raw calls',
    scope: { ...oneRawCaller, failures: 3, ...tablesMissing },
    platform: pinChecks,
    fits: called,
  },
  {
    name: 'two raw callers, one region',
    scope: { ...rawCalls, pages: 2 },
    platform: pinChecks,
    fits: called,
  },
  {
    name: 'two raw callers, locked memory',
    scope: { ...rawCalls, memlockLimit: 1, pages: 2 },
    platform: pinChecks,
    fits: called,
  },
  /** A map of pages that are private at first fails at the third: those before it go back. */
  { name: 'private superpage, failure', scope: { pagesPerSuperpage: 4, failures: 1, start: 'private' } },
  { name: 'arbitrary guest, failure', scope: { guest: 'arbitrary', failures: 1 } },
  { name: 'guest, failure', parts: guest, scope: { failures: 1 } },
  { name: 'arbitrary guest, secure EPT', parts: guest, scope: { guest: 'arbitrary' } },
  { name: 'guest, common pool', parts: guest, scope: { frames: 'pool', failures: 1, start: 'private' } },
  { name: 'large entries', on: hasLargeEntries, platform: largeEntries, parts: guest },
  {
    name: 'trusted devices',
    on: ({ trusted }) => trusted > 0,
    scope: { pages: 2, units: 2, devices: 2, trustedDevices: 2, start: 'private' },
    parts: guest,
  },
  { name: 'host access', parts: ['hostAccess'] },
  /** A system call of the host takes a page of the guest by force, which is never shared again. */
  { name: 'host access, guest', on: isPkvm, parts: [...guest, 'hostAccess'], except: ['conversion-ends'] },
  { name: 'requests for what is so', scope: { noops: true } },
  { name: 'memory faults', scope: { implicit: 'own' }, fits: converts },
  { name: 'teardown under DMA', scope: { teardownDma: true } },
  /** The host takes pages that nothing pins out of shared memory, in the middle of faults too. */
  { name: 'reclaim', scope: { reclaim: true, pages: 2 }, parts: guest, fits: pins },
  {
    name: 'memory slots',
    scope: { slotChanges: true, pages: 2 },
    parts: ['secureEpt', 'cpuFlush', 'content'],
    except: byListener,
  },
  {
    name: 'hotplug',
    scope: { hotplug: true, failures: 1, pages: 2, vcpus: 1, devices: 2 },
    except: byReplay,
    exceptFor: dropsWithDevice,
  },
  /** Where nothing is converted, an attach meets a failure ten times as often; a driver bears several. */
  {
    name: 'raw calls, hotplug',
    scope: { calls: true, hotplug: true, failures: 3, pages: 2, vcpus: 1 },
    platform: pinChecks,
    except: byReplay,
    fits: called,
  },
  /** A device comes or goes while a call of another thread is under way. */
  {
    name: 'two raw callers, hotplug',
    scope: { calls: true, hotplug: true, pages: 2 },
    platform: pinChecks,
    except: byReplay,
    exceptFor: dropsWithDevice,
    fits: called,
  },
  /** Pages are charged to the process that maps them, up to its limit, and memory of a device is not charged. */
  {
    name: 'raw calls, two processes',
    scope: { calls: true, processes: true, devicePages: 1, memlockLimit: 2, vcpus: 1 },
    platform: pinChecks,
    fits: called,
  },
  /** A container may hold fewer mappings, and its user lock fewer pages, than a raw caller asks for. */
  {
    name: 'raw calls, limits',
    scope: { ...oneRawCaller, entryLimit: 1, memlockLimit: 3 },
    platform: pinChecks,
    fits: called,
  },
  { name: 'no conversion lock', platform: pinChecks, lock: 'none', except: byLock },
  /** Two vCPUs are in calls whose invalidations overlap, while a third one has a fault. */
  {
    name: 'no conversion lock, guest',
    scope: { vcpus: 3 },
    platform: pinChecks,
    parts: [...guest, 'cpuFlush'],
    lock: 'none',
    except: byLock,
  },
  /** Interfaces are locked, verified, run and stopped. On TDX Connect no host adds an entry that the guest accepts. */
  {
    name: 'trusted devices, life',
    on: ({ trusted, platform }) => trusted > 0 && platform.architecture !== 'tdx-connect',
    scope: { pages: 2, trustedDevices: 1, interfaceLife: true, start: 'private' },
    parts: guest,
  },
  /** A device does not answer an invalidation, and its unit aborts every wait. */
  { name: 'device TLB, time-out', scope: { timeOuts: 1 }, platform: { ats: true } },
  /** A request has pages of several memory regions, each with a slot of its own. */
  { name: 'regions of a superpage, failure', scope: { regionPages: 2, failures: 1 } },
] as const satisfies readonly Configuration[]

export type ConfigurationName = (typeof configurations)[number]['name']

/** How the machine of a configuration differs, as options would say it: `guest=arbitrary failures=1 with secureEpt`. */
export function differenceText({ scope = {}, platform = {}, parts = [], lock }: Configuration): string {
  const fields = Object.entries({ ...scope, ...platform }).map(([name, value]) => `${name}=${String(value)}`)
  const words = [...fields, ...parts.map((part) => `with ${part}`), ...(lock === undefined ? [] : ['lock none'])]
  return words.length === 0 ? 'as asked for' : words.join(' ')
}
