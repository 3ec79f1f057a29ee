import { type Finding, lineAt } from './finding.js'
import type { TextFile } from './repository.js'

const path = 'README.md'
const ceiling = 110
/** Of code and tables, which no reader's window breaks. */
const columns = 140

/** A piece of code in the README and where it starts: a `span` inside a sentence, or a fenced `block`. */
interface Code {
  readonly kind: 'span' | 'block'
  readonly text: string
  readonly offset: number
}

interface Name {
  readonly kind: 'file or folder' | 'npm script' | 'dmaproof command'
  readonly name: string
  readonly offset: number
}

/** What counts as a name, as the first group of a pattern; `^` and `$` are the ends of a line. */
const patterns: readonly { readonly kind: Name['kind']; readonly in: readonly Code['kind'][]; readonly at: RegExp }[] =
  [
    // A span that is one word with a slash or a known ending; not absolute, not a URL, not a scoped package.
    {
      kind: 'file or folder',
      in: ['span'],
      at: /^(?![@/]|[a-z]+:)([\w./-]*\/[\w./-]*|[\w./-]+\.(?:[cm]?[jt]s|json|md|ya?ml|litmus|html|sh))$/gm,
    },
    // In a block only words that end in a slash: the rest is output.
    { kind: 'file or folder', in: ['block'], at: /(?<!\S)([\w.-]+(?:\/[\w.-]+)*\/)(?!\S)/g },
    { kind: 'npm script', in: ['span', 'block'], at: /\bnpm (?:run )?((?<=run )[\w:-]+|start|test)/g },
    { kind: 'dmaproof command', in: ['span', 'block'], at: /(?:^|\bnpx |[$|;] |&& )dmaproof ([a-z][\w-]*)/gm },
  ]

/** An id of a rule has a slash and is no path: `area.subject/case`. */
const isRuleId = (name: string): boolean => /^[a-z0-9]+\.[a-z0-9-]+\/[a-z0-9-]+$/.test(name)

function codeIn(readme: string): Code[] {
  const fence = /^```.*\n([\s\S]*?)^```/dgm
  const prose = readme.replace(fence, (block) => block.replace(/[^\n]/g, ' '))
  const pieces = (kind: Code['kind'], text: string, pattern: RegExp): Code[] =>
    [...text.matchAll(pattern)].map(({ 1: code = '', indices }) => ({
      kind,
      text: code,
      offset: indices?.[1]?.[0] ?? 0,
    }))
  return [...pieces('span', prose, /`([^`\n]+)`/dg), ...pieces('block', readme, fence)]
}

function namesIn(readme: string): Name[] {
  return codeIn(readme).flatMap((code) =>
    patterns
      .filter((pattern) => pattern.in.includes(code.kind))
      .flatMap(({ kind, at }) =>
        [...code.text.matchAll(at)].map(({ 1: name = '', index }) => ({ kind, name, offset: code.offset + index })),
      )
      .filter(({ kind, name }) => kind !== 'file or folder' || !isRuleId(name)),
  )
}

/** Files that git ignores exist once a command has made them, so `.gitignore` vouches for them. */
function existsIn(files: readonly TextFile[]): (named: Name) => boolean {
  const textOf = (wanted: string) => files.find((file) => file.path === wanted)?.text
  const manifest = JSON.parse(textOf('package.json') ?? '{}')
  const exported = Object.keys(manifest.exports ?? {}).map((key) => key.replace(/^\./, manifest.name))
  const ignored = (textOf('.gitignore') ?? '').split('\n').filter((line) => line.endsWith('/'))
  return ({ kind, name }) => {
    if (kind === 'npm script') return Object.hasOwn(manifest.scripts ?? {}, name)
    if (kind === 'dmaproof command') return files.some((file) => file.path === `cli/commands/${name}.ts`)
    const plain = name.replace(/^\.\//, '').replace(/\/$/, '')
    return (
      exported.includes(plain) ||
      ignored.some((folder) => `${plain}/`.startsWith(folder)) ||
      files.some((file) => file.path === plain || file.path.startsWith(`${plain}/`))
    )
  }
}

/** The lines of code and of tables that are too wide. */
function wideLines(text: string): Finding[] {
  let isCode = false
  return text.split('\n').flatMap((line, index) => {
    if (line.startsWith('```')) isCode = !isCode
    const width = [...line].length
    if (width <= columns || !(isCode || line.startsWith('|'))) return []
    return [
      { path, line: index + 1, message: `${isCode ? 'code' : 'table'} of ${width} columns; the ceiling is ${columns}` },
    ]
  })
}

/** Reports what README.md names and the repository lacks, one that is too long or too wide, and one that is missing. */
export function readme(files: readonly TextFile[]): Finding[] {
  const text = files.find((file) => file.path === path)?.text
  if (text === undefined) return [{ path, line: 1, message: 'missing' }]
  const lines = text.replace(/\n$/, '').split('\n').length
  const exists = existsIn(files)
  const absent = namesIn(text).filter((named) => !exists(named))
  return [
    ...(lines > ceiling ? [{ path, line: ceiling + 1, message: `${lines} lines; the ceiling is ${ceiling}` }] : []),
    ...wideLines(text),
    ...absent.map(({ kind, name, offset }) => ({
      path,
      line: lineAt(text, offset),
      message: `no such ${kind}: ${name}`,
    })),
  ]
}
