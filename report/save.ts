import { createHash } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Trace, writeTrace } from '../search/trace.js'

/** Where counterexamples are kept if nobody says otherwise; relative to the working directory. */
export const defaultFolder = join('.dmaproof', 'traces')

export type Saved = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string }

/**
 * Puts a counterexample on disk. Its name says what it is about and ends in a digest of its contents, so that the
 * same find is the same file, and no find replaces another.
 */
export function saveTrace(trace: Trace, folder: string): Saved {
  const text = writeTrace(trace)
  return saveText(text, join(folder, nameOf(trace, text)))
}

/** Writes a whole file or none: under a temporary name first, on disk, then renamed. */
export function saveText(text: string, path: string): Saved {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    makeFolder(dirname(path))
    write(temporary, text)
    renameSync(temporary, path)
    return { ok: true, path }
  } catch (error) {
    forget(temporary)
    return { ok: false, message: `${path}: the trace could not be written: ${reasonOf(error)}` }
  }
}

/** A folder with its parents. Node's own `recursive` never comes back where a parent refuses, as in /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path)
}

function write(path: string, text: string): void {
  const file = openSync(path, 'w')
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Half a file is of no use; that it cannot be removed either is no news to anybody. */
function forget(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {}
}

function nameOf({ header }: Trace, text: string): string {
  const { design, driver, scope } = header.setup
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return `${[design.replaceAll('/', '-'), driver, scope.backing, header.property, digest].join('.')}.ndjson`
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

export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (error instanceof Error ? error.message : String(error))
}
