import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTrace, type Trace } from '../trace.js'

/** A counterexample that a search saved, to be tried before anything new. */
export interface Regression {
  readonly path: string
  readonly trace: Trace
}

/** The traces of a folder. What cannot be read is named, so that a find is never forgotten without a word. */
export interface Regressions {
  readonly found: readonly Regression[]
  /** `FILE:LINE: what is wrong`, one a file. */
  readonly unreadable: readonly string[]
}

/** Reads the traces (`*.ndjson`) of a folder, in the order of their names. A folder that is not there is empty. */
export function readRegressions(folder: string): Regressions {
  const found: Regression[] = []
  const unreadable: string[] = []
  for (const name of namesIn(folder, unreadable)) {
    const path = join(folder, name)
    const text = textOf(path, unreadable)
    if (text === undefined) continue
    const parsed = readTrace(text)
    if (parsed.ok) found.push({ path, trace: parsed.trace })
    else unreadable.push(`${path}:${parsed.line}: ${parsed.message}`)
  }
  return { found, unreadable }
}

function namesIn(folder: string, unreadable: string[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') unreadable.push(`${folder}: ${String(error)}`)
    return []
  }
}

function textOf(path: string, unreadable: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    unreadable.push(`${path}: ${String(error)}`)
    return undefined
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
