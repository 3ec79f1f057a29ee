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

/** Saves a divergence as a transcript, which can be replayed. @returns its path */
export function keepDivergence(
  divergence: Divergence,
  { target, platforms, observes }: ReportSubject,
  { what, seed, guest, folder }: KeepAs,
): Result<string> {
  const text = writeTranscript(divergence, {
    target,
    platforms: [...platforms],
    observes: [...observes],
    seed,
    why: seenText(divergence.seen),
    ...guest,
  })
  return saveArchived([target, what], text, folder, 'the transcript')
}
