/** A report on one line: it is folded where no terminal shows it, and commands continue behind a backslash. */
export const onOneLine = (text = ''): string => text.replaceAll(' \\\n', ' ').replaceAll(/\s+/g, ' ')
