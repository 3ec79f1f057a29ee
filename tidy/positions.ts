import { type Finding, lineAt } from './finding.js'
import { isCode, type TextFile } from './repository.js'

/**
 * An argument of an action by its position, as in `a[2]`: codes are called `a` or `code`. Their kind, at 0, has no
 * other name.
 */
const byPosition = /(?<![\w.])(?:this\.)?(?:a|code)\[[1-9]\d*\]/g

/** The map has no codes: what it calls `a` is one of two things to compare. This check spells out what it finds. */
const isExempt = (path: string): boolean => path.startsWith('view/map/') || path.startsWith('tidy/positions')

/** Which file says why a position does not compile, and has to show one. */
const shows = ['model/actions/places.ts', 'model/actions/places.test.ts']

/** Reports arguments of actions by position: rows, and all who read codes, name them. */
export function positions(files: readonly TextFile[]): Finding[] {
  return files
    .filter(({ path }) => isCode(path) && !isExempt(path) && !shows.includes(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(byPosition)].map(({ index, 0: found }) => ({
        path,
        line: lineAt(text, index),
        message: `${found} is an argument by position; name it: a[arg.gfn], with places() of model/actions/places.ts`,
      })),
    )
}
