import type { Machine } from '../machine/machine.js'

/**
 * The classes of fair scheduling (strong fairness), in the order in which a fair round serves them: a class that is
 * enabled infinitely often takes a step. Each vCPU, each unit's queue, each device's DMA in flight and each domain's
 * late flush is a class of its own, named by the first parameter of its actions; so is the second half of a fault, by
 * its vCPU. All short references are one. The liveness of conversions counts on each: a plan that deletes a memory slot
 * waits for the second half of faults.
 */
export const fairnessClasses = ['unit', 'device', 'vcpu', 'domain', 'fault', 'reference'] as const
export type FairnessClass = (typeof fairnessClasses)[number]

/** Where a code has the vCPU, unit, device or domain that its class belongs to. */
export const ownerAt = 1

/** How an action is owed. */
export interface Owed {
  readonly owedBy: FairnessClass
  /**
   * Another action of the class that is possible wherever this one is, and also ends what is owed; undefined for that
   * other action. A fair round takes that one.
   */
  readonly insteadOf: string | undefined
  /** Whether a litmus test takes the step by itself, or only where a thread has it. */
  readonly inLitmus: 'by itself' | 'as written'
}

/** What is never owed: `free` may happen at any time; `chosen` is begun by an actor who might do otherwise. */
export type Unowed = 'free' | 'chosen'

/** How many a machine has of what a class belongs to. */
export function classSize(m: Machine, owedBy: FairnessClass): number {
  switch (owedBy) {
    case 'unit':
      return m.scope.units
    case 'device':
      return m.scope.devices
    case 'domain':
      return m.domains
    case 'reference':
      return m.scope.references > 0 ? 1 : 0
    case 'fault':
      return m.parts.secureEpt ? m.scope.vcpus : 0
    default:
      return m.scope.vcpus
  }
}

/** The class that owes an action; undefined if it is never owed. */
export const owedBy = (fairness: Owed | Unowed): FairnessClass | undefined =>
  typeof fairness === 'string' ? undefined : fairness.owedBy

/** Whether a fair round takes the action: it is owed, and not another way to do what a fair round does anyway. */
export const isInRound = (fairness: Owed | Unowed): boolean =>
  typeof fairness !== 'string' && fairness.insteadOf === undefined
