import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogueFolder } from '../../../litmus/catalogue.js'
import { parse } from '../../../litmus/language/parse.js'
import type { Source } from '../../../litmus/language/syntax.js'

let known: readonly Source[] | undefined

/** The litmus tests that come with the package, by name. A test of the catalogue sees to it that each can be read. */
export function catalogueSources(): readonly Source[] {
  known ??= readdirSync(catalogueFolder)
    .filter((name) => name.endsWith('.litmus'))
    .sort()
    .flatMap((name) => {
      const parsed = parse(readFileSync(join(catalogueFolder, name), 'utf8'))
      return parsed.ok ? [parsed.value] : []
    })
  return known
}
