import { existsSync } from 'node:fs'
import { ok, type Result, within } from '../../base/result.js'
import {
  addRunEvidence,
  type EvidenceRun,
  type EvidenceSets,
  type RuleEvidence,
  readRuleEvidence,
} from '../../conform/oracle/rule-evidence.js'
import type { Report } from '../../conform/runner/report.js'
import { saveText } from '../../search/archive/save.js'

const option = '--rule-coverage'

/** What a run of `conform` adds to the file of `--rule-coverage`. @param on the interface that the user asked for */
export function evidenceOf(
  { interface: asked, sequences, calls }: Report,
  seed: number,
  { decisive, exercised }: EvidenceSets,
  on: string,
): EvidenceRun {
  const name = on === 'kvm' ? `kvm beside ${asked}` : on
  return { interface: name, seed, sequences, calls, decisive: [...decisive].sort(), exercised: [...exercised].sort() }
}

/** Adds a run to the file, which need not exist yet; a file of another target or an unwritable one is a message. */
export function addRuleEvidence(path: string, { target, platforms }: Report, run: EvidenceRun): Result<string> {
  const before = evidenceBefore(path)
  if (!before.ok) return before
  const all = addRunEvidence(before.value, { target, platform: platforms.join(', ') }, run)
  if (!all.ok) return within(`${option}: ${path}`, all.problem)
  return saveText(`${JSON.stringify(all.value, null, 2)}\n`, path, 'the rules')
}

/** What the file has so far. That it cannot be read is told before the run that would be added. */
export function evidenceBefore(path: string): Result<RuleEvidence | undefined> {
  if (!existsSync(path)) return ok(undefined)
  const before = readRuleEvidence(path)
  return before.ok ? before : within(option, before.problem)
}
