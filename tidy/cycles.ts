import type { Finding } from './finding.js'
import { importsOf } from './imports.js'
import { isCode, type TextFile, topFolderOf } from './repository.js'

/** Folders inside which imports of types count as well. */
const strictFolders: readonly string[] = ['model', 'checker', 'search', 'conform']

/**
 * Reports, for each import that closes a circle of files, the circle. Imports of types alone do not count: they are
 * gone when the code runs, so no module is entered half loaded. Inside the strict folders they count, too.
 */
export function cycles(files: readonly TextFile[]): Finding[] {
  const imports = new Map(files.filter(({ path }) => isCode(path)).map((file) => [file.path, importsOf(file)]))
  const found: Finding[] = []
  const done = new Set<string>()

  const follow = (path: string, trail: readonly string[]): void => {
    for (const { to, line, isTypeOnly } of imports.get(path) ?? []) {
      if (to === undefined || (isTypeOnly && !isStrict(path, to)) || done.has(to)) continue
      const start = trail.indexOf(to)
      if (start < 0) follow(to, [...trail, to])
      else found.push({ path, line, message: `closes a circle: ${[...trail.slice(start), to].join(' → ')}` })
    }
    done.add(path)
  }
  for (const path of imports.keys()) if (!done.has(path)) follow(path, [path])
  return found
}

const isStrict = (from: string, to: string): boolean =>
  topFolderOf(from) === topFolderOf(to) && strictFolders.includes(topFolderOf(from))
