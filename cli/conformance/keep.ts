import type { Result } from '../../base/result.js'
import type { Divergence } from '../../conform/oracle/check.js'
import type { LinuxGuest } from '../../conform/protocol/setting.js'
import { writeTranscript } from '../../conform/protocol/transcript.js'
import type { ReportSubject } from '../../conform/runner/report.js'
import { seenText } from '../../report/text/divergence.js'
import { saveArchived } from '../../search/archive/save.js'

export interface KeepAs {
  /** What was run, as a word of the file's name. */
  readonly what: string
  readonly seed: number
  /** Of the target `linux`. */
  readonly guest: LinuxGuest | undefined
  readonly folder: string
}

/** A divergence as a transcript, which can be replayed. */
export function divergenceTranscript(
  divergence: Divergence,
  { target, platforms, observes }: ReportSubject,
  { seed, guest }: Pick<KeepAs, 'seed' | 'guest'>,
): string {
  return writeTranscript(divergence, {
    target,
    platforms: [...platforms],
    observes: [...observes],
    seed,
    why: seenText(divergence.seen),
    ...guest,
  })
}

/** Saves a divergence as a transcript. @returns its path */
export const keepDivergence = (divergence: Divergence, subject: ReportSubject, as: KeepAs): Result<string> =>
  keepTranscript(divergenceTranscript(divergence, subject, as), subject, as)

/** Saves the text of a transcript. @returns its path */
export const keepTranscript = (
  text: string,
  { target }: Pick<ReportSubject, 'target'>,
  { what, folder }: Pick<KeepAs, 'what' | 'folder'>,
): Result<string> => saveArchived([target, what], text, folder, 'the transcript')
