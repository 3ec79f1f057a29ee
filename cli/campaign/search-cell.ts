import { freemem } from 'node:os'
import { join } from 'node:path'
import { problemText, type Result, refuse } from '../../base/result.js'
import type { Cell, CellCommand, CellPlan } from '../../search/cells/cell.js'
import { readResults } from '../../search/cells/results.js'
import { Status } from '../exit-status.js'
import { areOpen } from '../options/cells.js'
import type { Io } from '../terminal/io.js'
import { memoryOf } from './queues.js'

/** Runs a command line of dmaproof. @returns its exit status */
export type RunCommand = (words: readonly string[], io: Io) => Promise<number>

/** The share of free memory that the searches of a worker may take, if the command line says nothing. */
const memoryShare = 0.6

/** Bytes that the searches of this machine may fill, unless told. */
export const defaultMemory = (): number => Math.floor(freemem() * memoryShare)

/** How the search of a cell ended. */
export type CellEnd =
  | { readonly ended: 'judged'; readonly isOpen: boolean }
  | { readonly ended: 'interrupted' }
  /** An internal error, or results that contradict each other. */
  | { readonly ended: 'bug'; readonly says: string }
  /** This machine cannot search the cell, or cannot keep the result: another machine may. */
  | { readonly ended: 'unfit'; readonly says: string }

/** Where and how a worker searches. */
export interface CellSearch {
  readonly run: RunCommand
  /** The command line of the campaign. */
  readonly words: readonly string[]
  /** Of the results. */
  readonly folder: string
  /** Bytes for one search. */
  readonly memory: number
  readonly onInterrupt: Io['onInterrupt']
}

/** What the command line of one cell adds: one thread, and a place for what it saves. */
const optionsOf: Readonly<Record<CellCommand, (folder: string) => readonly string[]>> = {
  // what an earlier search found is not tried first: a cell has to say the same whenever it is searched
  check: (folder) => ['--fresh', '--jobs', '1', '--save', join(folder, 'traces')],
  compare: (folder) => ['--jobs', '1', '--save', join(folder, 'traces')],
  explore: (folder) => ['--save', join(folder, 'traces'), '--checkpoints', join(folder, 'checkpoints')],
  conform: (folder) => ['--save', join(folder, 'transcripts')],
  litmus: () => [],
  run: (folder) => ['--save', join(folder, 'traces')],
}

/** An Io of which only the errors are kept. */
function quietIo(onInterrupt: Io['onInterrupt']): { readonly io: Io; readonly err: () => string } {
  let err = ''
  const io: Io = {
    out: () => undefined,
    err: (text) => {
      err += text
    },
    ...{ colors: false, isTerminal: false, isWatched: false, debug: false },
    onInterrupt,
  }
  return { io, err: () => err.replace(/^dmaproof: /, '').trimEnd() }
}

/** Writes the plan of a command line into a folder of results, if there is none, and reads it. */
export async function planIn(folder: string, words: readonly string[], run: RunCommand): Promise<Result<CellPlan>> {
  const { io, err } = quietIo(() => () => undefined)
  const status = await run([...words, '--results', folder, '--plan'], io)
  if (status !== Status.Held) return refuse(err())
  const read = readResults(folder, '')
  return read.ok ? { ok: true, value: read.value.plan } : read
}

/**
 * Searches one cell as its own command line does, with a thread of its own: this one stays free to renew the lease.
 * The result is a file when it returns.
 */
export async function searchCell(
  { key, needs }: Cell,
  { run, words, folder, memory, onInterrupt }: CellSearch,
): Promise<CellEnd> {
  let isInterrupted = false
  const { io, err } = quietIo((callback) =>
    onInterrupt(() => {
      isInterrupted = true
      callback()
    }),
  )
  const bound = needs === 'exhaustive' && memoryOf(words) === undefined ? ['--memory', String(memory)] : []
  const own = optionsOf[words[0] as CellCommand](folder)
  const status = await run([...words, ...own, ...bound, '--results', folder, '--cell', key], io)
  if (status === Status.InternalError) return { ended: 'bug', says: err() }
  const read = readResults(folder, key)
  const found = read.ok ? read.value.results.get(key) : undefined
  if (status !== Status.BadInput && found !== undefined) return { ended: 'judged', isOpen: areOpen(found) }
  if (isInterrupted) return { ended: 'interrupted' }
  return { ended: 'unfit', says: err() || (read.ok ? 'the result is not there' : problemText(read.problem)) }
}
