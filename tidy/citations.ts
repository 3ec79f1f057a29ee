import { type ImportDeclaration, type MemberExpression, Visitor } from 'oxc-parser'
import type { Finding } from './finding.js'
import { resolve } from './imports.js'
import { isCode, isTest, type TextFile, topFolderOf } from './repository.js'
import { entriesOf, type LeftOut, leftOut, nameOf, type SpecEntry, textOf } from './rules.js'
import { parse } from './syntax.js'

const idForm = /^[a-z0-9]+\.[a-z0-9-]+\/[a-z0-9-]+$/
/** The folders that turn rules into something that runs. A rule that none of them names demands nothing. */
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

/** Reports rules that nothing which runs refers to and `notModelled` does not list, and those that are in both. */
export function uncitedRules(files: readonly TextFile[]): Finding[] {
  const cited = new Set(files.filter(isCiting).flatMap(namesFromSpec))
  const left = leftOut(files)
  return [
    ...entriesOf('Rule', files).flatMap((rule) => {
      const { name = '' } = rule
      if (name === '' || cited.has(name) !== left.has(name)) return []
      if (!cited.has(name)) return [finding(rule, `cited by nothing in ${citing.join(', ')}, nor in notModelled`)]
      return [finding(rule, 'cited by something that runs, but also in notModelled')]
    }),
    ...[...left.values()].flatMap(faultsOfLeftOut),
  ]
}

const finding = ({ name, path, line }: SpecEntry, fault: string): Finding => ({
  path,
  line,
  message: `rule ${name ?? '?'}: ${fault}`,
})

function faultsOf({ name, fields }: SpecEntry): string[] {
  const [id = '', statement = '', at = ''] = ['id', 'statement', 'at'].map((field) => textOf(fields.get(field))?.trim())
  return [
    ...(name === undefined ? ['not an `export const`, so nothing can cite it'] : []),
    ...(idForm.test(id) ? [] : [`id '${id}' is not area.subject/case`]),
    ...(statement === '' ? ['says nothing'] : []),
    ...(statement === '' || statement.endsWith('.') ? [] : ['its sentence does not end with a full stop']),
    ...(at === '' ? ['no place in its source'] : []),
  ]
}

function faultsAmong({ name, fields }: SpecEntry, before: readonly SpecEntry[]): string[] {
  const id = textOf(fields.get('id'))
  const sameId = before.find((other) => id !== undefined && textOf(other.fields.get('id')) === id)
  const sameName = before.find((other) => name !== undefined && other.name === name)
  return [
    ...(sameId ? [`id '${id}' belongs to ${sameId.path}:${sameId.line} already`] : []),
    ...(sameName ? [`its name belongs to ${sameName.path}:${sameName.line} already`] : []),
  ]
}

/** An entry of `notModelled` needs a reason, and each rule has one entry. */
function faultsOfLeftOut(entries: readonly [LeftOut, ...LeftOut[]]): Finding[] {
  const [{ name, path, line, why }, second] = entries
  return [
    ...(why?.trim() ? [] : [{ path, line, message: `rule ${name}: left out without a reason` }]),
    ...(second === undefined ? [] : [{ path, line: second.line, message: `rule ${name}: left out twice` }]),
  ]
}

const isCiting = ({ path }: TextFile): boolean => citing.includes(topFolderOf(path)) && isCode(path) && !isTest(path)

/** Names that a file takes from spec: `import { name }`, or `group.name` of an imported group. */
function namesFromSpec(file: TextFile): string[] {
  const names: string[] = []
  const local = new Set<string>()
  new Visitor({
    ImportDeclaration: ({ source, specifiers }: ImportDeclaration) => {
      if (topFolderOf(resolve(file.path, source.value) ?? '') !== 'spec') return
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
