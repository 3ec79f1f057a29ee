/**
 * Characters that draw nothing, or change how others are drawn: control characters, marks that turn the direction of a
 * text, joiners, halves of pairs. A line break and a tab are as they should be.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A text of a file or a design as people may be shown it: what would hide in it, or rule a terminal, is named. */
export const visible = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(hidden, (sign) => (sign === '\n' || sign === '\t' ? sign : nameOf(sign)))

/** The same on one line, for a table, a list or a log. */
export const plainLine = (text: string): string => visible(text.replaceAll(/\s+/g, ' ')).trim()

/** `[U+202E]` */
const nameOf = (sign: string): string => `[U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
