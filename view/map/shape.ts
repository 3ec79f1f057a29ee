import type { Result } from '../../base/result.js'
import { ok } from '../../base/result.js'
import { makeScope, type Scope } from '../../model/machine/scope.js'
import type { Course } from './course.js'
import type { StateHistory } from './memory.js'

/** The sizes by which the entries of a state are found. */
export interface Shape {
  readonly scope: Scope
  readonly pages: number
  readonly perSuper: number
  readonly regions: number
  readonly domains: number
}

/** The sizes of the machine of a run. */
export function shapeOf({ setup }: Course['header'], memory: StateHistory): Result<Shape> {
  const scope = makeScope(setup.scope)
  if (!scope.ok) return scope
  const { pages, pagesPerSuperpage: perSuper } = scope.value
  const regions = pages / perSuper
  const domains = Math.max(1, Math.floor(memory.length('pde') / regions))
  return ok({ scope: scope.value, pages, perSuper, regions, domains })
}
