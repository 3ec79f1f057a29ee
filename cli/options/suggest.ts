import { suggestions } from '../../base/suggest.js'

/**
 * One message about a name that is not there: where, what was found, what may have been meant or is there.
 *
 * @param listing the command that lists all names, where they are too many to print
 */
export function unknownName(where: string, word: string, names: readonly string[], listing?: string): string {
  const near = suggestions(word, names)
  const all = listing === undefined ? `; expected one of ${names.join(', ')}` : `; all are in: ${listing}`
  return `${where}: unknown name "${word}"${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : all}`
}
