import { createHash } from 'node:crypto'

/** What the name of every archived file ends with; half-written files end otherwise. */
export const archiveExtension = '.ndjson'

/** Characters of a word: four of them, and what a name has besides, fit into the 255 bytes of a file's name. */
const maxWord = 50

const word = (text: string): string => text.replace(/[^\w.-]/g, '-').slice(0, maxWord)

/**
 * The name of a file in an archive: what it is about, and a digest of its contents, so that the same contents are the
 * same file, and no file replaces another. The words and the digest stand with dots between them.
 */
export function archiveName(about: readonly string[], text: string): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return `${[...about.map(word), digest].join('.')}${archiveExtension}`
}

/** Whether a name begins with these words, which saves the reading of all other files. */
export const isNamedFor = (name: string, about: readonly string[]): boolean =>
  name.startsWith(`${about.map(word).join('.')}.`)
