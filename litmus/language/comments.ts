import type { FilePlace, Word } from './syntax.js'

const opening = '(*'

/** The comments of a text, as they stand between their brackets; a place is with the brackets. */
export interface Comments {
  readonly closed: readonly Word[]
  /** The bracket of one that is not closed. */
  readonly open: FilePlace | undefined
}

/** Finds the comments of a text: they nest, and a comment in a comment belongs to it. */
export function commentsOf(text: string): Comments {
  const closed: Word[] = []
  let depth = 0
  let at = 0
  for (const { 0: bracket, index } of text.matchAll(/\(\*|\*\)/g)) {
    if (bracket === opening && depth === 0) at = index
    else if (bracket !== opening && depth === 0) continue
    depth += bracket === opening ? 1 : -1
    if (depth === 0) closed.push({ at, end: index + bracket.length, text: text.slice(at + opening.length, index) })
  }
  return { closed, open: depth === 0 ? undefined : { at, end: at + opening.length } }
}

/** A text with a space for each comment. */
export function withoutComments(text: string): string {
  const { closed } = commentsOf(text)
  const after = (index: number) => text.slice(closed[index]?.end ?? 0, closed[index + 1]?.at)
  return [-1, ...closed.keys()].map(after).join(' ')
}

/** What `pattern` finds in the comments, where it stands in the file; the text is its first group. */
export const inComments = (comments: readonly Word[], pattern: RegExp): Word[] =>
  comments.flatMap(({ at, text }) =>
    [...text.matchAll(pattern)].map(({ 0: whole, 1: found = '', index }) => {
      const from = at + opening.length + index
      return { at: from, end: from + whole.length, text: found }
    }),
  )
