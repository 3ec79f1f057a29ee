import { resolve } from 'node:path'
import { Option } from 'commander'
import { type Problem, problemText, type Result, within } from '../../base/result.js'
import { designWarnings } from '../../designs/check/warnings.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { loadCatalogue } from '../../search/catalogue/load.js'
import { type ReadConfig, readConfig } from '../config/config.js'
import type { Io } from '../terminal/io.js'
import { collect } from './values.js'

export interface OwnOptions {
  /** Paths, from the working directory. */
  readonly designs?: readonly string[]
}

/** What every command takes that reads the name of a design, driver, property or platform. */
export const designsOption = (): Option =>
  new Option('--designs <file>', 'a module with designs, drivers or properties of your own; more behind it').argParser(
    collect,
  )

/**
 * What names mean to a command: what this package has, what its configuration names, and `--designs`.
 *
 * @param io of a command that judges designs: is told what is doubtful of the user's own
 */
export async function openCatalogue({ designs = [] }: OwnOptions, io?: Io): Promise<Result<Catalogue>> {
  const config = await readConfig()
  if (!config.ok) return config
  const { path = '', platforms = {} } = config.value
  const named = lists.flatMap(({ key }) => config.value[key] ?? [])
  const loaded = await loadCatalogue([...named, ...designs], platforms)
  if (!loaded.ok) return named.length === 0 ? within('--designs', loaded.problem) : loaded
  const doubts = io === undefined ? [] : loaded.value.own.designs.flatMap(designWarnings)
  for (const doubt of doubts) io?.err(`dmaproof: warning: ${problemText(doubt)}\n`)
  const wrong = missingKind(config.value, loaded.value)
  return wrong === undefined ? loaded : within(path, wrong)
}

/** The same without modules: what a command needs that reads platforms alone. */
export async function openPlatforms(): Promise<Result<Catalogue>> {
  const config = await readConfig()
  return config.ok ? loadCatalogue([], config.value.platforms) : config
}

const lists = [
  { key: 'designs', what: 'design' },
  { key: 'drivers', what: 'driver' },
  { key: 'properties', what: 'property' },
] as const

/** A module that has nothing of the kind under which the configuration names it. */
function missingKind(config: ReadConfig, { own }: Catalogue): Problem | undefined {
  for (const { key, what } of lists) {
    for (const [index, file] of (config[key] ?? []).entries()) {
      const isThere = own[key].some((one) => resolve(own.fileOf.get(one) ?? '') === resolve(file))
      if (!isThere) return { message: `${key}[${index}]: ${file} exports no ${what}` }
    }
  }
  return undefined
}
