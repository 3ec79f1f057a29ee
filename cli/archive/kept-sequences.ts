import { readFileSync } from 'node:fs'
import type { Sequence } from '../../conform/protocol/sequence.js'
import { isTranscript, readTranscript } from '../../conform/protocol/transcript.js'
import { complain, type Io } from '../terminal/io.js'
import { whyUnread } from '../trace-file.js'
import { keptTraces } from './kept.js'

/** The calls of the transcripts in a folder, to be tried first. What cannot be read is told, and left out. */
export function keptSequences(io: Io, folder: string): Sequence[] {
  return keptTraces(folder).flatMap((path) => {
    const read = readKept(path)
    if (typeof read !== 'string') return read
    complain(io, `${read}; it is not tried again`)
    return []
  })
}

/** @returns what is wrong with it; nothing for a file of another kind, as a trace of the model */
function readKept(path: string): Sequence[] | string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return `${path}: ${whyUnread(error)}`
  }
  if (!isTranscript(text)) return []
  const read = readTranscript(text, path)
  return read.ok ? [read.value.sequence] : read.message
}
