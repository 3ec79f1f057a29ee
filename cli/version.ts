import { readFileSync } from 'node:fs'
import { z } from 'zod'

const manifestSchema = z.object({ version: z.string(), peerDependencies: z.record(z.string(), z.string()) })

/** The package's version, from the package that this file is in. */
export const version = (): string => manifest()?.version ?? 'unknown'

/** The version of a package that dmaproof may be installed with. */
export const peerVersion = (name: string): string => manifest()?.peerDependencies[name] ?? 'latest'

/** The package.json of this package, seen from `cli/` or from `dist/cli/`. */
function manifest(): z.infer<typeof manifestSchema> | undefined {
  for (const folder of ['..', '../..']) {
    const found = read(new URL(`${folder}/package.json`, import.meta.url))
    if (found !== undefined) return found
  }
  return undefined
}

function read(path: URL): z.infer<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
