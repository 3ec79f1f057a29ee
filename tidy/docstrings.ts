import type { Directive, Statement } from 'oxc-parser'
import { type Finding, lineAt } from './finding.js'
import { resolve } from './imports.js'
import type { TextFile } from './repository.js'
import { commentsOf, parse } from './syntax.js'

/** What the package exports (`exports` of package.json). */
const published = ['api/index.ts', 'api/vitest.ts', 'api/protocol.ts'] as const

/** An export of the package, where it is declared. */
interface Exported {
  /** As a user writes it: `steps.acquire`. */
  readonly name: string
  readonly file: TextFile
  /** Offset of the declaration. */
  readonly at: number
}

interface Named {
  readonly name: string
  readonly at: number
}

/** The names that a statement declares. */
function declaredBy(statement: Statement | Directive): string[] {
  if (statement.type !== 'ExportNamedDeclaration') return []
  const { declaration } = statement
  if (declaration === null) return []
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : ['?']))
  }
  return 'id' in declaration && declaration.id?.type === 'Identifier' ? [declaration.id.name] : []
}

/** Follows what a module exports to where it is declared. */
class Exports {
  constructor(private readonly files: readonly TextFile[]) {}

  all(path: string, prefix = ''): Exported[] {
    const file = this.files.find((one) => one.path === path)
    if (file === undefined) return []
    return parse(file).body.flatMap((statement): Exported[] => {
      const own = declaredBy(statement).map((name) => ({ name: prefix + name, file, at: statement.start }))
      if (statement.type === 'ExportAllDeclaration') {
        const name = statement.exported?.type === 'Identifier' ? `${statement.exported.name}.` : ''
        return this.all(resolve(path, statement.source.value) ?? '', prefix + name)
      }
      if (statement.type !== 'ExportNamedDeclaration' || statement.source === null) return own
      const from = resolve(path, statement.source.value) ?? ''
      return statement.specifiers.flatMap(({ local, exported }) =>
        local.type === 'Identifier' && exported.type === 'Identifier'
          ? this.declared(from, local.name).map((found) => ({ ...found, name: prefix + exported.name }))
          : [],
      )
    })
  }

  private declared(path: string, wanted: string): Exported[] {
    return this.all(path).filter(({ name }) => name === wanted)
  }
}

/** The docstring that ends where a declaration begins; undefined if there is none. */
function docstringBefore(file: TextFile, { at }: Named): string | undefined {
  const comment = commentsOf(file).find(({ end }) => end <= at && file.text.slice(end, at).trim() === '')
  return comment?.type === 'Block' && comment.value.startsWith('*') ? comment.value : undefined
}

/** Reports exports of the package that no docstring with an example explains. */
export function docstrings(files: readonly TextFile[]): Finding[] {
  const exports = new Exports(files)
  const found = published.flatMap((path) => exports.all(path))
  return found.flatMap(({ name, file, at }): Finding[] => {
    const text = docstringBefore(file, { name, at })
    const lacks = text === undefined ? 'docstring' : text.includes('@example') ? undefined : 'example in its docstring'
    if (lacks === undefined) return []
    return [{ path: file.path, line: lineAt(file.text, at), message: `export ${name} has no ${lacks}` }]
  })
}
