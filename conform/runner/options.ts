import type { EvidenceSets } from '../oracle/rule-evidence.js'
import type { InterfaceName } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { BesideName } from '../protocol/setting.js'
import type { Found, FoundAt, ReportSubject } from './report.js'

/**
 * What is asked, how long, and against which platforms.
 *
 * @example
 * const options: ConformOptions = { interface: 'page-table', runs: 1000, seed: 1, platforms: ['linux-6.12'] }
 */
export interface ConformOptions {
  readonly interface: InterfaceName | 'kvm'
  /** For `kvm`: the interface of the container of the same test; default: the first of `kvmBeside` that is offered. */
  readonly beside?: BesideName
  /** Platforms that the target may be; by default what its hello says, else `linux-7.2`. */
  readonly platforms?: readonly string[]
  /** Random sequences, at most. */
  readonly runs: number
  /** Seconds after which nothing new is sent. */
  readonly time?: number
  readonly seed: number
  /** Calls of a random sequence; 30 by default. */
  readonly length?: number
  /** Processes at a time. */
  readonly jobs?: number
  readonly saved?: readonly Sequence[]
  /** Collects the rules behind right replies. */
  readonly ruleEvidence?: EvidenceSets
  readonly onProgress?: (share: number) => void
  /** Called with the first divergence of each kind, before it is shrunk. */
  readonly onDivergence?: (when: FoundAt) => void
  /** Called with each kind of divergence once, as soon as it has been shrunk. */
  readonly onFound?: (found: Found, subject: ReportSubject) => void
  readonly isInterrupted?: () => boolean
}
