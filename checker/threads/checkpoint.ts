import { createHash } from 'node:crypto'
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { ok, type Result, refuse } from '../../base/result.js'
import { Shared, Stop, sharedWords } from '../control/barrier.js'
import { counterBytes } from '../control/counters.js'
import { fillBytes, type Memory, pairBytes, pairsOf } from '../memory/pair-store.js'
import {
  blockSize,
  capacityWithPairs,
  makeSharedMemory,
  recordBytes,
  type StoreMemory,
} from '../memory/store-memory.js'
import type { Packing } from '../packing/packing.js'

const format = 9
const magic = 'dmaproof checkpoint'

interface Header {
  /** Of what the states are: a text that is equal for equal systems only. */
  readonly identity: string
  readonly words: number
  /** Words of a state in its record. */
  readonly stored: number
  readonly blocks: number
  /** Blocks of pairs, where states are trees of them. */
  readonly pairs: number
  readonly segments: number
}

type Sizes = Pick<Header, 'blocks' | 'segments' | 'pairs'>

/** Bytes of the header: a line of JSON, filled up with spaces. */
const headerBytes = 16_384
/** The digest of all that stands before it ends the file: one wrong bit in a state would make a wrong verdict. */
const digestOf = () => createHash('sha256')
const digestBytes = 32

/**
 * Writes a search to a file, under a temporary name until it is whole: a header, the control words, the counters, the
 * list of segments, every record, and a digest. Only while no thread of the search is at work. A longer search that
 * the file already holds stays.
 *
 * @returns whether it was written
 * @throws Error of the file system if it cannot be written; the temporary file is removed
 */
export function saveCheckpoint(path: string, identity: string, memory: StoreMemory): boolean {
  const shared = new Int32Array(memory.shared)
  const [blocks, segments] = [shared[Shared.blocks], shared[Shared.segments]]
  if (blocksKept(path) > blocks) return false
  const { words, stored } = memory
  const header = { magic, format, identity, words, stored, blocks, pairs: shared[Shared.pairBlocks], segments }
  const temporary = `${path}.tmp`
  const file = openSync(temporary, 'w')
  const digest = digestOf()
  try {
    const head = Buffer.from(`${JSON.stringify(header).padEnd(headerBytes - 1)}\n`)
    for (const part of [head, ...partsOf(memory, header)]) {
      writeAll(file, part)
      digest.update(part)
    }
    writeAll(file, digest.digest())
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
  return true
}

function blocksKept(path: string): number {
  if (!existsSync(path)) return 0
  const file = openSync(path, 'r')
  try {
    return readHeader(file).header?.blocks ?? 0
  } finally {
    closeSync(file)
  }
}

function partsOf(memory: StoreMemory, { blocks, segments, pairs }: Sizes): Buffer[] {
  return [
    Buffer.from(memory.shared),
    Buffer.from(memory.counters),
    Buffer.from(memory.segments, 0, segments * 8),
    ...pieces(memory.records, blocks * blockSize * recordBytes(memory.stored)),
    ...(memory.pairs === undefined
      ? []
      : [...pieces(memory.pairs.records, pairBytes(pairs)), Buffer.from(memory.pairs.fills, 0, fillBytes(pairs))]),
  ]
}

/** A long stretch of memory, in pieces that one system call takes. */
function pieces(memory: Memory, bytes: number): Buffer[] {
  const maxBytes = 2 ** 28
  const count = Math.ceil(bytes / maxBytes)
  return Array.from({ length: count }, (_, at) =>
    Buffer.from(memory, at * maxBytes, Math.min(maxBytes, bytes - at * maxBytes)),
  )
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

export interface Wanted {
  /** The system that is to be searched, as it was given to `saveCheckpoint`. */
  readonly identity: string
  readonly packing: Packing
  /** States that may be stored in all, in full or as trees of pairs; a search that has more already ends at once. */
  readonly capacity: (compressed: boolean) => Result<number>
}

/**
 * Reads a search back, ready to continue.
 *
 * @throws RangeError if the machine does not give so much address space
 */
export function loadCheckpoint(path: string, wanted: Wanted): Result<StoreMemory> {
  let file: number
  try {
    if (!statSync(path).isFile()) return refuseFile(path, 'found a folder', 'a checkpoint of dmaproof explore')
    file = openSync(path, 'r')
  } catch (error) {
    return refuseFile(path, (error as Error).message, 'a checkpoint of dmaproof explore')
  }
  try {
    return read(path, file, wanted)
  } finally {
    closeSync(file)
  }
}

const refuseFile = (path: string, found: string, expected: string): Result<never> =>
  refuse(`${path}: ${found}; expected ${expected}`)

function read(path: string, file: number, { identity, packing, capacity }: Wanted): Result<StoreMemory> {
  const { head, header } = readHeader(file)
  if (header === undefined) {
    return refuseFile(path, 'not understood', `a checkpoint of format ${format}`)
  }
  if (header.identity !== identity || header.words !== packing.length) {
    return refuseFile(
      path,
      'the search of another machine, or of another version of the model',
      'the file under its own name',
    )
  }
  const { words, stored, blocks, pairs } = header
  if (fstatSync(file).size !== sizeOf(header))
    return refuseFile(path, 'not of its length', 'the file as it was written')
  const compressed = stored < words
  const room = capacity(compressed)
  if (!room.ok) return room
  const memory = makeSharedMemory(
    packing,
    capacityWithPairs(Math.max(room.value, blocks * blockSize), pairsOf(pairs)),
    compressed,
  )
  const digest = digestOf().update(head)
  for (const part of partsOf(memory, header)) {
    readAll(file, part)
    digest.update(part)
  }
  const kept = Buffer.alloc(digestBytes)
  readAll(file, kept)
  if (!digest.digest().equals(kept))
    return refuseFile(path, 'damaged: its digest is another', 'the file as it was written')
  const shared = new Int32Array(memory.shared)
  shared[Shared.stop] = Stop.None
  shared[Shared.arrived] = 0
  shared[Shared.save] = 0
  /** The first barrier builds the table again. */
  shared[Shared.tableNeedsGrowth] = 1
  return ok(memory)
}

function readHeader(file: number): { readonly head: Buffer; readonly header: Header | undefined } {
  const head = Buffer.alloc(headerBytes)
  readAll(file, head)
  try {
    return { head, header: asHeader(JSON.parse(head.toString('utf8'))) }
  } catch {
    return { head, header: undefined }
  }
}

/** The header that a line of JSON is, or undefined if it is none of this format. */
function asHeader(value: unknown): Header | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = value as Partial<Header & { magic: unknown; format: unknown }>
  const isSize = (size: unknown) => Number.isSafeInteger(size) && Number(size) >= 0
  const fits =
    typeof found.identity === 'string' &&
    [found.words, found.stored, found.blocks, found.pairs, found.segments].every(isSize)
  return fits && found.magic === magic && found.format === format ? (found as Header) : undefined
}

const sizeOf = ({ stored, blocks, pairs, segments }: Header): number => {
  const control = headerBytes + sharedWords * 4 + counterBytes + digestBytes
  return control + segments * 8 + blocks * blockSize * recordBytes(stored) + pairBytes(pairs) + fillBytes(pairs)
}

/** Fills the buffer, as far as the file goes. */
function readAll(file: number, into: Buffer): void {
  for (let at = 0; at < into.length; ) {
    const count = readSync(file, into, at, into.length - at, null)
    if (count === 0) return
    at += count
  }
}
