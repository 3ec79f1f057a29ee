import { type Finding, lineAt } from './finding.js'
import { isCode, roomOf, type TextFile } from './repository.js'

export type Coverage = 'documents' | 'everything'

/**
 * Where this repository refuses retired words: in the documents for users alone, or in every document and all code.
 */
export const coverage: Coverage = 'everything'

/** A word that this project no longer uses, as it stands between word boundaries, and what to write in its place. */
interface Retired {
  readonly pattern: string
  readonly use: string
}

/** Private words of earlier versions, whose place the field's terms took, and phrases that read as translated. */
const retired: readonly Retired[] = [
  { pattern: 'whoever|whatever answers', use: 'the subject: the search, the caller, the target' },
  { pattern: 'nobody|somebody|anybody', use: 'the subject: the search, the caller, the target, nothing' },
  { pattern: 'for ever', use: '"never ends" or "forever"' },
  { pattern: 'at the most', use: '"at most"' },
  { pattern: 'goes on|go on|going on|went on', use: '"continues"' },
  { pattern: 'there is none called', use: '"unknown" and the kind of name' },
  { pattern: 'our own bug', use: '"internal error"' },
  { pattern: '(?:held|holds?|holding)(?: \\S+){0,6}? against', use: '"checked against"' },
  { pattern: 'the house|house rules?', use: '"this project", "layout" or "rules"' },
  { pattern: 'yardsticks?', use: '"benchmark model"' },
  { pattern: 'lanes?', use: '"session"' },
  { pattern: 'jaws?', use: '"mutant group"' },
  { pattern: 'bites?|teeth', use: '"mutation testing"; a property kills a mutant' },
  { pattern: 'misfits?', use: '"invalid call"' },
  { pattern: 'rested', use: '"rule evidence" or "rule coverage"' },
  { pattern: 'askable', use: '"capability"' },
  { pattern: 'worlds?', use: '"candidate state"' },
  { pattern: 'complaints?', use: '"schema error"' },
  { pattern: 'patience', use: '"maxRejections", or the limit that is meant' },
  { pattern: 'untold', use: '"unacknowledged"' },
  { pattern: 'glance', use: '"cheap test"' },
  { pattern: 'duty|duties', use: '"fairness class"' },
  { pattern: 'habits?', use: '"plan shape", or the options that are meant' },
  { pattern: 'conversations?', use: '"transcript"' },
  { pattern: 'the judge', use: '"monitor" for properties, "oracle" for replies' },
  { pattern: 'put to the test', use: '"tested"' },
]

const all = new RegExp(
  `\\b(?:${retired.map(({ pattern }) => `(${pattern.replaceAll(' ', '\\s+')})`).join('|')})\\b`,
  'gi',
)

/** History keeps its words, these checks name what they look for, and a reader of transcripts refuses the old word. */
const isExempt = (path: string): boolean =>
  path === 'docs/decisions.md' || roomOf(path) === 'tidy' || /^conform\/protocol\/transcript(\.test)?\.ts$/.test(path)

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

function findIn({ path, text }: TextFile): Finding[] {
  const wide = split(joined(text))
  return [...wide.text.matchAll(all)].map((match) => {
    const entry = retired[match.slice(1).findIndex((group) => group !== undefined)]
    const word = match[0].replace(/\s+/g, ' ')
    return { path, line: lineAt(text, wide.at(match.index)), message: `"${word}" is retired; use ${entry?.use ?? ''}` }
  })
}

/** Reports every retired word, with the word to use. */
export function words(files: readonly TextFile[], where: Coverage): Finding[] {
  const isCovered = (path: string) => (where === 'documents' ? isForUsers(path) : isDocument(path) || isCode(path))
  return files.filter(({ path }) => isCovered(path) && !isExempt(path)).flatMap(findIn)
}
