import type { Platform } from './platform.js'
import type { Scope } from './scope.js'

/** Host frames of a scope: in place one a page; separate two shared generations and a private one a page. */
export function frameCount(scope: Scope): number {
  if (scope.backing === 'in-place') return scope.pages
  return scope.frames === 'pool' ? scope.pages * 2 + 1 : scope.pages * 3
}

/** Domains that a container may have: the one in use, and one that a replacement builds. */
export const maxDomains = 2

/** Domains of a host that asks for some: a second one only in guests that can pay for a second set of tables. */
export function domainsFor(scope: Scope, asked: number): number {
  return scope.pages <= 4096 ? Math.min(asked, maxDomains) : 1
}

/** Places of an invalidation queue. */
export function queueDepth(scope: Scope, platform: Platform): number {
  if (!platform.ats) return scope.vcpus + 1
  return scope.vcpus * (platform.deviceInvalidation === 'early' ? 3 : 2) + 1
}
