import { ok, onLine, type Result, refused } from '../../base/result.js'
import { check, OracleCache } from '../../conform/oracle/check.js'
import type { Observation } from '../../conform/protocol/messages.js'
import { requestsOf } from '../../conform/protocol/sequence.js'
import type { Exchange, TargetFailure } from '../../conform/protocol/target.js'
import { readTranscript, type Transcript } from '../../conform/protocol/transcript.js'
import type { CheckedTranscript } from '../../export/transcript/checked.js'
import { ModelCourse } from '../../view/model-course.js'

/** Replies, and what the target had promised to observe. */
export interface Received extends Exchange {
  readonly promised: readonly Observation[]
}

/** What the file says that came: where replies end before the requests, it was failure. */
export function recorded({ sequence, answers: replies, header }: Transcript): Result<Received> {
  const { observes: promised, why } = header
  if (replies.length === requestsOf(sequence).length) return ok({ replies, promised })
  const failure: TargetFailure = { kind: 'died', message: `recorded: ${why}`, stderr: '' }
  return ok({ replies, promised, failure })
}

/** The replies of a saved transcript, checked against the model. @param file what the messages call it */
export function checkedTranscript(text: string, file: string): Result<CheckedTranscript & Pick<Transcript, 'header'>> {
  const read = readTranscript(text, file)
  if (!read.ok) return read
  const heard = recorded(read.value)
  return heard.ok ? checkReplies(read.value, heard.value) : heard
}

/** Replies to the requests of a transcript, recorded or asked again, checked against the model. */
export function checkReplies(
  { header, sequence }: Transcript,
  { replies, ...rest }: Received,
): Result<CheckedTranscript & Pick<Transcript, 'header'>> {
  const oracle = new OracleCache(header.platforms).open(sequence.setting)
  if (!oracle.ok) return refused({ ...oracle.problem, ...onLine(2) })
  const course = new ModelCourse()
  const found = check(oracle.value, sequence, { answers: replies, ...rest }, course.note)
  return ok({ header, sequence, replies, found, folded: course.folded() })
}
