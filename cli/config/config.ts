import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { reasonOf } from '../../base/folder.js'
import { ok, type Result, refuse, refused, within } from '../../base/result.js'
import { interfaceNames } from '../../conform/protocol/messages.js'
import { schemaError } from '../../conform/protocol/schema-error.js'
import { unreadable } from '../../designs/check/readable.js'
import { partNames } from '../../model/machine/parts.js'
import { wrongPlatform } from '../../search/catalogue/exported.js'
import { importModule } from '../../search/catalogue/import-module.js'
import { maxSeconds } from './bounds.js'

/** The names that a configuration may have, in the working directory; there is one at most. */
export const configNames = [
  'dmaproof.config.json',
  'dmaproof.config.js',
  'dmaproof.config.mjs',
  'dmaproof.config.ts',
] as const

const targetSchema = z.strictObject({
  command: z.string().min(1).describe('a command line for the shell, run in the folder of the file'),
  interface: z
    .enum([...interfaceNames, 'kvm'])
    .optional()
    .describe('used unless the command line names another'),
  platform: z.string().optional().describe('what the target is, a preset with fields changed'),
  timeout: z
    .number()
    .positive()
    .max(maxSeconds)
    .optional()
    .describe('seconds without a reply after which the process counts as silent'),
})
export type NamedTarget = z.infer<typeof targetSchema>

const files = z.array(z.string().min(1)).optional()
const name = z.string().regex(/^[\w.-]+$/)
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

const defaultsSchema = z.strictObject({
  platform: z.string().optional().describe('a preset with fields changed, or a name of platforms'),
  scope: values.optional().describe('sizes and limits: `dmaproof list fields`'),
  driver: z.string().optional().describe('the name of a driver, or all'),
  parts: z.array(z.enum(partNames)).optional().describe('parts of the machine that are on'),
  property: z.array(z.string()).optional().describe('the properties that are judged'),
  lock: z.enum(['vm', 'none']).optional().describe('none: without the lock around a conversion'),
  seed: z.number().int().optional().describe('the seed'),
  runs: z.number().int().optional().describe('random runs, at most'),
  length: z.number().int().optional().describe('actions of a run, at most'),
  time: z.number().optional().describe('seconds, at most'),
  jobs: z.number().int().optional().describe('worker threads of check and compare'),
  workers: z.number().int().optional().describe('worker threads of explore'),
  memory: z.string().optional().describe('memory for states, as in 512M or 8G'),
})

/** What a configuration may say. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('path of the JSON Schema, for editors'),
  designs: files.describe('ES modules with designs, by their paths from the folder of the file'),
  drivers: files.describe('modules with drivers'),
  properties: files.describe('modules with properties'),
  platforms: z
    .record(name, z.string())
    .optional()
    .describe('platforms by their names: a preset with fields changed, as in `linux-7.2 drain=none`'),
  targets: z
    .record(z.string(), targetSchema)
    .optional()
    .describe('implementations by their names, for conform, run and replay'),
  defaults: defaultsSchema.optional().describe('for options of check, explore and compare that are left out'),
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
    if (wrong !== undefined) return within(`${path}: platforms.${known}`, wrong)
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
  const module = await importModule(path)
  if (!module.ok) return module
  if (!('default' in module.value)) {
    return refuse('found no default export; expected export default { designs: […] }')
  }
  const { default: config } = module.value
  const broken = unreadable(config, 'default')
  return broken === undefined ? ok(config) : refused(broken)
}
