import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { makeFolder, reasonOf } from '../../base/folder.js'
import { ok, type Result, refuse } from '../../base/result.js'
import { type Trace, writeTrace } from '../trace.js'
import type { Verdict } from '../verdict.js'
import { archiveName } from './naming.js'

/** Where counterexamples are kept by default; relative to the working directory. */
export const defaultFolder = join('.dmaproof', 'traces')

/** A verdict, and the path of its counterexample. */
export interface SavedVerdict {
  readonly verdict: Verdict
  /** Absent if there is no counterexample. */
  readonly saved?: Result<string>
}

/** Saves the counterexamples of verdicts, before anything of them is printed. */
export function saveVerdicts(verdicts: readonly Verdict[], folder: string): SavedVerdict[] {
  return verdicts.map((verdict) =>
    verdict.trace === undefined ? { verdict } : { verdict, saved: saveTrace(verdict.trace, folder) },
  )
}

/** Saves a trace in a folder. @returns its path; refused if it cannot be written */
export function saveTrace(trace: Trace, folder: string): Result<string> {
  const { setup, property } = trace.header
  return saveArchived([setup.design, setup.driver, setup.scope.backing, property], writeTrace(trace), folder)
}

/**
 * Saves a text in an archive under the name that its contents give it (`archiveName`).
 *
 * @param about words of the name
 * @param what it is, for a message
 */
export function saveArchived(about: readonly string[], text: string, folder: string, what?: string): Result<string> {
  return saveText(text, join(folder, archiveName(about, text)), what)
}

/** The name of a file until it is whole: of this process alone, on whatever machine that shares the folder. */
export const temporaryPath = (path: string): string => `${path}.${hostname().slice(0, 20)}.${process.pid}.tmp`

/**
 * Writes a whole file or none: under a temporary name first, on disk, then renamed.
 *
 * @returns its path
 * @param what it is, for a message
 */
export function saveText(text: string, path: string, what = 'the trace'): Result<string> {
  const temporary = temporaryPath(path)
  try {
    makeFolder(dirname(path))
    write(temporary, text)
    renameSync(temporary, path)
    return ok(path)
  } catch (error) {
    removeQuietly(temporary)
    return refuse(`${path}: ${what} could not be written: ${reasonOf(error)}`)
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

/** Removes a half-written file; the first failure has been reported, so another one is not. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {}
}
