import { posix } from 'node:path'
import { type Finding, lineAt } from './finding.js'
import { isTest, type TextFile } from './repository.js'

/** Files side by side, tests not counted. */
const ceiling = { root: 12, folder: 15 } as const
/** The document whose table `| folder | why … |` allows larger folders. */
const document = 'CONTRIBUTING.md'

/** The folders of the table with their reasons, in order. */
function allowed(text: string): { readonly folder: string; readonly why: string; readonly line: number }[] {
  const [table = ''] = text.match(/^\| folder \| why.*\n(?:\|.*\n)*/m) ?? []
  const from = lineAt(text, text.indexOf(table))
  return table.split('\n').flatMap((row, index) => {
    const [, folder = '', why = ''] = row.match(/^\| `([^`]+)\/` \|(.*)\|$/) ?? []
    return folder === '' ? [] : [{ folder, why: why.trim(), line: from + index }]
  })
}

function counts(files: readonly TextFile[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const { path } of files) {
    const folder = posix.dirname(path)
    if (!isTest(path)) found.set(folder, (found.get(folder) ?? 0) + 1)
  }
  return found
}

/** Reports folders with too many files that the table does not list, and rows of the table that are not needed. */
export function folders(files: readonly TextFile[]): Finding[] {
  const rows = allowed(files.find(({ path }) => path === document)?.text ?? '')
  const sizes = counts(files)
  const isLarge = (folder: string) => (sizes.get(folder) ?? 0) > (folder === '.' ? ceiling.root : ceiling.folder)
  const large = [...sizes].filter(([folder]) => isLarge(folder) && !rows.some((row) => row.folder === folder))
  return [
    ...large.map(([folder, size]) => {
      const [path, limit] = folder === '.' ? ['the root', ceiling.root] : [folder, ceiling.folder]
      return { path, line: 1, message: `${size} files; the ceiling is ${limit}, unless ${document} says why` }
    }),
    ...rows.flatMap(({ folder, why, line }): Finding[] => {
      if (why === '') return [{ path: document, line, message: `no reason for ${folder}/` }]
      return isLarge(folder) ? [] : [{ path: document, line, message: `${folder}/ needs no reason` }]
    }),
  ]
}
