import { type Expression, type Node, type ObjectExpression, type VariableDeclarator, Visitor } from 'oxc-parser'
import { lineAt } from './finding.js'
import { isCode, isTest, type TextFile, topFolderOf } from './repository.js'
import { parse } from './syntax.js'

/** One `{ … } as const satisfies T` of spec, as written. `name` is undefined unless it is an `export const`. */
export interface SpecEntry {
  readonly name: string | undefined
  readonly path: string
  readonly line: number
  readonly fields: ReadonlyMap<string, Expression>
}

/** Every object in `spec` that satisfies the type of that name, exported or not. */
export function entriesOf(type: 'Rule' | 'Source', files: readonly TextFile[]): SpecEntry[] {
  return files
    .filter(({ path }) => topFolderOf(path) === 'spec' && isCode(path) && !isTest(path))
    .flatMap((file) => entriesIn(file, type))
}

/** One `{ rule, why }` of `notModelled`. */
export interface LeftOut {
  readonly name: string
  readonly path: string
  readonly line: number
  readonly why: string | undefined
}

type Some<T> = readonly [T, ...T[]]

/** The entries of all lists of rules that are not modelled, by the name of their rule. */
export function leftOut(files: readonly TextFile[]): Map<string, Some<LeftOut>> {
  const found = new Map<string, Some<LeftOut>>()
  for (const file of files.filter(({ path }) => /^spec\/(?:\w+\/)?not-modelled(-\w+)?\.ts$/.test(path))) {
    new Visitor({
      ObjectExpression: (node) => {
        const fields = fieldsOf(node)
        const name = nameOf(fields.get('rule'))
        if (name === undefined) return
        const entry = { name, path: file.path, line: lineAt(file.text, node.start), why: textOf(fields.get('why')) }
        const known = found.get(name)
        found.set(name, known === undefined ? [entry] : [...known, entry])
      },
    }).visit(parse(file))
  }
  return found
}

function entriesIn(file: TextFile, type: string): SpecEntry[] {
  const found: SpecEntry[] = []
  const exported = new Map<Node, string>()
  new Visitor({
    ExportNamedDeclaration: ({ declaration }) => {
      if (declaration?.type === 'VariableDeclaration')
        for (const one of declaration.declarations) keepName(exported, one)
    },
    TSSatisfiesExpression: (node) => {
      const object = withoutTypes(node)
      const { typeAnnotation: named } = node
      if (object?.type !== 'ObjectExpression' || named.type !== 'TSTypeReference') return
      if (named.typeName.type !== 'Identifier' || named.typeName.name !== type) return
      const line = lineAt(file.text, node.start)
      found.push({ name: exported.get(node), path: file.path, line, fields: fieldsOf(object) })
    },
  }).visit(parse(file))
  return found
}

function keepName(names: Map<Node, string>, { id, init }: VariableDeclarator): void {
  if (id.type === 'Identifier' && init) names.set(init, id.name)
}

function withoutTypes(node: Expression): Expression {
  return node.type === 'TSSatisfiesExpression' || node.type === 'TSAsExpression' ? withoutTypes(node.expression) : node
}

function fieldsOf(object: ObjectExpression): Map<string, Expression> {
  return new Map(
    object.properties.flatMap((one): [string, Expression][] =>
      one.type === 'Property' && one.key.type === 'Identifier' ? [[one.key.name, one.value]] : [],
    ),
  )
}

/** The text of a literal, also of one that is broken over several lines with `+`; undefined for anything computed. */
export function textOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined
  if (node?.type === 'TemplateLiteral')
    return node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? '') : undefined
  if (node?.type !== 'BinaryExpression' || node.operator !== '+') return undefined
  const [left, right] = [textOf(node.left), textOf(node.right)]
  return left === undefined || right === undefined ? undefined : left + right
}

/** The last name in `name` or `group.name`. */
export function nameOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return node.name
  return node?.type === 'MemberExpression' ? nameOf(node.property) : undefined
}
