import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ZodType } from 'zod'
import { makeFolder, reasonOf } from '../../../base/folder.js'
import { ok, type Result, refuse } from '../../../base/result.js'

/**
 * Where downloads, trees and kernels are kept between runs: `XDG_CACHE_HOME/dmaproof/linux`. A thing appears there
 * under its own name only when it is whole, so that an interrupted setup resumes where it stopped.
 */
export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dmaproof', 'linux')

/** A place in the cache, whether something is there or not. */
export const placeOf = (...parts: readonly string[]): string => join(cacheFolder(), ...parts)

/** A folder of the cache, made if need be. */
export function folder(...parts: readonly string[]): string {
  const path = placeOf(...parts)
  makeFolder(path)
  return path
}

/** Whether the cache can be written: what is to come takes minutes. */
export function checkCache(): Result<string> {
  try {
    const path = folder()
    accessSync(path, constants.W_OK)
    return ok(path)
  } catch (error) {
    return refuse(`${cacheFolder()}: ${reasonOf(error)}, by XDG_CACHE_HOME`)
  }
}

/** What a file of the cache says. One that is not as it was written counts as none: it is made again. */
export function readRecord<T>(path: string, schema: ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** A name beside the final one, for what is not whole yet. What an earlier try left there is thrown away. */
export function unfinished(path: string): string {
  const temporary = `${path}.unfinished`
  rmSync(temporary, { recursive: true, force: true })
  return temporary
}

/** Renames what was built under `unfinished(path)` to its final path. @returns that path */
export function finish(path: string): string {
  renameSync(`${path}.unfinished`, path)
  return path
}

export const isThere = (path: string): boolean => existsSync(path)

/** A short name for what a thing was made from. */
export function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex').slice(0, 16)
}
