import { properties } from '../properties/index.js'
import { makeModelSystem } from '../search/explore/spec.js'
import type { System } from '../search/explore/system.js'
import type { SetupInput } from '../search/setup.js'

/** The machine of a setup, as it is explored with every property and no symmetry. */
export function judgedSystem(setup: SetupInput): System {
  const made = makeModelSystem({
    kind: 'model',
    setup,
    properties: properties.map(({ name }) => name),
    symmetry: false,
  })
  if (!made.ok) throw new Error(made.message)
  return made.value
}
