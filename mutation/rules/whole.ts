import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { judgedSchema } from './score.js'

const resultSchema = z.strictObject({
  /** Of all mutants (`digestOf`). */
  digest: z.string(),
  /** Mutants of all shards. */
  total: z.int(),
  judged: z.array(judgedSchema),
})
/** What a run found out about its mutants. */
export type ShardResult = z.infer<typeof resultSchema>

export const shardFile = (folder: string, number: number, of: number): string =>
  join(folder, `shard-${number}-of-${of}.json`)

/** What is in the folder for each shard, by its number from 1; shards of which there is nothing are left out. */
export function readShards(folder: string, of: number): Map<number, ShardResult> {
  const found = new Map<number, ShardResult>()
  for (let number = 1; number <= of; number += 1) {
    const file = shardFile(folder, number, of)
    if (!existsSync(file)) continue
    const read = resultSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (!read.success) throw new Error(`${file} is no result of a shard: ${z.prettifyError(read.error)}; remove it`)
    found.set(number, read.data)
  }
  return found
}

/** One result of several. @throws Error if the rules were changed in between */
export function merged(shards: ReadonlyMap<number, ShardResult>): ShardResult {
  const [first, ...others] = shards
  if (first === undefined) throw new Error('no shard has been judged')
  const [number, { digest, total }] = first
  const odd = others.find(([, one]) => one.digest !== digest)
  if (odd !== undefined) {
    throw new Error(
      `shard ${odd[0]} has mutants of digest ${odd[1].digest}, shard ${number} of ${digest}: the rules were changed ` +
        'in between; remove the older file, or take another folder',
    )
  }
  return { digest, total, judged: [...shards.values()].flatMap(({ judged }) => judged) }
}
