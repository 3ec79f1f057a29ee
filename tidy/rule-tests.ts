import { type CallExpression, type Node, Visitor } from 'oxc-parser'
import { isTest, type TextFile, topFolderOf } from './repository.js'
import { entriesOf, textOf } from './rules.js'
import { parse } from './syntax.js'

/** The folders whose tests try what rules say; others name rules as examples of a text. */
const trying: readonly string[] = ['model', 'designs', 'properties', 'litmus', 'search', 'conform']

interface Stretch {
  readonly start: number
  readonly end: number
}

interface NamedTest extends Stretch {
  readonly title: string
}

/**
 * Which tests name which rule, by its id or by its constant: a line for each pair, rule, file and title, with tabs
 * between them. What stands outside all tests, such as a table in a constant, counts for the file, without a title.
 */
export function ruleTests(files: readonly TextFile[]): string {
  const ids = new Map(entriesOf('Rule', files).map(({ name = '', fields }) => [name, textOf(fields.get('id')) ?? '']))
  const named = new Map([...ids, ...[...ids.values()].map((id) => [id, id] as const)])
  const lines = files
    .filter(({ path }) => isTest(path) && trying.includes(topFolderOf(path)))
    .flatMap((file) => linesOf(file, named))
  return [...new Set(lines)]
    .sort()
    .map((line) => `${line}\n`)
    .join('')
}

function linesOf(file: TextFile, named: ReadonlyMap<string, string>): string[] {
  const { tests, imports } = readTests(file)
  return [...file.text.matchAll(/[\w.-]+\/[\w-]+|[a-z]\w+/g)].flatMap(({ 0: word, index }) => {
    const id = named.get(word)
    const holds = ({ start, end }: Stretch): boolean => start <= index && index < end
    if (id === undefined || imports.some(holds)) return []
    return [[id, file.path, tests.find(holds)?.title ?? ''].join('\t')]
  })
}

function readTests(file: TextFile): { readonly tests: readonly NamedTest[]; readonly imports: readonly Stretch[] } {
  const tests: NamedTest[] = []
  const imports: Stretch[] = []
  new Visitor({
    ImportDeclaration: ({ start, end }) => imports.push({ start, end }),
    CallExpression: (call) => {
      const title = titleOf(call)
      if (title !== undefined) tests.push({ start: call.start, end: call.end, title })
    },
  }).visit(parse(file))
  return { tests, imports }
}

/** The title of a call of `test`, or of what one of its forms returns: `test.each(…)`. */
function titleOf({ callee, arguments: [title] }: CallExpression): string | undefined {
  return isTestName(callee) ? textOf(title) : undefined
}

function isTestName(callee: Node): boolean {
  if (callee.type === 'CallExpression') return isTestName(callee.callee)
  if (callee.type === 'MemberExpression') return isTestName(callee.object)
  return callee.type === 'Identifier' && callee.name === 'test'
}
