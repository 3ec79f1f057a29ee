import type { Rule } from '../../../spec/index.js'
import type { Platform } from '../platform/table.js'

/** One part in the protection of guest memory: what an architecture does there, in a sentence, and by which rules. */
export interface Role {
  readonly says: string
  readonly rules: readonly [Rule, ...Rule[]]
}

/** Fields of the platform that say how memory is protected. */
export type ProtectionField =
  | 'dmaToPrivate'
  | 'poisonConsumer'
  | 'privateGpaInput'
  | 'iovaShared'
  | 'ownerCheck'
  | 'identityMap'

/** All that the model knows of one architecture. Nothing has a default: what leaves a role out does not compile. */
export interface Architecture {
  readonly title: string
  /** What keeps a device that the guest does not trust away from private memory, and where that is checked. */
  readonly protects: Role
  /** What becomes of an access that is kept away. */
  readonly blocked: Role
  /** Who flushes what before a page changes hands. */
  readonly handOver: Role
  /** Which sizes are coupled: of the entry that translates, and of the record of who owns memory. */
  readonly sizes: Role
  /** Who is trusted with the record, and which devices. */
  readonly trusted: Role
  /** Whether an access of the host's CPU to private memory ends the host; else it faults, and has no effect. */
  readonly hostAccessIsFatal: boolean
  /** Whether the unit that keeps such an access away records it. */
  readonly blockedIsRecorded: boolean
  /** The fault reason of such an access, where it is a fault (`FaultReason`). */
  readonly blockedReason: number
  /**
   * What holds the private pages of the guest: a table of the module, the TSM, the RMM or the hypervisor, or the record
   * of owners.
   */
  readonly guestTable: 'secure-ept' | 'rmp' | 'tsm' | 'rtt' | 'stage-2'
  /** Which table translates the DMA of a device that the guest trusts; none where such devices are not modelled. */
  readonly trustedTable: 'none' | 'secure-ept' | 'host' | 'rtt' | 'g-stage'
  /**
   * The values that each of these fields may have. A preset of another architecture takes the first, where it has none
   * of them.
   */
  readonly allows: { readonly [Name in ProtectionField]: readonly [Platform[Name], ...Platform[Name][]] }
}
