import { type Finding, lineAt } from './finding.js'
import { isTest, type TextFile } from './repository.js'

interface Mark {
  readonly pattern: RegExp
  readonly message: string
  readonly in: (path: string) => boolean
}

const isLock = (path: string): boolean => path === 'package-lock.json'
/** This check and its test have to spell out what they look for. */
const isExempt = (path: string): boolean => /^tidy\/marks(\.test)?\.ts$/.test(path)

/** Marks that must not be committed: unfinished work, tests switched off, places that exist on one machine only. */
const marks: readonly Mark[] = [
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/g, message: 'mark of unfinished work', in: (path) => !isLock(path) },
  { pattern: /\.(only|skip|todo)\s*[.(]/g, message: 'test run alone or left out', in: isTest },
  {
    pattern: /(?<![\w.~}-])\/(work|home|tmp|root|Users)\//g,
    message: "path of one machine's files",
    in: (path) => !isLock(path),
  },
  { pattern: /\.\.\/shared(?![\w.-])/g, message: 'path out of the repository', in: () => true },
  { pattern: /"resolved": "http[^"]*"/g, message: 'lock file that ties installs to one registry host', in: isLock },
]

export function findMarks(files: readonly TextFile[]): Finding[] {
  return files
    .filter(({ path }) => !isExempt(path))
    .flatMap(({ path, text }) =>
      marks
        .filter((mark) => mark.in(path))
        .flatMap(({ pattern, message }) =>
          [...text.matchAll(pattern)].map((match) => ({
            path,
            line: lineAt(text, match.index),
            message: `${message}: ${match[0]}`,
          })),
        ),
    )
}
