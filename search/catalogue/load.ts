import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { ok, type Result, refuse, within } from '../../base/result.js'
import { Monitor, properties } from '../../properties/index.js'
import { builtIn, Catalogue, type Own } from './catalogue.js'
import { type Exported, exportsOf } from './exported.js'
import { importModule } from './import-module.js'
import { clashOf } from './names.js'

/**
 * Reads modules that export designs, drivers, properties and platforms, and adds them to what this package has. Each
 * thread does so for itself. The first thing that is wrong is refused, with the file and the export.
 *
 * @param files paths from the working directory
 * @param platforms platforms that are named elsewhere, by their names
 */
export async function loadCatalogue(
  files: readonly string[],
  platforms: Own['platforms'] = {},
): Promise<Result<Catalogue>> {
  const wanted = [...new Set(files.map((file) => relative('.', resolve(file))))]
  if (wanted.length === 0 && Object.keys(platforms).length === 0) return ok(builtIn)
  const found: Exported[] = []
  for (const file of wanted) {
    const module = await importFile(file)
    if (!module.ok) return module
    const exported = exportsOf(module.value, file)
    if (!exported.ok) return within(file, exported.problem)
    found.push(...exported.value)
  }
  const distinct = found.filter(({ value }, index) => found.findIndex((other) => other.value === value) === index)
  const clash = clashOf(distinct)
  if (clash !== undefined) return clash
  const own = distinct.filter(({ kind }) => kind === 'property')
  if (own.length > maxOwnProperties) {
    const where = [...new Set(own.map(({ file }) => file))].join(', ')
    return refuse(`${where}: found ${own.length} properties, expected at most ${maxOwnProperties}`, {
      remedy: 'Judge them in two searches, or make clauses of one property of them.',
    })
  }
  return ok(new Catalogue(ownOf(distinct, wanted, platforms)))
}

/** Of a user, beside those of this package: a search judges no more at once. */
const maxOwnProperties = Monitor.maxProperties - properties.length

async function importFile(file: string): Promise<Result<Readonly<Record<string, unknown>>>> {
  const path = resolve(file)
  if (!existsSync(path)) {
    return refuse(`${file}: there is no such file; expected an ES module that exports designs`)
  }
  const module = await importModule(path)
  return module.ok ? module : within(file, module.problem)
}

function ownOf(found: readonly Exported[], files: readonly string[], platforms: Own['platforms']): Own {
  const of = <K extends Exported['kind']>(kind: K) =>
    found.filter((one): one is Extract<Exported, { kind: K }> => one.kind === kind)
  const named = of('platform').map(({ name, value }) => [name, value.text] as const)
  const things = [...of('design'), ...of('driver'), ...of('property')]
  return {
    designs: of('design').map(({ value }) => value),
    drivers: of('driver').map(({ value }) => value),
    properties: of('property').map(({ value }) => value),
    platforms: { ...platforms, ...Object.fromEntries(named) },
    files,
    fileOf: new Map(things.map(({ value, file }) => [value, file])),
  }
}
