import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The text of a file of the package, seen from the source or from `dist/`; empty if there is none.
 *
 * @param paths from the root of the package, in the order in which they are tried
 */
export function packageText(...paths: readonly string[]): string {
  for (const path of paths) {
    for (const root of ['../../', '../../../']) {
      try {
        return readFileSync(new URL(root + path, import.meta.url), 'utf8')
      } catch {
        // The other place has it.
      }
    }
  }
  return ''
}

/** Where a file of the package is, seen from the source or from `dist/`. @param path from the root of the package */
export function packagePath(path: string): string {
  const found = ['../../', '../../../'].map((root) => fileURLToPath(new URL(root + path, import.meta.url)))
  return found.find(existsSync) ?? path
}
