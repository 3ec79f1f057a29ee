import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where downloads, trees and kernels are kept between runs: `XDG_CACHE_HOME/dmaproof/linux`. A thing appears there
 * under its own name only when it is whole, so that an interrupted setup goes on where it was.
 */
export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dmaproof', 'linux')

/** A folder of the cache, made if need be. */
export function folder(...parts: readonly string[]): string {
  const path = join(cacheFolder(), ...parts)
  mkdirSync(path, { recursive: true })
  return path
}

/** A name beside the final one, for what is not whole yet. What an earlier try left there is thrown away. */
export function unfinished(path: string): string {
  const temporary = `${path}.unfinished`
  rmSync(temporary, { recursive: true, force: true })
  return temporary
}

/** From now on it is whole. */
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
