import { createHash } from 'node:crypto'
import { Prng } from '../../base/prng.js'
import type { RuleMutant } from './instrument.js'

/** As many mutants as asked, drawn with a seed; all if there are no more. */
export function sampleOf(mutants: readonly RuleMutant[], size: number, seed: number): RuleMutant[] {
  const prng = new Prng(seed)
  const left = [...mutants]
  const drawn: RuleMutant[] = []
  while (drawn.length < size && left.length > 0) drawn.push(...left.splice(prng.nextBelow(left.length), 1))
  return drawn.sort((a, b) => a.id - b.id)
}

/** A part of all mutants, as `3/40`: the third of forty. Every mutant is in exactly one of them. */
export interface SampleShard {
  /** From 1. */
  readonly number: number
  readonly of: number
}

/** @throws Error if the text is no shard */
export function parseShard(text: string): SampleShard {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  const shard = { number: Number(number), of: Number(of) }
  if (shard.number >= 1 && shard.number <= shard.of) return shard
  throw new Error(`MUTANTS_SHARD is '${text}'; expected NUMBER/OF, such as 3/40: the third of forty parts`)
}

/** Each shard has mutants of all files, so that the score of a few estimates that of all. */
export const shardOf = (mutants: readonly RuleMutant[], { number, of }: SampleShard): RuleMutant[] =>
  mutants.filter((_, index) => index % of === number - 1)

/** Tells one set of mutants from another: results of two belong together only if they come from the same. */
export const digestOf = (mutants: readonly RuleMutant[]): string =>
  createHash('sha256').update(JSON.stringify(mutants)).digest('hex').slice(0, 16)
