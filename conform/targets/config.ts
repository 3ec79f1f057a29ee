import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ok, type Result, refuse } from '../../base/result.js'
import { interfaceNames } from '../protocol/messages.js'
import { schemaError } from '../protocol/schema-error.js'

/** Where targets have names, in the working directory. */
export const configName = 'dmaproof.config.json'

/** The longest time limit, in seconds: what a timer can hold. */
export const maxSeconds = 1e6

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

const configSchema = z.strictObject({ targets: z.record(z.string(), targetSchema) })

/** The targets that a configuration names; none if there is no such file. */
export function readTargets(path = configName): Result<Readonly<Record<string, NamedTarget>>> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok({})
    return refuse(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return refuse(`${path}: not JSON: ${error instanceof Error ? error.message : ''}`)
  }
  const parsed = configSchema.safeParse(value)
  if (parsed.success) return ok(parsed.data.targets)
  return refuse(`${path}: ${schemaError(value, parsed.error)}`)
}
