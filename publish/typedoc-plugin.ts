import { basename } from 'node:path'
import type { Application, CommentDisplayPart } from 'typedoc'

/** Where a document stands in the navigation, by the name of its file; what none has is in the last one. */
const categories = [
  { name: 'First steps', of: /^(tutorial|symptoms|how-to|own-designs)$/ },
  { name: 'Reference', of: /^(glossary|litmus|protocol|errors|formats|trace-format|export|viewer|linux)$/ },
  { name: 'Rules', of: /^(rules-\w+|questions|conformance)$/ },
  { name: 'The project', of: /^/ },
] as const

/** The heading at the top of a document. */
function headingOf([first]: readonly CommentDisplayPart[] = [], name: string): RegExpExecArray {
  const heading = /^# (.*)\n/.exec(first?.text ?? '')
  if (heading === null) throw new Error(`${name}: found no heading at the top`)
  return heading
}

/** A token of markdown-it, as far as headings need it. */
interface Token {
  readonly type: string
  readonly content: string
  children: readonly Token[] | null
}

/** Code in a heading counts as text of its anchor and of the table of contents: TypeDoc asks for text in children. */
function nameCodeInHeadings({ tokens }: { readonly tokens: readonly Token[] }): void {
  for (const [at, { type }] of tokens.entries()) {
    const inHeading = type === 'heading_open' ? (tokens[at + 1]?.children ?? []) : []
    for (const token of inHeading)
      if (token.type === 'code_inline') token.children = [{ type: 'text', content: token.content, children: null }]
  }
}

/** Titles documents by their headings, sorts them into categories, and names places in sources without a link. */
export function load(app: Application): void {
  app.on('bootstrapEnd', () => {
    app.options.setValue('markdownItLoader', (parser) => parser.core.ruler.push('code-in-headings', nameCodeInHeadings))
  })
  app.converter.on('createDocument', (_, document) => {
    document.name = basename(document.name)
    document.frontmatter.category = categories.find(({ of }) => of.test(document.name))?.name
  })
  // By now pages have their addresses, from the names of the files.
  app.renderer.on('beginRender', ({ project }) => {
    for (const document of project.documents ?? [])
      document.name = headingOf(document.content, document.name)[1] ?? document.name
    const [first] = project.readme ?? []
    // The page has the name of the project above the README.
    if (first !== undefined) first.text = first.text.slice(headingOf(project.readme, project.name)[0].length)
    for (const reflection of Object.values(project.reflections))
      if (reflection.isDeclaration() || reflection.isSignature())
        for (const source of reflection.sources ?? []) delete source.url
  })
}
