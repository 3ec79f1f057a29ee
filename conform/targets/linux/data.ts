import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the files that are not TypeScript: this one, or the one that this one was compiled from. */
function dataFolder(): string {
  for (const there of ['.', '../../../../conform/targets/linux']) {
    const path = fileURLToPath(new URL(`${there}/kernel.config`, import.meta.url))
    if (existsSync(path)) return fileURLToPath(new URL(`${there}/`, import.meta.url))
  }
  throw new Error('the package is not whole: kernel.config is missing')
}

export const dataPath = (...parts: readonly string[]): string => join(dataFolder(), ...parts)

export const readData = (...parts: readonly string[]): string => readFileSync(dataPath(...parts), 'utf8')

/** Names of the files in a folder of data that end so, sorted. */
export const dataFiles = (folder: string, end: string): readonly string[] =>
  readdirSync(dataPath(folder))
    .filter((name) => name.endsWith(end))
    .sort()
