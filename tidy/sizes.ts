import { type Node, Visitor } from 'oxc-parser'
import { type Finding, lineAt } from './finding.js'
import { isCode, type TextFile } from './repository.js'
import { parse } from './syntax.js'

const ceiling = { fileLines: 300, functionLines: 40, columns: 120 } as const

function longFile({ path, text }: TextFile): Finding[] {
  const lines = text.replace(/\n$/, '').split('\n').length
  if (lines <= ceiling.fileLines) return []
  return [{ path, line: ceiling.fileLines + 1, message: `file of ${lines} lines; the ceiling is ${ceiling.fileLines}` }]
}

function wideLines({ path, text }: TextFile): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const columns = [...line].length
    if (columns <= ceiling.columns) return []
    return [{ path, line: index + 1, message: `line of ${columns} columns; the ceiling is ${ceiling.columns}` }]
  })
}

/** `describe`, or what one of its forms returns: `describe.each([…])`. */
function isDescribe(callee: Node): boolean {
  if (callee.type === 'CallExpression') return isDescribe(callee.callee)
  if (callee.type === 'MemberExpression') return isDescribe(callee.object)
  return callee.type === 'Identifier' && callee.name === 'describe'
}

/** The callback of a `describe` groups tests: no reader takes it for one function. */
function longFunctions(file: TextFile): Finding[] {
  const found: Finding[] = []
  const groups = new Set<Node>()
  const measure = (node: Node) => {
    const line = lineAt(file.text, node.start)
    const lines = lineAt(file.text, node.end) - line + 1
    if (lines <= ceiling.functionLines || groups.has(node)) return
    found.push({
      path: file.path,
      line,
      message: `function of ${lines} lines; the ceiling is ${ceiling.functionLines}`,
    })
  }
  new Visitor({
    CallExpression: ({ callee, arguments: args }) => {
      if (isDescribe(callee)) for (const arg of args) groups.add(arg)
    },
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  }).visit(parse(file))
  return found
}

/** A file named for what it is not about grows without end. */
function vagueNames({ path }: TextFile): Finding[] {
  const vague = path.split('/').find((part) => /^(utils?|helpers?|misc)(\.|$)/.test(part))
  return vague === undefined ? [] : [{ path, line: 1, message: `'${vague}' says nothing about what is inside` }]
}

/** Reports files, functions and lines above their ceilings, and names that say nothing. */
export function sizes(files: readonly TextFile[]): Finding[] {
  const code = files.filter(({ path }) => isCode(path))
  return [
    ...files.flatMap(vagueNames),
    ...code.flatMap((file) => [...longFile(file), ...wideLines(file), ...longFunctions(file)]),
  ]
}
