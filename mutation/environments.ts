import type { Part } from '../model/machine/parts.js'
import type { Platform } from '../model/machine/platform.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import type { Layer } from './mutants.js'

/** How a machine differs from the plain one, so that some steps of a plan matter on it. */
export interface Environment {
  readonly name: string
  readonly scope?: ScopeInput
  readonly platform?: Partial<Platform>
  readonly parts?: readonly Part[]
  readonly backing?: Scope['backing']
  /** Properties that do not hold there for the unchanged host. */
  readonly except?: readonly string[]
  /** Only for mutants of these layers; for all, if left out. */
  readonly layers?: readonly Layer[]
  /** Only for a driver with a step of this name; for all, if left out. */
  readonly step?: string
}

const guest: readonly Part[] = ['secureEpt', 'content']
/** A raw call also maps private pages; the pin then installs a shared frame beside the private one. */
const raw = ['single-backing']
/** Compares the state before and after a call, so it means nothing where two calls overlap. */
const oneCaller = ['errors-as-documented']
const incoherent = { coherentPageWalk: false } as const

/** In the order in which they are tried: the cheapest first, then those that only few steps need. */
export const environments: readonly Environment[] = [
  { name: 'plain' },
  { name: 'guest', parts: guest },
  { name: 'failure', scope: { failures: 1 } },
  { name: 'arbitrary guest', scope: { guest: 'arbitrary' } },
  { name: 'walk cache', parts: ['walkCache'], layers: ['driver'] },
  { name: 'common pool', scope: { frames: 'pool' }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'device TLB', platform: { ats: true }, layers: ['driver'] },
  {
    name: 'device TLB, one region',
    scope: { pages: 2, vcpus: 1 },
    platform: { ats: true },
    layers: ['driver'],
    step: 'vtd.submit-dsi',
  },
  {
    name: 'device TLB that answers early',
    scope: { pages: 2, vcpus: 1 },
    platform: { ats: true, drain: 'none', deviceInvalidation: 'early' },
    layers: ['driver'],
    step: 'vtd.submit-dsi',
  },
  { name: 'context cache', scope: { pages: 2, vcpus: 1 }, parts: ['contextCache'], step: 'vtd.submit-context' },
  {
    name: 'context cache, attach blocks',
    scope: { pages: 2, vcpus: 1 },
    platform: { replaceHitless: false },
    parts: ['contextCache'],
    step: 'vtd.submit-context',
  },
  { name: 'flush of vCPUs', scope: { pages: 2 }, parts: ['cpuFlush', 'content'], layers: ['kvm'] },
  {
    name: 'flush of vCPUs, arbitrary guest',
    scope: { guest: 'arbitrary', pages: 2 },
    parts: ['cpuFlush', 'content'],
    layers: ['kvm'],
  },
  { name: 'caching mode', platform: { cachingMode: true }, layers: ['driver'] },
  { name: 'incoherent', platform: incoherent, parts: ['coherency', 'walkCache'], layers: ['driver'] },
  {
    name: 'raw calls, incoherent',
    scope: { calls: true, vcpus: 1, start: 'private', frames: 'pool', pages: 2 },
    platform: incoherent,
    parts: ['coherency'],
    except: raw,
    layers: ['driver'],
    step: 'vtd.unlink-table',
  },
  { name: 'attach blocks', platform: { replaceHitless: false }, layers: ['driver'], step: 'vtd.block-translation' },
  { name: 'one superpage', scope: { pagesPerSuperpage: 4 } },
  { name: 'one superpage, failure', scope: { pagesPerSuperpage: 4, failures: 1 } },
  { name: 'one superpage, walk cache', scope: { pagesPerSuperpage: 4 }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'locked memory', scope: { memlockLimit: 2, start: 'private' }, layers: ['driver'], step: 'iommufd.account' },
  { name: 'two units', scope: { units: 2, devices: 2 }, layers: ['driver'] },
  {
    name: 'raw calls',
    scope: { calls: true, failures: 3, vcpus: 1, start: 'private' },
    except: raw,
    layers: ['driver'],
  },
  {
    name: 'raw calls, common pool',
    scope: { calls: true, failures: 3, vcpus: 1, start: 'private', frames: 'pool' },
    parts: ['walkCache'],
    except: raw,
    layers: ['driver'],
  },
  { name: 'common pool, failure', scope: { frames: 'pool', failures: 1 }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'two raw callers', scope: { calls: true, start: 'private' }, except: raw, layers: ['driver'] },
  {
    name: 'two raw callers, locked memory',
    scope: { calls: true, memlockLimit: 1, pages: 2, start: 'private' },
    except: [...raw, ...oneCaller],
    layers: ['driver'],
    step: 'iommufd.account',
  },
  {
    name: 'two raw callers, one region',
    scope: { calls: true, start: 'private', pages: 2 },
    except: raw,
    layers: ['driver'],
    step: 'area.join',
  },
  {
    name: 'two raw callers, failure',
    scope: { calls: true, failures: 1, start: 'private' },
    except: [...raw, ...oneCaller],
    layers: ['driver'],
    step: 'iommufd.use-domain',
  },
  { name: 'arbitrary guest, failure', scope: { guest: 'arbitrary', failures: 1 }, layers: ['design'] },
  {
    name: 'raw calls, device TLB',
    scope: { calls: true, vcpus: 1, start: 'private', pages: 2 },
    platform: { ats: true },
    except: raw,
    layers: ['driver'],
    step: 'vtd.submit-dsi',
  },
  { name: 'host access', parts: ['hostAccess'], layers: ['design', 'kvm'] },
  { name: 'guest, failure', parts: guest, scope: { failures: 1 }, layers: ['design', 'kvm'] },
  { name: 'arbitrary guest, secure EPT', parts: guest, scope: { guest: 'arbitrary' }, layers: ['design', 'kvm'] },
]
