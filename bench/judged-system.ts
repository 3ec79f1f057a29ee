import type { System } from '../checker/system.js'
import { properties } from '../properties/index.js'
import { makeModelSystem } from '../search/exhaustive/exploration-spec.js'
import type { MachineConfigInput } from '../search/machine-config.js'

/** The machine of a setup, to be explored with every property and no symmetry. @throws Error if the setup is refused */
export function judgedSystem(setup: MachineConfigInput): System {
  const made = makeModelSystem({
    kind: 'model',
    setup,
    properties: properties.map(({ name }) => name),
    symmetry: false,
  })
  if (!made.ok) throw new Error(made.problem.message)
  return made.value
}
