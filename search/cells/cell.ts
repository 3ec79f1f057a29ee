import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as spec from '../../spec/index.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import { modelVersion, traceFormat } from '../trace.js'

/** Commands whose work divides into cells. */
export const cellCommands = ['check', 'compare', 'conform', 'explore', 'litmus', 'run'] as const
export type CellCommand = (typeof cellCommands)[number]

/**
 * What a machine has to be good for to search a cell: drawn runs, as many states as its memory holds, or little; to
 * start an implementation, or a kernel in QEMU.
 */
export const needs = ['drawn', 'exhaustive', 'litmus', 'target', 'qemu'] as const
export type Need = (typeof needs)[number]

/** What each need is, in a sentence; the queues of a campaign are called so. */
export const needSays: Readonly<Record<Need, string>> = {
  drawn: 'A cell, or the queue of such cells, that draws random runs: any machine will do.',
  exhaustive: 'A cell, or the queue of such cells, that sees every state: it takes the memory that there is.',
  litmus: 'A cell, or the queue of such cells, that answers a litmus test: any machine will do.',
  target: 'A cell, or the queue of such cells, that asks an implementation: a machine that can start it.',
  qemu: 'A cell, or the queue of such cells, that asks a Linux kernel: a machine that has it, and QEMU.',
}

/** Whether a cell asks an implementation: two runs of it may differ by what that answers. */
export const asksTarget = ({ needs: need }: Pick<Cell, 'needs'>): boolean => need === 'target' || need === 'qemu'

/** One search of a command that can be made apart from the others, on another machine if need be. */
export interface Cell {
  /** What the cell asks, by which model and rules, as a digest: equal keys have equal answers. */
  readonly key: string
  /** The same for people. */
  readonly title: string
  /** What the cell asks beside the plain matrix of `compare`. */
  readonly asks?: string | undefined
  readonly needs: Need
}

/** The work of one command, whole: every shard has the same. */
export interface CellPlan {
  readonly command: CellCommand
  /** Of dmaproof: two versions are not mixed. */
  readonly version: string
  readonly cells: readonly Cell[]
}

/** What every key of a command holds. */
export interface KeyBase {
  readonly command: CellCommand
  readonly version: string
  /** Whose own modules are part of the question. */
  readonly catalogue: { readonly own: Pick<Catalogue['own'], 'files'> }
}

/**
 * The key of a cell. It holds what decides the answer, and not how soon it is found: no bound of time or memory, no
 * number of threads. Of a user's own modules it holds the text, but not of what these import.
 *
 * @param asked plain data, its fields in a fixed order
 */
export function keysOf({ command, version, catalogue }: KeyBase): (asked: unknown) => string {
  const own = catalogue.own.files.map((path) => [path, sha256(readFileSync(path))])
  const base = [command, version, modelVersion, traceFormat, rulesDigest(), own]
  return (asked) => sha256(JSON.stringify([...base, asked]))
}

/** A digest of every rule: an answer by other rules is another answer. */
const rulesDigest = (): string => sha256(JSON.stringify(Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1))))

/** SHA-256 of a text (as UTF-8) or of bytes, as 64 hexadecimal digits. */
export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/** One of `of` parts of the work, from 1 on. */
export interface Shard {
  readonly part: number
  readonly of: number
}

/** Hexadecimal digits of a key by which cells are dealt out: so many bits that a number holds. */
const shardDigits = 12

/** Whether a cell is of a shard. It depends on the key alone: a cell more moves no other one. */
export const isInShard = ({ key }: Cell, { part, of }: Shard): boolean =>
  Number.parseInt(key.slice(0, shardDigits), 16) % of === part - 1
