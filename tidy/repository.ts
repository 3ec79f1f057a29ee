import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** `path` is relative to the repository, with forward slashes. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every text file that is committed or would be: what git ignores is not read, what is not yet added is. */
export function readRepository(): TextFile[] {
  // A container often runs the tests as another user than the one who cloned, which git refuses unless told.
  const git = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  return execFileSync('git', git, { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && lstatSync(root + path, { throwIfNoEntry: false })?.isFile())
    .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }))
    .filter(({ text }) => !text.includes('\0'))
}

export const isCode = (path: string): boolean => /\.([cm]?[jt]s|tsx)$/.test(path)

export const isTest = (path: string): boolean => path.endsWith('.test.ts')

/** Whether a file helps tests alone. */
export const isTesting = (path: string): boolean => path.includes('/testing/')

/** The top folder that a file lives in; a file beside package.json lives in `root`. */
export const topFolderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : 'root')
