import { designs, fullName } from '../designs/index.js'
import type { Checked } from '../model/checked.js'
import { fieldsOf } from '../model/fields.js'
import { conversionEnds } from '../properties/index.js'
import { noLoops, type Spec, specSchema } from '../search/explore/spec.js'
import { type MachineOptions, tasksOf } from './machines.js'
import { unknownName } from './nearest.js'

const usualB1 = { N: 4, V: 2, D: 2 }

/** What `explore` explores: the machines of a design, or the yardstick. */
export function targetsOf(
  target: string,
  options: MachineOptions & { readonly symmetry?: boolean },
): Checked<readonly Spec[]> {
  if (target === 'b1') return b1Of(options.scope)
  if (!designs.some((design) => fullName(design) === target)) {
    const known = [...designs.map(fullName), 'b1']
    return { ok: false, message: unknownName('target', target, known, 'dmaproof list designs') }
  }
  const machines = tasksOf([target], options)
  if (!machines.ok) return machines
  const symmetry = options.symmetry === true
  if (symmetry && options.property?.includes(conversionEnds.name)) {
    return { ok: false, message: `--symmetry: ${conversionEnds.name} is ${noLoops}` }
  }
  return {
    ok: true,
    value: machines.value.map(({ setup, properties }) => ({
      kind: 'model',
      setup,
      properties: [...properties],
      symmetry,
    })),
  }
}

function b1Of(scope: string | undefined): Checked<readonly Spec[]> {
  const sizes = fieldsOf('--scope', scope?.split(',') ?? [], Object.keys(usualB1))
  if (!sizes.ok) return sizes
  const parsed = specSchema.safeParse({ kind: 'b1', scope: { ...usualB1, ...sizes.value } })
  if (parsed.success) return { ok: true, value: [parsed.data] }
  const expected = 'N (pages) from 1 to 15, V (converters) and D (devices) from 1 to 4, as in N=6,V=2,D=2'
  return { ok: false, message: `--scope: found "${scope}"; expected ${expected}` }
}
