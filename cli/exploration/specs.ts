import { fieldsOf } from '../../base/key-values.js'
import { ok, type Result, refuse } from '../../base/result.js'
import { fullName } from '../../designs/index.js'
import { conversionEnds } from '../../properties/index.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { smallestMachines } from '../../search/check/machines.js'
import { withSizes } from '../../search/compare/proof-scopes.js'
import { type ExplorationSpec, explorationSpecSchema, noLoops } from '../../search/exhaustive/exploration-spec.js'
import { type MachineOptions, questionsOf } from '../options/machines.js'
import { unknownName } from '../options/suggest.js'
import { parseScope } from '../options/values.js'

const defaultB1 = { N: 4, V: 2, D: 2 }

/** What `explore` explores: the machines of a design, or the benchmark model. */
export function explorationSpecsOf(
  target: string,
  options: MachineOptions & { readonly symmetry?: boolean; readonly reduce?: boolean },
  catalogue: Catalogue,
): Result<readonly ExplorationSpec[]> {
  if (target === 'b1') return b1Of(options.scope)
  if (!catalogue.allDesigns.some((design) => fullName(design) === target)) {
    const known = [...catalogue.allDesigns.map(fullName), 'b1']
    return refuse(unknownName('target', target, known, 'dmaproof list designs'))
  }
  const questions = questionsOf([target], options, catalogue)
  if (!questions.ok) return questions
  const symmetry = options.symmetry === true
  const reduce = options.reduce === true
  const noLoop = noLoops({ symmetry, reduce })
  if (noLoop !== undefined && options.property?.includes(conversionEnds.name)) {
    return refuse(`${symmetry ? '--symmetry' : '--reduce'}: ${conversionEnds.name} is ${noLoop}`)
  }
  const wanted = options.scope === undefined ? ok({}) : parseScope(options.scope)
  if (!wanted.ok) return wanted
  const machines = questions.value.flatMap(smallestMachines).map((machine) => ({ ...machine, effort: 1 }))
  return ok(
    machines
      .flatMap((machine) => withSizes(wanted.value)(machine, catalogue))
      .map(({ setup, properties }) => ({
        kind: 'model',
        setup,
        properties: [...properties],
        symmetry,
        ...(reduce ? { reduce } : {}),
      })),
  )
}

function b1Of(scope: string | undefined): Result<readonly ExplorationSpec[]> {
  const sizes = fieldsOf('--scope', scope?.split(',') ?? [], Object.keys(defaultB1))
  if (!sizes.ok) return sizes
  const parsed = explorationSpecSchema.safeParse({ kind: 'b1', scope: { ...defaultB1, ...sizes.value } })
  if (parsed.success) return ok([parsed.data])
  const expected = 'N (pages) from 1 to 15, V (converters) and D (devices) from 1 to 4, as in N=6,V=2,D=2'
  return refuse(`--scope: found "${scope}"; expected ${expected}`)
}
