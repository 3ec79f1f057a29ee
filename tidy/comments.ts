import { type Finding, lineAt } from './finding.js'
import { isCode, type TextFile } from './repository.js'
import { commentsOf } from './syntax.js'

/** A path, or a file's name: it ends in a slash or in an ending that files of this repository have. */
const isPath = (name: string): boolean =>
  /^[\w./-]+\/$/.test(name) || /^[\w./-]+\.([cm]?[jt]s|json|md|litmus|py|[ch]|patch|ndjson)$/.test(name)
/** A name that only code has: one with a capital letter, or a member of something. */
const isIdentifier = (name: string): boolean => /^[a-z]\w*(\.[a-z]\w*)*$/i.test(name) && /[A-Z].*[a-z]|\./.test(name)
/** The id of an action or of a rule: `iommu.clear-entry`, `kvm.vmm/qemu-no-rollback`. */
const isId = (name: string): boolean => /^[a-z]+(\.[a-z][a-z0-9-]*)+(\/[a-z0-9-]+)?$/.test(name) && /[-/]/.test(name)

/** All words and all text of the code outside comments. The tests of `tidy` name what does not exist. */
interface Vocabulary {
  readonly words: ReadonlySet<string>
  readonly text: string
}

function vocabularyOf(files: readonly TextFile[]): Vocabulary {
  const text = files
    .filter(({ path }) => isCode(path) && !/^tidy\/.*\.test\.ts$/.test(path))
    .map(withoutComments)
    .join('\n')
  return { words: new Set(text.match(/[A-Za-z_$]\w*/g) ?? []), text }
}

function withoutComments(file: TextFile): string {
  let text = ''
  let from = 0
  for (const { start, end } of commentsOf(file)) {
    text += file.text.slice(from, start)
    from = end
  }
  return text + file.text.slice(from)
}

/** Folders that exist after a build or a run: git ignores them. */
function ignoredFolders(files: readonly TextFile[]): readonly string[] {
  const text = files.find(({ path }) => path === '.gitignore')?.text ?? ''
  return text.split('\n').filter((line) => line.endsWith('/'))
}

/** Reports file names, identifiers and ids in backticks in comments that nothing of the repository has. */
export function comments(files: readonly TextFile[]): Finding[] {
  const { words, text } = vocabularyOf(files)
  const ignored = ignoredFolders(files)
  const isFile = (name: string) =>
    ignored.some((folder) => name.startsWith(folder)) ||
    files.some(({ path }) => (name.endsWith('/') ? `/${path}`.includes(`/${name}`) : `/${path}`.endsWith(`/${name}`)))
  const fault = (name: string): string | undefined => {
    if (isPath(name)) return isFile(name.replace(/^\.\//, '')) ? undefined : 'no such file or folder'
    if (isId(name)) return text.includes(name) ? undefined : 'no such action or rule'
    if (isIdentifier(name)) return name.split('.').every((part) => words.has(part)) ? undefined : 'no such identifier'
    return undefined
  }
  return files
    .filter(({ path }) => isCode(path))
    .flatMap((file) => commentsOf(file).flatMap((one) => faultsIn(file, one, fault)))
}

function faultsIn(
  file: TextFile,
  { start, end }: { readonly start: number; readonly end: number },
  fault: (name: string) => string | undefined,
): Finding[] {
  return [...file.text.slice(start, end).matchAll(/`([^`\n]+)`/g)].flatMap(({ 1: code = '', index }) => {
    const name = code.replace(/\(\)$/, '')
    const message = fault(name)
    return message === undefined
      ? []
      : [{ path: file.path, line: lineAt(file.text, start + index), message: `${message}: ${name}` }]
  })
}
