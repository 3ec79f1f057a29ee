import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { whyUnreadable } from '../../base/folder.js'
import { problemText, type Result } from '../../base/result.js'
import { readTrace, type Trace } from '../trace.js'
import { archiveExtension } from './naming.js'

/** A file of an archive, read. */
export interface Archived<T> {
  readonly path: string
  readonly value: T
}

/** The files of an archive. What cannot be read is named, so that a counterexample is never dropped in silence. */
export interface Archive<T> {
  readonly entries: readonly Archived<T>[]
  /** `FILE:LINE: what is wrong`, one per file. */
  readonly unreadable: readonly string[]
}

/** Parses a file. Undefined for a file of another kind, which is left out. */
export type ParseArchived<T> = (text: string, path: string) => Result<T> | undefined

/**
 * Reads the files of a folder in the order of their names. A folder that does not exist is an empty archive.
 *
 * @param isWanted whether a file of this name is to be read
 */
export function loadArchive<T>(
  folder: string,
  parse: ParseArchived<T>,
  isWanted: (name: string) => boolean = () => true,
): Archive<T> {
  const entries: Archived<T>[] = []
  const unreadable: string[] = []
  for (const name of namesIn(folder, unreadable).filter(isWanted)) {
    const path = join(folder, name)
    const text = textOf(path, unreadable)
    const parsed = text === undefined ? undefined : parse(text, path)
    if (parsed?.ok === true) entries.push({ path, value: parsed.value })
    else if (parsed !== undefined) unreadable.push(problemText(parsed.problem, path))
  }
  return { entries, unreadable }
}

/** The traces of a folder; transcripts of conformance runs beside them are left out. */
export const loadTraces = (folder: string, isWanted?: (name: string) => boolean): Archive<Trace> =>
  loadArchive(folder, parseTrace, isWanted)

function parseTrace(text: string): Result<Trace> | undefined {
  if (text.startsWith('{"dmaproof":"transcript"')) return undefined
  return readTrace(text)
}

function namesIn(folder: string, unreadable: string[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(archiveExtension))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') unreadable.push(`${folder}: ${whyUnreadable(error)}`)
    return []
  }
}

function textOf(path: string, unreadable: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    unreadable.push(`${path}: ${whyUnreadable(error)}`)
    return undefined
  }
}
