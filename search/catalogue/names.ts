import { type Refused, refuse } from '../../base/result.js'
import { allDesigns, fullName } from '../../designs/index.js'
import { presets } from '../../model/machine/platform.js'
import { properties } from '../../properties/index.js'
import type { Exported } from './exported.js'

/** Words that the command line takes for something else where a name may stand. */
const reserved: readonly string[] = ['b1', 'all']

/** Names that mean something in dmaproof, by what they name. */
export const takenNames: Readonly<Record<Exported['kind'], readonly string[]>> = {
  design: [...allDesigns.map(fullName), ...reserved],
  driver: [...new Set(allDesigns.flatMap((design) => design.drivers.map(({ name }) => name))), ...reserved],
  property: properties.map(({ name }) => name),
  platform: Object.keys(presets),
}

/** A name may stand in a list, in front of a field, and in the name of a file. */
const isName = (name: string): boolean => /^[\w.-]+(?:\/[\w.-]+)?$/.test(name)

/** The first name that means something already, or cannot be said on a command line. */
export function clashOf(found: readonly Exported[]): Refused | undefined {
  for (const [index, { kind, name, file, at }] of found.entries()) {
    const here = `${file}: export ${at}`
    if (!isName(name)) {
      return refuse(`${here}: found the name ${JSON.stringify(name)}, expected letters, digits, and any of _ . -`)
    }
    if (takenNames[kind].includes(name)) {
      const remedy = `Give it a name of its own; the names that are taken: dmaproof list ${plural[kind]}`
      return refuse(`${here}: the name "${name}" is taken: dmaproof has a ${kind} of that name`, { remedy })
    }
    const other = found.slice(0, index).find((one) => one.kind === kind && one.name === name)
    if (other !== undefined) {
      const remedy = 'Give one of the two another name.'
      return refuse(`${here}: the name "${name}" is taken by ${other.file}: export ${other.at}`, { remedy })
    }
  }
  return undefined
}

const plural: Readonly<Record<Exported['kind'], string>> = {
  design: 'designs',
  driver: 'designs',
  property: 'properties',
  platform: 'platforms',
}
