import { ok, onLine, type Result, refuse } from '../../base/result.js'
import { check, OracleCache } from '../../conform/oracle/check.js'
import { readTranscript } from '../../conform/protocol/transcript.js'
import type { ShownRun } from '../../view/data.js'
import { ModelCourse } from '../../view/model-course.js'
import { runsOfDivergence } from '../../view/runs-of-divergence.js'
import { recorded } from './replay-transcript.js'

/** The two sides of a saved transcript: what the model allows, and what the implementation replied. */
export function runsOfTranscript(text: string, file: string): Result<readonly ShownRun[]> {
  const read = readTranscript(text, file)
  if (!read.ok) return read
  const { header, sequence } = read.value
  const oracle = new OracleCache(header.platforms).open(sequence.setting)
  if (!oracle.ok) return refuse(oracle.problem.message, onLine(2))
  const heard = recorded(read.value)
  if (!heard.ok) return heard
  const { replies: answers, ...rest } = heard.value
  const course = new ModelCourse()
  const found = check(oracle.value, sequence, { answers, ...rest }, course.note)
  if (found === undefined) return refuse('the model allows every reply of it; there is no divergence to show')
  return ok(runsOfDivergence(header, found, course.folded()))
}
