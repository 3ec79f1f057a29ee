import { type Finding, lineAt } from './finding.js'
import { isCode, type TextFile } from './repository.js'
import { type Retired, retired, retiredNames } from './retired-words.js'

export type WordCoverage = 'documents' | 'everything'

/**
 * Where this repository refuses retired words: in the documents for users alone, or in every document and all code.
 */
export const coverage: WordCoverage = 'everything'

const anyOf = (table: readonly Retired[], flags: string): RegExp =>
  new RegExp(`\\b(?:${table.map(({ pattern }) => `(${pattern.replaceAll(' ', '\\s+')})`).join('|')})\\b`, flags)

const anyWord = anyOf(retired, 'gi')
const anyName = anyOf(retiredNames, 'g')

/** History keeps its words, the table and its test name them, and a reader of transcripts refuses the old word. */
const isExempt = (path: string): boolean =>
  ['docs/decisions.md', 'tidy/retired-words.ts', 'tidy/words.test.ts'].includes(path) ||
  /^conform\/protocol\/transcript(\.test)?\.ts$/.test(path)

const isDocument = (path: string): boolean => path.endsWith('.md')
/** Documents that are neither generated from code nor about the code of a target. */
const isForUsers = (path: string): boolean => /^([A-Z]+|docs\/(glossary|litmus))\.md$/.test(path)

/** Joins the lines of a paragraph or a comment, so that a phrase may be broken. Offsets stay as they are. */
const joined = (text: string): string => text.replace(/\n(?:[ \t]*(?:\*|\/\/) ?)?/g, (gap) => ' '.repeat(gap.length))

/** Splits names of several words at their capitals; `at` leads from an offset in the result to the offset in `text`. */
function split(text: string): { readonly text: string; readonly at: (offset: number) => number } {
  const humps: number[] = []
  const wide = text.replace(/([a-z])(?=[A-Z][a-z])/g, (letter, _, offset: number) => {
    humps.push(offset + 1 + humps.length)
    return `${letter} `
  })
  return { text: wide, at: (offset) => offset - humps.filter((hump) => hump < offset).length }
}

/** The word to use for a match of `anyOf(table)`. */
function insteadOf(match: RegExpExecArray, table: readonly Retired[]): string {
  const entry = table[match.slice(1).findIndex((group) => group !== undefined)]
  return `"${match[0].replace(/\s+/g, ' ')}" is retired; use ${entry?.use ?? ''}`
}

function findIn({ path, text }: TextFile): Finding[] {
  const wide = split(joined(text))
  return [
    ...[...wide.text.matchAll(anyWord)].map((match) => {
      return { path, line: lineAt(text, wide.at(match.index)), message: insteadOf(match, retired) }
    }),
    ...[...text.matchAll(anyName)].map((match) => {
      return { path, line: lineAt(text, match.index), message: insteadOf(match, retiredNames) }
    }),
  ]
}

/** Reports every retired word, with the word to use. */
export function words(files: readonly TextFile[], where: WordCoverage): Finding[] {
  const isCovered = (path: string) => (where === 'documents' ? isForUsers(path) : isDocument(path) || isCode(path))
  return files.filter(({ path }) => isCovered(path) && !isExempt(path)).flatMap(findIn)
}
