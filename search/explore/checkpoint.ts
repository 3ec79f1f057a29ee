import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { z } from 'zod'
import type { Checked } from '../../model/checked.js'
import { modelVersion } from '../trace.js'
import { Shared, Stop } from './control.js'
import { type Spec, specSchema } from './spec.js'
import { blockSize, makeMemory, type Room, recordBytes, type StoreMemory } from './store.js'

const format = 2
const magic = 'dmaproof checkpoint'

const headerSchema = z.strictObject({
  magic: z.literal(magic),
  format: z.literal(format),
  modelVersion: z.literal(modelVersion),
  spec: specSchema,
  words: z.number().int(),
  capacity: z.number().int(),
  blocks: z.number().int(),
  segments: z.number().int(),
})

/** Bytes of the header: a line of JSON, filled up with spaces. */
const headerBytes = 16_384

/**
 * Writes a search to a file, under a temporary name until it is whole: a header, the control words, the tally, the
 * list of segments, and every record. Only while no thread of the search is at work.
 */
export function saveCheckpoint(path: string, spec: Spec, memory: StoreMemory): void {
  const shared = new Int32Array(memory.shared)
  const { words, capacity } = memory
  const [blocks, segments] = [shared[Shared.blocks], shared[Shared.segments]]
  const header = { magic, format, modelVersion, spec, words, capacity, blocks, segments }
  const temporary = `${path}.tmp`
  const file = openSync(temporary, 'w')
  try {
    writeAll(file, Buffer.from(`${JSON.stringify(header).padEnd(headerBytes - 1)}\n`))
    for (const part of partsOf(memory, blocks, segments)) writeAll(file, part)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}

function partsOf(memory: StoreMemory, blocks: number, segments: number): Buffer[] {
  return [
    Buffer.from(memory.shared),
    Buffer.from(memory.tally),
    Buffer.from(memory.segments, 0, segments * 8),
    ...pieces(memory.records, blocks * blockSize * recordBytes(memory.words)),
  ]
}

/** A long stretch of memory, in pieces that one system call takes. */
function pieces(memory: Room, bytes: number): Buffer[] {
  const most = 2 ** 28
  const count = Math.ceil(bytes / most)
  return Array.from({ length: count }, (_, at) => Buffer.from(memory, at * most, Math.min(most, bytes - at * most)))
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

export interface Resumed {
  readonly spec: Spec
  readonly memory: StoreMemory
}

/**
 * Reads a search back, ready to go on.
 *
 * @param capacity states that fit now, if more than then
 */
export function loadCheckpoint(path: string, capacity = 0): Checked<Resumed> {
  let file: number
  try {
    if (!statSync(path).isFile()) return refused(path, 'found a folder', 'a checkpoint of dmaproof explore')
    file = openSync(path, 'r')
  } catch (error) {
    return refused(path, (error as Error).message, 'a checkpoint of dmaproof explore')
  }
  try {
    return read(path, file, capacity)
  } finally {
    closeSync(file)
  }
}

const refused = (path: string, found: string, expected: string): Checked<never> => ({
  ok: false,
  message: `${path}: ${found}; expected ${expected}`,
})

function read(path: string, file: number, capacity: number): Checked<Resumed> {
  const head = Buffer.alloc(headerBytes)
  readSync(file, head)
  const header = parseHeader(head)
  if (header === undefined) {
    return refused(path, 'not understood', `a checkpoint of format ${format}, model version ${modelVersion}`)
  }
  const memory = makeMemory(header.words, Math.max(capacity, header.capacity))
  for (const part of partsOf(memory, header.blocks, header.segments)) {
    if (!readAll(file, part)) return refused(path, 'it ends too soon', 'the file as it was written')
  }
  const shared = new Int32Array(memory.shared)
  shared[Shared.stop] = Stop.None
  shared[Shared.arrived] = 0
  shared[Shared.save] = 0
  /** The table is built again by the first to meet. */
  shared[Shared.crowded] = 1
  return { ok: true, value: { spec: header.spec, memory } }
}

function parseHeader(head: Buffer): z.infer<typeof headerSchema> | undefined {
  try {
    return headerSchema.safeParse(JSON.parse(head.toString('utf8'))).data
  } catch {
    return undefined
  }
}

function readAll(file: number, into: Buffer): boolean {
  for (let at = 0; at < into.length; ) {
    const count = readSync(file, into, at, into.length - at, null)
    if (count === 0) return false
    at += count
  }
  return true
}
