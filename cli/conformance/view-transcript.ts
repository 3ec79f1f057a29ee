import { ok, type Result, refuse } from '../../base/result.js'
import type { ShownRun } from '../../view/data.js'
import { runsOfDivergence } from '../../view/runs-of-divergence.js'
import { checkedTranscript } from './checked-transcript.js'

/** The two sides of a saved transcript: what the model allows, and what the implementation replied. */
export function runsOfTranscript(text: string, file: string): Result<readonly ShownRun[]> {
  const checked = checkedTranscript(text, file)
  if (!checked.ok) return checked
  const { header, found, folded } = checked.value
  if (found === undefined) return refuse('the model allows every reply of it; there is no divergence to show')
  return ok(runsOfDivergence(header, found, folded))
}
