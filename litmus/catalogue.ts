import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A folder of `*.litmus` files that come with the package: beside the sources, or two levels up from compiled code. */
function packaged(name: string): string {
  const beside = fileURLToPath(new URL(`${name}/`, import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../../litmus/${name}/`, import.meta.url))
}

/** The tests of the model's own questions. */
export const catalogueFolder: string = packaged('catalogue')
/** Tests of public reports, one a report. */
export const casesFolder: string = packaged('cases')

/** The texts of a folder's tests, in the order of their names. */
export function litmusTexts(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`the package is not whole: ${folder} is missing`)
  const names = readdirSync(folder).filter((name) => name.endsWith('.litmus'))
  return names.sort().map((name) => readFileSync(join(folder, name), 'utf8'))
}
