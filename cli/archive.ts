import { ok, problemText } from '../base/result.js'
import type { Sequence } from '../conform/protocol/sequence.js'
import { isTranscript, readTranscript } from '../conform/protocol/transcript.js'
import { type Archive, type Archived, loadArchive } from '../search/archive/load.js'
import type { SavedVerdict } from '../search/archive/save.js'
import { writeTrace } from '../search/trace.js'
import { complain, type Io } from './terminal/io.js'

/** The calls of the transcripts in a folder, to be tried first. What cannot be read is reported, and left out. */
export const archivedSequences = (io: Io, folder: string): Sequence[] =>
  readable(
    io,
    loadArchive(folder, (text, path) => {
      if (!isTranscript(text)) return undefined
      const read = readTranscript(text, path)
      return read.ok ? ok(read.value.sequence) : read
    }),
  ).map(({ value }) => value)

/** The readable files of an archive. Prints a message on stderr for each file that could not be read. */
export function readable<T>(io: Io, { entries, unreadable }: Archive<T>): readonly Archived<T>[] {
  for (const message of unreadable) complain(io, `${message}; it is not tried again`)
  return entries
}

/**
 * Complains once that counterexamples could not be saved, and prints those that were not.
 *
 * @param print where to; undefined if the output shows them in full
 * @returns whether one could not be saved
 */
export function complainUnsaved(io: Io, judged: readonly SavedVerdict[], print?: (text: string) => void): boolean {
  const messages = judged.flatMap(({ saved }) => (saved?.ok === false ? [problemText(saved.problem)] : []))
  const [message] = messages
  if (message === undefined) return false
  const others = messages.length === 1 ? '' : ` (and ${messages.length - 1} more)`
  complain(io, `${message}${others}; nothing is lost: in full ${print === undefined ? 'above' : 'below'}`)
  for (const { verdict, saved } of judged) {
    if (saved?.ok === false && verdict.trace !== undefined) print?.(writeTrace(verdict.trace))
  }
  return true
}
