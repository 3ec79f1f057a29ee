import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder, reasonOf } from '../../base/folder.js'
import { type Trace, writeTrace } from '../trace.js'

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

/**
 * Writes a whole file or none: under a temporary name first, on disk, then renamed.
 *
 * @param what it is, for a message
 */
export function saveText(text: string, path: string, what = 'the trace'): Saved {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    makeFolder(dirname(path))
    write(temporary, text)
    renameSync(temporary, path)
    return { ok: true, path }
  } catch (error) {
    forget(temporary)
    return { ok: false, message: `${path}: ${what} could not be written: ${reasonOf(error)}` }
  }
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
