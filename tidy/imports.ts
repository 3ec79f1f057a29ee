import { posix } from 'node:path'
import { type Node, Visitor } from 'oxc-parser'
import { lineAt } from './finding.js'
import { isCode, type TextFile } from './repository.js'
import { parse } from './syntax.js'

export interface Import {
  readonly from: string
  readonly line: number
  readonly specifier: string
  /** The file of this repository that is meant, or undefined for a package. */
  readonly to: string | undefined
}

/** The package's own name leads back into the repository, past its folders. */
const ownName: Readonly<Record<string, string>> = {
  dmaproof: 'api/index.ts',
  'dmaproof/vitest': 'api/vitest.ts',
  'dmaproof/protocol': 'api/protocol.ts',
}

export function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return ownName[specifier]
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}

const known = new WeakMap<TextFile, Import[]>()

/** Every way in which one file of code names another: values, types, re-exports, late imports, threads. */
export function importsOf(file: TextFile): readonly Import[] {
  const found = known.get(file) ?? readImports(file)
  known.set(file, found)
  return found
}

function readImports(file: TextFile): Import[] {
  const found: Import[] = []
  const add = (source: Node | null | undefined) => {
    if (source?.type !== 'Literal' || typeof source.value !== 'string') return
    const to = resolve(file.path, source.value)
    if (to === undefined || isCode(to)) {
      const line = lineAt(file.text, source.start)
      found.push({ from: file.path, line, specifier: source.value, to })
    }
  }
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    NewExpression: ({ callee, arguments: [path, base] }) => {
      if (callee.type === 'Identifier' && callee.name === 'URL' && base?.type === 'MemberExpression') add(path)
    },
  }).visit(parse(file))
  return found
}
