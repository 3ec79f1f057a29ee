import { existsSync } from 'node:fs'
import type { Result } from '../base/result.js'
import {
  addRun,
  type EvidenceRun,
  type EvidenceSets,
  type RuleEvidence,
  readRuleEvidence,
} from '../conform/oracle/rule-evidence.js'
import type { Report } from '../conform/runner/report.js'
import { type Saved, saveText } from '../search/archive/save.js'

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
export function addRuleEvidence(path: string, { target, platforms }: Report, run: EvidenceRun): Saved {
  const before = evidenceBefore(path)
  if (!before.ok) return refuse(before.message)
  const all = addRun(before.value, { target, platform: platforms.join(', ') }, run)
  if (!all.ok) return refuse(`${path}: ${all.message}`)
  return saveText(`${JSON.stringify(all.value, null, 2)}\n`, path, 'the rules')
}

/** Why the file cannot be added to, told before the run that would be added. */
export function unreadableEvidence(path: string | undefined): string | undefined {
  const before = path === undefined ? undefined : evidenceBefore(path)
  return before?.ok === false ? `--rule-coverage: ${before.message}` : undefined
}

const evidenceBefore = (path: string): Result<RuleEvidence | undefined> =>
  existsSync(path) ? readRuleEvidence(path) : { ok: true, value: undefined }

const refuse = (message: string): Saved => ({ ok: false, message: `--rule-coverage: ${message}` })
