import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { reasonOf } from '../../base/folder.js'
import { ok, type Result, refuse, within } from '../../base/result.js'
import { interfaceNames } from '../../conform/protocol/messages.js'
import { schemaError } from '../../conform/protocol/schema-error.js'
import { partNames } from '../../model/machine/parts.js'
import { wrongPlatform } from '../../search/catalogue/exported.js'
import { whyNotLoaded } from '../../search/catalogue/import-problem.js'
import { maxSeconds } from '../options/bounds.js'

/** The names that a configuration may have, in the working directory; there is one at most. */
export const configNames = [
  'dmaproof.config.json',
  'dmaproof.config.js',
  'dmaproof.config.mjs',
  'dmaproof.config.ts',
] as const

const targetSchema = z.strictObject({
  /** A command line for the shell, run where the file is. */
  command: z.string().min(1),
  /** Used unless the command line says another. */
  interface: z.enum([...interfaceNames, 'kvm']).optional(),
  platform: z.string().optional(),
  /** Seconds without a reply after which the process counts as silent. */
  timeout: z.number().positive().max(maxSeconds).optional(),
})
export type NamedTarget = z.infer<typeof targetSchema>

/** Paths of ES modules, from the folder of the file. */
const files = z.array(z.string().min(1)).optional()
const name = z.string().regex(/^[\w.-]+$/)
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

/** For options of `check`, `explore` and `compare` that the command line leaves out. */
const defaultsSchema = z.strictObject({
  platform: z.string().optional(),
  scope: values.optional(),
  driver: z.string().optional(),
  parts: z.array(z.enum(partNames)).optional(),
  property: z.array(z.string()).optional(),
  lock: z.enum(['vm', 'none']).optional(),
  seed: z.number().int().optional(),
  runs: z.number().int().optional(),
  length: z.number().int().optional(),
  time: z.number().optional(),
  jobs: z.number().int().optional(),
  workers: z.number().int().optional(),
  memory: z.string().optional(),
})

const configSchema = z.strictObject({
  /** Modules that export designs, drivers or properties, and platforms beside them. */
  designs: files,
  drivers: files,
  properties: files,
  /** By its name, a preset with fields changed: `linux-7.2 drain=none`. */
  platforms: z.record(name, z.string()).optional(),
  targets: z.record(z.string(), targetSchema).optional(),
  defaults: defaultsSchema.optional(),
})

/**
 * What the file holds, or exports as its default.
 *
 * @example
 * const config: Config = { designs: ['./mine.js'], platforms: { mine: 'linux-7.2 drain=none' } }
 * export default config
 */
export type Config = z.infer<typeof configSchema>

export interface ReadConfig extends Config {
  /** The name of the file; undefined if there is none. */
  readonly path?: string
}

/**
 * Reads the configuration of a folder; an empty one if there is none.
 *
 * @param folder the working directory, unless told
 */
export async function readConfig(folder = '.'): Promise<Result<ReadConfig>> {
  const [path, other] = configNames.filter((one) => existsSync(resolve(folder, one)))
  if (path === undefined) return ok({})
  if (other !== undefined) return refuse(`found both ${path} and ${other}; expected one of them`)
  const read = path.endsWith('.json') ? readJson(resolve(folder, path)) : await importDefault(resolve(folder, path))
  if (!read.ok) return within(path, read.problem)
  const parsed = configSchema.safeParse(read.value)
  if (!parsed.success) return refuse(`${path}: ${schemaError(read.value, parsed.error)}`)
  for (const [known, text] of Object.entries(parsed.data.platforms ?? {})) {
    const wrong = wrongPlatform(text)
    if (wrong !== undefined) return refuse(`${path}: platforms.${known}: ${wrong}`)
  }
  return ok({ ...parsed.data, path })
}

function readJson(path: string): Result<unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return refuse(reasonOf(error))
  }
  try {
    return ok(JSON.parse(text))
  } catch (error) {
    return refuse(`not JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

async function importDefault(path: string): Promise<Result<unknown>> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href)
    if ('default' in module) return ok(module.default)
    return refuse('found no default export; expected export default { designs: […] }')
  } catch (error) {
    return { ok: false, problem: whyNotLoaded(error, path) }
  }
}
