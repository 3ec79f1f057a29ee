import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The `*.litmus` files that come with the package: beside the sources, or two levels up from the compiled code. */
export const catalogueFolder: string = [
  new URL('catalogue/', import.meta.url),
  new URL('../../litmus/catalogue/', import.meta.url),
]
  .map((url) => fileURLToPath(url))
  .find((path) => existsSync(path)) as string
