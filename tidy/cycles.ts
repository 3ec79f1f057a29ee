import type { Finding } from './finding.js'
import { type Import, importsOf } from './imports.js'
import { isCode, isTest, isTesting, type TextFile } from './repository.js'

/** From a node to another, by an import. Imports of types alone count as well. */
interface Edge {
  readonly from: string
  readonly to: string
  readonly by: Import
}

/** Reports, for each import that closes a circle of files, the circle. */
export const cycles = (files: readonly TextFile[]): Finding[] =>
  circles(
    importsIn(files).flatMap((by) => (by.to === undefined ? [] : [{ from: by.from, to: by.to, by }])),
    (trail) => `closes a circle: ${trail}`,
  )

/**
 * Reports, for each import that closes a circle of folders that stand in one folder, at any depth, the circle. A folder
 * stands for all that is in it. Files beside sub-folders count for none: they are an index over the parts, or what the
 * parts share. Tests and test helpers do not count: they play the caller.
 */
export function folderCycles(files: readonly TextFile[]): Finding[] {
  const inFolders = new Map<string, Edge[]>()
  const isOwn = (path: string): boolean => !isTest(path) && !isTesting(path)
  for (const by of importsIn(files)) {
    const edge = isOwn(by.from) && by.to !== undefined && isOwn(by.to) ? betweenFolders(by, by.to) : undefined
    if (edge !== undefined) inFolders.set(edge.within, [...(inFolders.get(edge.within) ?? []), edge])
  }
  return [...inFolders.values()].flatMap((edges) => circles(edges, (trail) => `closes a circle of folders: ${trail}`))
}

/** The two folders that an import leads between, and the folder in which both stand; undefined if one end has none. */
function betweenFolders(by: Import, to: string): (Edge & { readonly within: string }) | undefined {
  const [here, there] = [by.from.split('/').slice(0, -1), to.split('/').slice(0, -1)]
  const at = here.findIndex((name, index) => name !== there[index])
  if (at < 0 || at >= there.length) return undefined
  const folder = (names: readonly string[]) => names.slice(0, at + 1).join('/')
  return { from: folder(here), to: folder(there), by, within: here.slice(0, at).join('/') }
}

const importsIn = (files: readonly TextFile[]): Import[] =>
  files.filter(({ path }) => isCode(path)).flatMap((file) => importsOf(file))

/** Follows edges in their order. */
function circles(edges: readonly Edge[], says: (trail: string) => string): Finding[] {
  const next = new Map<string, Edge[]>()
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge])
  const found: Finding[] = []
  const done = new Set<string>()

  const follow = (node: string, trail: readonly string[]): void => {
    for (const { to, by } of next.get(node) ?? []) {
      if (done.has(to)) continue
      const start = trail.indexOf(to)
      if (start < 0) follow(to, [...trail, to])
      else found.push({ path: by.from, line: by.line, message: says([...trail.slice(start), to].join(' → ')) })
    }
    done.add(node)
  }
  for (const node of next.keys()) if (!done.has(node)) follow(node, [node])
  return found
}
