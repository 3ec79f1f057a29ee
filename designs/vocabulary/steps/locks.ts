import { lockNames } from '../../../model/machine/state.js'
import type { Step } from '../../../model/plan/plan.js'
import { act, constant } from './make.js'

// Locks that the surrounding design, or the call, takes.

type Lock = (typeof lockNames)[number]

function taking(row: 'lock.acquire' | 'lock.acquire-write', name: Lock): Step {
  const lock = lockNames.indexOf(name)
  return act(row, [constant(lock)], { lock })
}

/**
 * Takes a lock, or waits until it is free.
 *
 * @example
 * [steps.acquire('vm'), { call: 'set-private', on: ranges.chunk }, steps.release('vm')]
 */
export const acquire = (lock: Lock): Step => taking('lock.acquire', lock)
/**
 * Takes a lock for writing: it also waits until no other call is at work on an area without the lock, as maps of
 * iommufd are that write their entries at once.
 *
 * @example
 * { body: [steps.acquireWrite('container'), steps.attachMoving, steps.release('container')], undo: [] }
 */
export const acquireWrite = (lock: Lock): Step => taking('lock.acquire-write', lock)
/**
 * Releases a lock that the plan has taken.
 *
 * @example
 * steps.release('vm')
 */
export const release = (lock: Lock): Step => act('lock.release', [constant(lockNames.indexOf(lock))])
/**
 * Takes a lock of KVM, where only the secure EPT makes it matter.
 *
 * @example
 * [steps.acquireKvm('mmu'), steps.zapShared(ranges.given), steps.releaseKvm('mmu')]
 */
export const acquireKvm = (lock: Lock): Step => ({ ...acquire(lock), part: 'secureEpt' })
/**
 * Releases a lock of KVM, where only the secure EPT makes it matter.
 *
 * @example
 * steps.releaseKvm('mmu')
 */
export const releaseKvm = (lock: Lock): Step => ({ ...release(lock), part: 'secureEpt' })
