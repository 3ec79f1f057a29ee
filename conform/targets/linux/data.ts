import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessorName } from './iommus.js'

/** The folder of the files that are not TypeScript: this one, or the one that this one was compiled from. */
function dataFolder(): string {
  for (const there of ['.', '../../../../conform/targets/linux']) {
    const path = fileURLToPath(new URL(`${there}/config/all.config`, import.meta.url))
    if (existsSync(path)) return fileURLToPath(new URL(`${there}/`, import.meta.url))
  }
  throw new Error('the package is not whole: config/all.config is missing')
}

/** Absolute path of a data file of this folder. */
export const dataPath = (...parts: readonly string[]): string => join(dataFolder(), ...parts)

/** The text of a data file. @throws Error of the file system if it cannot be read */
export const readData = (...parts: readonly string[]): string => readFileSync(dataPath(...parts), 'utf8')

/** Names of the files in a data folder that end with `end`, sorted. */
export const dataFiles = (folder: string, end: string): readonly string[] =>
  readdirSync(dataPath(folder))
    .filter((name) => name.endsWith(end))
    .sort()

/** The agent's files of C for a processor: one in its own folder stands for the one of the same name. */
export function agentFiles(processor: ProcessorName): readonly string[] {
  const own = (name: string) => `${processor}/${name}`
  return dataFiles('agent', '.c').map((name) => (existsSync(dataPath('agent', own(name))) ? own(name) : name))
}
