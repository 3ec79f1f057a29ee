import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** A folder with its parents. Node's own `recursive` never comes back where a parent refuses, as in /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path)
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC); make room, or name another place',
  EDQUOT: 'the quota is used up (EDQUOT); make room, or name another place',
  EACCES: 'no permission (EACCES); name a place that you may write to',
  EPERM: 'no permission (EPERM); name a place that you may write to',
  EROFS: 'the file system is read-only (EROFS); name another place',
  ENOENT: 'the folder cannot be made there (ENOENT); name another place',
  ENOTDIR: 'found a file where a folder was expected (ENOTDIR); name another place',
  EEXIST: 'found a file where a folder was expected (EEXIST); name another place',
  EISDIR: 'found a folder where a file was expected (EISDIR); name another place',
}

/** Why something could not be written, and what to do. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (error instanceof Error ? error.message : String(error))
}

const readReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'found a folder, expected a file',
  EACCES: 'no permission to read it',
  ENOTDIR: 'a part of the path is no folder',
  ENAMETOOLONG: 'the path is too long',
}

/**
 * Why a file could not be read.
 *
 * @throws the error itself if the file system did not raise it
 */
export function whyUnreadable(error: unknown): string {
  if (!(error instanceof Error && 'code' in error)) throw error
  return readReasons[String(error.code)] ?? error.message
}
