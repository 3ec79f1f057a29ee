import type { Scope } from './scope.js'

/** Host frames of a scope: in place one a page; separate two shared generations and a private one a page. */
export function frameCount(scope: Scope): number {
  if (scope.backing === 'in-place') return scope.pages
  return scope.frames === 'pool' ? scope.pages * 2 + 1 : scope.pages * 3
}

/** In place others may hold a page of the host; of two backings a conversion asks no reference. */
export const hasReferences = ({ references, backing }: Scope): boolean => references > 0 && backing === 'in-place'

/** Domains that a container may have: the one in use, and one that a replacement builds. */
export const maxDomains = 2

/** Domains of a host that asks for some: a second one only in guests that can pay for a second set of tables. */
export function domainsFor(scope: Scope, asked: number): number {
  return scope.pages <= 4096 ? Math.min(asked, maxDomains) : 1
}
