import { visible } from '../../base/visible.js'

/** Columns of a mail: what is printed to be pasted fits, and leaves room to be quoted. */
export const mailWidth = 72

/**
 * Breaks a text at spaces into lines of at most `width` characters. A word that is longer stays whole, and what would
 * hide in the text is named.
 *
 * @param indent put before every line
 * @param hanging put before every line but the first, after the indent
 */
export function wrap(text: string, width: number, indent = '', hanging = ''): string[] {
  const lines: string[] = []
  let line = indent
  let isEmpty = true
  for (const word of visible(text)
    .split(/\s+/)
    .filter((part) => part !== '')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent + hanging
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
