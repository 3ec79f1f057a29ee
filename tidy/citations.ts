import { type ImportDeclaration, type MemberExpression, Visitor } from 'oxc-parser'
import type { Finding } from './finding.js'
import { resolve } from './imports.js'
import { isCode, isTest, roomOf, type TextFile } from './repository.js'
import { type Entry, entriesOf, nameOf, textOf } from './rules.js'
import { parse } from './syntax.js'

const idForm = /^[a-z0-9]+\.[a-z0-9-]+\/[a-z0-9-]+$/
/** The rooms that turn rules into something that runs. A rule that none of them names demands nothing. */
const citing: readonly string[] = ['model', 'designs', 'properties']

/** Reports rules that say nothing, share an id or a name, or have no source with a revision. */
export function malformedRules(files: readonly TextFile[]): Finding[] {
  const rules = entriesOf('Rule', files)
  const sources = new Set(
    entriesOf('Source', files)
      .filter(({ fields }) => textOf(fields.get('revision')))
      .map(({ name }) => name),
  )
  return rules.flatMap((rule, index) =>
    [
      ...faultsOf(rule),
      ...faultsAmong(rule, rules.slice(0, index)),
      ...(sources.has(nameOf(rule.fields.get('source'))) ? [] : ['source is none of those in spec with a revision']),
    ].map((fault) => finding(rule, fault)),
  )
}

/** Reports rules that nothing which runs refers to. */
export function uncitedRules(files: readonly TextFile[]): Finding[] {
  const cited = new Set(files.filter(isCiting).flatMap(namesFromSpec))
  return entriesOf('Rule', files)
    .filter(({ name }) => name !== undefined && !cited.has(name))
    .map((rule) => finding(rule, `cited by nothing in ${citing.join(', ')}`))
}

const finding = ({ name, path, line }: Entry, fault: string): Finding => ({
  path,
  line,
  says: `rule ${name ?? '?'}: ${fault}`,
})

function faultsOf({ name, fields }: Entry): string[] {
  const [id = '', says = '', at = ''] = ['id', 'says', 'at'].map((field) => textOf(fields.get(field))?.trim())
  return [
    ...(name === undefined ? ['not an `export const`, so nothing can cite it'] : []),
    ...(idForm.test(id) ? [] : [`id '${id}' is not area.subject/case`]),
    ...(says === '' ? ['says nothing'] : []),
    ...(says === '' || says.endsWith('.') ? [] : ['its sentence does not end with a full stop']),
    ...(at === '' ? ['no place in its source'] : []),
  ]
}

function faultsAmong({ name, fields }: Entry, before: readonly Entry[]): string[] {
  const id = textOf(fields.get('id'))
  const sameId = before.find((other) => id !== undefined && textOf(other.fields.get('id')) === id)
  const sameName = before.find((other) => name !== undefined && other.name === name)
  return [
    ...(sameId ? [`id '${id}' belongs to ${sameId.path}:${sameId.line} already`] : []),
    ...(sameName ? [`its name belongs to ${sameName.path}:${sameName.line} already`] : []),
  ]
}

const isCiting = ({ path }: TextFile): boolean => citing.includes(roomOf(path)) && isCode(path) && !isTest(path)

/** Names that a file takes from spec: `import { name }`, or `group.name` of an imported group. */
function namesFromSpec(file: TextFile): string[] {
  const names: string[] = []
  const local = new Set<string>()
  new Visitor({
    ImportDeclaration: ({ source, specifiers }: ImportDeclaration) => {
      if (roomOf(resolve(file.path, source.value) ?? '') !== 'spec') return
      for (const one of specifiers) {
        local.add(one.local.name)
        if (one.type === 'ImportSpecifier' && one.imported.type === 'Identifier') names.push(one.imported.name)
      }
    },
    MemberExpression: (node: MemberExpression) => {
      if (!local.has(rootOf(node) ?? '')) return
      const name = nameOf(node)
      if (name !== undefined) names.push(name)
    },
  }).visit(parse(file))
  return names
}

function rootOf({ object }: MemberExpression): string | undefined {
  if (object.type === 'Identifier') return object.name
  return object.type === 'MemberExpression' ? rootOf(object) : undefined
}
