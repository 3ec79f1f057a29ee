import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ok, type Result, refused } from '../../base/result.js'
import { whyNotLoaded } from './import-problem.js'

/** Milliseconds after which a module counts as one that never ends loading, also if it still does something. */
const defaultLimit = 120_000
const now = new Set<string>()
let beforeFirst: (() => Promise<void>) | undefined

/** Calls this, once, before this thread imports its first module of the user's. */
export function onFirstImport(call: () => Promise<void>): void {
  beforeFirst = call
}

/** The modules that are being imported, by their paths from the working directory. */
export const importedNow = (): readonly string[] => [...now]

/**
 * Imports a module of the user's.
 *
 * @param path from the root
 * @param limit milliseconds
 * @returns its exports; or why it could not be imported, and what to do
 */
export async function importModule(
  path: string,
  limit = defaultLimit,
): Promise<Result<Readonly<Record<string, unknown>>>> {
  const file = relative('.', path)
  const begin = beforeFirst
  beforeFirst = undefined
  await begin?.()
  let giveUp = (): void => undefined
  const never = new Promise<Result<never>>((end) => {
    giveUp = () => end(refused(endless))
  })
  now.add(file)
  // Node has nothing left to do, and the import is not over
  process.once('beforeExit', giveUp)
  const timer = setTimeout(giveUp, limit).unref()
  try {
    return await Promise.race([imported(path), never])
  } finally {
    process.off('beforeExit', giveUp)
    clearTimeout(timer)
    now.delete(file)
  }
}

const endless = {
  message: 'the module never ends loading: an await at its top level waits for what never comes',
  remedy: 'Await what is settled at some time, or nothing.',
}

async function imported(path: string): Promise<Result<Readonly<Record<string, unknown>>>> {
  try {
    return ok(await import(pathToFileURL(path).href))
  } catch (error) {
    return refused(whyNotLoaded(error, path))
  }
}
