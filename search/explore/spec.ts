import { z } from 'zod'
import type { Platform } from '../../model/platform.js'
import { conversionEnds, type Property, properties } from '../../properties/index.js'
import { openSetup, type Refused, setupSchema } from '../setup.js'
import { B1 } from './b1.js'
import { ModelSystem } from './model-system.js'
import { symmetriesOf } from './symmetry.js'
import type { System } from './system.js'

const size = (max: number) => z.number().int().min(1).max(max)

/** What is explored, as plain data: it goes to threads and into checkpoints. */
export const specSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('b1'),
    scope: z.strictObject({ N: size(15), V: size(4), D: size(4) }),
  }),
  z.strictObject({
    kind: z.literal('model'),
    setup: setupSchema,
    properties: z.array(z.string()),
    symmetry: z.boolean(),
  }),
])

export type Spec = z.input<typeof specSchema>
export type ModelSpec = Extract<Spec, { kind: 'model' }>

/** Makes the system that a spec names; for a setup that cannot be, why. */
export function makeSystem(spec: Spec): { readonly ok: true; readonly value: System } | Refused {
  return spec.kind === 'b1' ? { ok: true, value: new B1(spec.scope) } : makeModelSystem(spec)
}

/** Why `conversion-ends` is not judged up to symmetry. */
export const noLoops =
  'not judged up to symmetry: a loop among states that stand for others need not be a loop among these'

/** The properties that an exploration of a spec judges, in the order of their bits. */
export const judgedBy = (spec: ModelSpec): readonly Property[] =>
  properties.filter(
    (property) => spec.properties.includes(property.name) && !(spec.symmetry && property === conversionEnds),
  )

/** @param watch as of `openSetup` */
export function makeModelSystem(
  spec: ModelSpec,
  watch?: (platform: Platform) => Platform,
): { readonly ok: true; readonly value: ModelSystem } | Refused {
  const opened = openSetup(spec.setup, [], watch)
  if (!opened.ok) return opened
  const asked = judgedBy(spec)
  const { machine, host } = opened.value
  const symmetries = spec.symmetry ? symmetriesOf(machine, host) : undefined
  return { ok: true, value: new ModelSystem(machine, asked, symmetries) }
}
