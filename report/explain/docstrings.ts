import { packageText } from './package-text.js'

/** What a docstring says: its text in one line, and its example. */
export interface Docstring {
  readonly text: string
  /** Lines of code; none where there is no example. */
  readonly example: readonly string[]
}

const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:declare )?(?:const|function) (\w+)/g

/** Docstrings of the exports of a module, by their names. */
export function docstringsIn(text: string): ReadonlyMap<string, Docstring> {
  return new Map([...text.matchAll(comment)].map(([, body = '', name = '']) => [name, docstring(body)]))
}

const field = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?readonly (\w+)\??:/g

/** Docstrings of the fields of an interface, by their names; of one that has none, an empty text. */
export function fieldDocstringsIn(text: string, name: string): ReadonlyMap<string, Docstring> {
  const [, after = ''] = text.split(`export interface ${name} {`)
  const [fields = ''] = after.split(/^\}/m)
  return new Map([...fields.matchAll(field)].map(([, body = '', own = '']) => [own, docstring(body)]))
}

function docstring(body: string): Docstring {
  const lines = body.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
  const [said = '', ...tags] = lines.join('\n').split(/(?:^|\s)@(?=example|param|returns)/m)
  const example = tags.find((tag) => tag.startsWith('example')) ?? ''
  return {
    text: said.trim().replaceAll(/\s+/g, ' '),
    example: example === '' ? [] : example.slice('example'.length).trim().split('\n'),
  }
}

const vocabulary = 'designs/vocabulary'
const from = /from '\.\/([\w/-]+)\.js'/g

/** Docstrings of the fields of `Design` or `Driver`. */
export const designDocstrings = (name: 'Design' | 'Driver'): ReadonlyMap<string, Docstring> =>
  fieldDocstringsIn(packageText('dist/designs/design.d.ts', 'designs/design.ts'), name)

/**
 * Docstrings of a module of the vocabulary and of those that it exports: of its types in the package, of its source in
 * the repository.
 */
export function vocabularyDocstrings(module: string): ReadonlyMap<string, Docstring> {
  const textOf = (name: string) => packageText(`dist/${vocabulary}/${name}.d.ts`, `${vocabulary}/${name}.ts`)
  const text = textOf(module)
  const others = [...text.matchAll(from)].map(([, name = '']) => textOf(name))
  return docstringsIn([text, ...others].join('\n'))
}
