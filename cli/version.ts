import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** The package's version, from the package that this file is in: it runs from `cli/` and from `dist/cli/`. */
export function version(): string {
  for (const folder of ['..', '../..']) {
    const found = read(new URL(`${folder}/package.json`, import.meta.url))
    if (found !== undefined) return found
  }
  return 'unknown'
}

function read(path: URL): string | undefined {
  try {
    return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).version
  } catch {
    return undefined
  }
}
