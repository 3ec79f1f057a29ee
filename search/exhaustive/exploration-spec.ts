import { z } from 'zod'
import { ok, type Result } from '../../base/result.js'
import { B1 } from '../../checker/b1.js'
import type { System } from '../../checker/system.js'
import type { Platform } from '../../model/machine/platform.js'
import { conversionEnds, type Property } from '../../properties/index.js'
import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import { buildMachine, machineConfigSchema } from '../machine-config.js'
import { ModelSystem } from './model-system.js'
import { symmetriesOf, symmetriesOfLoops } from './symmetry/symmetry.js'

const size = (max: number) => z.number().int().min(1).max(max)

/** What is explored, as plain data: it goes to threads and into checkpoints. */
export const explorationSpecSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('b1'),
    scope: z.strictObject({ N: size(15), V: size(4), D: size(4) }),
  }),
  z.strictObject({
    kind: z.literal('model'),
    setup: machineConfigSchema,
    properties: z.array(z.string()),
    symmetry: z.boolean(),
    reduce: z.boolean().optional(),
  }),
])

/** The kinds, in sentences. */
export const systemSays: Readonly<Record<z.infer<typeof explorationSpecSchema>['kind'], string>> = {
  b1: 'The small benchmark model of a page conversion on which the search is compared with other model checkers.',
  model: 'The machine of a setup, with the design and the driver that it names.',
}

export type ExplorationSpec = z.input<typeof explorationSpecSchema>
export type ModelExplorationSpec = Extract<ExplorationSpec, { kind: 'model' }>

/** Makes the system that a spec names; for a setup that cannot be, why. */
export function systemOf(spec: ExplorationSpec, catalogue: Catalogue = builtIn): Result<System> {
  return spec.kind === 'b1' ? ok(new B1(spec.scope)) : makeModelSystem(spec, { catalogue })
}

/** Why `conversion-ends` is not judged up to symmetry. */
const noImageLoops =
  'not judged up to symmetry: a loop among states that stand for others need not be a loop among these'
/** Why it is not judged by a reduced search. */
const noReducedLoops = 'not judged by a reduced search: a loop may need a state that it does not store'

/** Why `conversion-ends` is not judged by the search that a spec names; undefined if it is. */
export function noLoops({ symmetry, reduce }: Pick<ModelExplorationSpec, 'symmetry' | 'reduce'>): string | undefined {
  if (symmetry) return noImageLoops
  return reduce === true ? noReducedLoops : undefined
}

/** The properties that an exploration of a spec judges, in the order of their bits. */
export const judgedBy = (spec: ModelExplorationSpec, catalogue: Catalogue = builtIn): readonly Property[] =>
  catalogue
    .propertiesNamed(spec.properties)
    .filter((property) => property !== conversionEnds || noLoops(spec) === undefined)

export interface SystemOptions {
  /** As of `buildMachine`. */
  readonly catalogue?: Catalogue
  readonly watch?: (platform: Platform) => Platform
  /** As of `ModelSystem`. */
  readonly allows?: (a: Int32Array) => boolean
  /** Without other symmetry, whether one state stands for others as far as fair cycles can be found among such. */
  readonly keepsLoops?: boolean
}

/** The system that a spec describes, ready to be explored; refused if its machine cannot be built. */
export function makeModelSystem(
  spec: ModelExplorationSpec,
  { catalogue = builtIn, watch, allows, keepsLoops = false }: SystemOptions = {},
): Result<ModelSystem> {
  const opened = buildMachine(spec.setup, catalogue, watch)
  if (!opened.ok) return opened
  const asked = judgedBy(spec, catalogue)
  const { machine, host } = opened.value
  const alone = keepsLoops ? symmetriesOfLoops(machine, asked) : undefined
  const symmetries = spec.symmetry ? symmetriesOf(machine, host, asked) : alone
  return ok(new ModelSystem(machine, asked, symmetries, allows, spec.reduce === true))
}
