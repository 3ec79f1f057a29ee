import { posix } from 'node:path'
import GithubSlugger from 'github-slugger'
import { lexer, type Token, type Tokens, walkTokens } from 'marked'
import { type Finding, lineAt } from './finding.js'
import type { TextFile } from './repository.js'

/** A document with what its links can lead to and where they lead. */
interface Document {
  readonly path: string
  readonly text: string
  /** Ids of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>
  readonly links: readonly { readonly to: string; readonly line: number }[]
}

/** Of a heading what is shown: code without its backticks, a link without its address. */
const shown = (tokens: readonly Token[]): string =>
  tokens.map((one) => ('tokens' in one && one.tokens ? shown(one.tokens) : 'text' in one ? one.text : one.raw)).join('')

function read({ path, text }: TextFile): Document {
  const slugger = new GithubSlugger()
  const anchors = new Set<string>()
  const links: { to: string; line: number }[] = []
  walkTokens(lexer(text), (token) => {
    if (token.type === 'heading') anchors.add(slugger.slug(shown((token as Tokens.Heading).tokens)))
    if (token.type !== 'link' && token.type !== 'image') return
    const { href, raw } = token as Tokens.Link
    if (!/^[a-z]+:/i.test(href)) links.push({ to: href, line: lineAt(text, text.indexOf(raw)) })
  })
  return { path, text, anchors, links }
}

/** Reports relative links of Markdown documents to files, folders and headings that there are not. */
export function links(files: readonly TextFile[]): Finding[] {
  const paths = new Set(files.map(({ path }) => path))
  const documents = new Map(files.filter(({ path }) => path.endsWith('.md')).map((one) => [one.path, read(one)]))
  const isThere = (path: string) => paths.has(path) || [...paths].some((one) => one.startsWith(`${path}/`))
  const wrongWith = (from: string, to: string): string | undefined => {
    const [file = '', anchor] = to.split('#')
    const path = file === '' ? from : posix.join(posix.dirname(from), decodeURI(file)).replace(/\/$/, '')
    if (!isThere(path)) return `no such file: ${to}`
    const isKnown = anchor === undefined || documents.get(path)?.anchors.has(anchor) === true
    return isKnown ? undefined : `no such heading: ${to}`
  }
  return [...documents.values()].flatMap(({ path, links }) =>
    links.flatMap(({ to, line }) => {
      const message = wrongWith(path, to)
      return message === undefined ? [] : [{ path, line, message }]
    }),
  )
}
