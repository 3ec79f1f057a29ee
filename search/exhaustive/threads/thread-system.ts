import { createHash } from 'node:crypto'
import type { Result } from '../../../base/result.js'
import type { System } from '../../../checker/system.js'
import type { SystemRecipe } from '../../../checker/threads/worker.js'
import { builtIn, type Catalogue, definitionText } from '../../catalogue/catalogue.js'
import { loadCatalogue } from '../../catalogue/load.js'
import { buildMachine } from '../../machine-config.js'
import { modelVersion } from '../../trace.js'
import { type ExplorationSpec, explorationSpecSchema, judgedBy, systemOf } from '../exploration-spec.js'

/** What a thread is told of the system that it searches. */
interface ThreadSpec {
  readonly spec: ExplorationSpec
  /** As of `loadCatalogue`. */
  readonly files: readonly string[]
}

/** How search threads build the system of a spec. */
export const recipeOf = (spec: ExplorationSpec, catalogue: Catalogue = builtIn): SystemRecipe => ({
  module: import.meta.url,
  spec: { spec, files: catalogue.own.files } satisfies ThreadSpec,
  identity: JSON.stringify({ modelVersion, spec: explorationSpecSchema.parse(spec), ...ownText(spec, catalogue) }),
})

/** What a search of the user's own designs depends on beside names: it is not resumed after they changed. */
function ownText(spec: ExplorationSpec, catalogue: Catalogue): { readonly own?: string } {
  if (spec.kind === 'b1' || catalogue.own.files.length === 0) return {}
  const opened = buildMachine(spec.setup, catalogue)
  const text = definitionText([opened.ok ? opened.value.host : undefined, judgedBy(spec, catalogue)])
  return { own: createHash('sha256').update(text).digest('hex') }
}

/** Makes a system in a thread, which imports the modules of the user's own designs for itself. */
export async function makeSystem({ spec, files }: ThreadSpec): Promise<Result<System>> {
  const catalogue = await loadCatalogue(files)
  return catalogue.ok ? systemOf(spec, catalogue.value) : catalogue
}
