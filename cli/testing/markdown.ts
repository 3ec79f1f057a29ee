/** A fenced block of a document: the words behind the fence (`js mine.mjs`), and the lines between the fences. */
export interface FencedBlock {
  readonly language: string
  readonly title: string
  readonly text: string
}

export function blocksOf(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(/^```(\w*) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', title = '', text = '']) => ({ language, title, text }),
  )
}

/** A command line that a document prints, its words behind `npx dmaproof`, and the status that its comment promises. */
export interface Command {
  readonly words: readonly string[]
  readonly status: number | undefined
}

/** The lines of a block that run dmaproof. Quotes keep a word together. */
export function commandsOf(text: string): Command[] {
  return [...text.matchAll(/^(?:\w+=\S+ )*npx dmaproof (.*)$/gm)].map(([, line = '']) => {
    const [command = '', comment = ''] = line.split(/\s+# ?/)
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const status = /exit status (\d+)/.exec(comment)?.[1]
    return { words, status: status === undefined ? undefined : Number(status) }
  })
}
