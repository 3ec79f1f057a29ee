import { catalogueFolder, litmusTexts } from '../../../litmus/catalogue.js'
import { parseLitmus } from '../../../litmus/language/parse.js'
import type { LitmusSource } from '../../../litmus/language/syntax.js'

let known: readonly LitmusSource[] | undefined

/** The litmus tests that come with the package, by name. A test of the catalogue sees to it that each can be read. */
export function catalogueSources(): readonly LitmusSource[] {
  known ??= litmusTexts(catalogueFolder).flatMap((text) => {
    const parsed = parseLitmus(text)
    return parsed.ok ? [parsed.value] : []
  })
  return known
}
