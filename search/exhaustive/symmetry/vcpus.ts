import type { View } from '../../../base/arena.js'
import { Descriptor } from '../../../model/actions/vtd/queue/queue-state.js'
import type { Machine } from '../../../model/machine/machine.js'
import type { State } from '../../../model/machine/state.js'

/** A field of the state with so many elements in a row for each vCPU, or each device. */
export interface Column {
  readonly view: View
  readonly width: number
}

/** The fields that are there, as columns of `count` owners. */
export function columnsOf(views: readonly View[], count: number): Column[] {
  return views.filter(({ length }) => length > 0).map((view) => ({ view, width: view.length / count }))
}

/** @returns how two owners differ in the first of the columns in which they do: below, at or above 0 */
export function compareIn(columns: readonly Column[], a: number, b: number): number {
  for (let index = 0; index < columns.length; index += 1) {
    const { view, width } = columns[index]
    for (let at = 0; at < width; at += 1) {
      const difference = view[a * width + at] - view[b * width + at]
      if (difference !== 0) return difference
    }
  }
  return 0
}

/** Exchanges the parts of two vCPUs in each column. */
export function swapIn(columns: readonly Column[], a: number, b: number): void {
  for (let index = 0; index < columns.length; index += 1) {
    const { view, width } = columns[index]
    for (let at = 0; at < width; at += 1) {
      const kept = view[a * width + at]
      view[a * width + at] = view[b * width + at]
      view[b * width + at] = kept
    }
  }
}

/**
 * vCPUs are interchangeable: any of them may ask, and run, whatever another may. The exception is teardown, which
 * vCPU 0 runs. No vCPU runs a plan when it begins, and none but vCPU 0 does from then on, so that what vCPUs run is
 * left where it is, and only what they are in the guest (epoch, TLB, a fault under way) is exchanged.
 */
export class VcpuSymmetry {
  private readonly count: number
  /** What a vCPU's plan is doing. */
  private readonly plan: readonly Column[]
  /** What the vCPU is in the guest, which no plan of its own reads. */
  private readonly guest: readonly Column[]
  /** Whether the last `sort` exchanged vCPUs; of two vCPUs, the two. */
  isSwapped = false

  constructor(
    m: Machine,
    private readonly s: State,
  ) {
    this.count = m.scope.vcpus
    this.plan = columnsOf(
      [s.pc, s.phase, s.reg, s.armed, s.raced, s.waitError, s.batchBegun, s.byFault, s.noopFound, s.invalidating],
      this.count,
    )
    const guest = [s.epoch, s.vcpuTlb, s.vcpuTlbFrame, s.faultGfn, s.faultShared, s.faultStale, s.flushOwed]
    this.guest = columnsOf(guest, this.count)
  }

  /** Puts the vCPUs of the state in order. */
  sort(): void {
    const isClosed = this.s.closed[0] !== 0
    this.isSwapped = false
    for (let end = this.count - 1; end > 0; end -= 1) {
      for (let at = 0; at < end; at += 1) {
        if (isClosed) {
          if (compareIn(this.guest, at, at + 1) > 0) swapIn(this.guest, at, at + 1)
        } else if (this.compare(at, at + 1) > 0) {
          this.swap(at, at + 1)
          this.isSwapped = true
        }
      }
    }
  }

  private compare(a: number, b: number): number {
    return compareIn(this.plan, a, b) || compareIn(this.guest, a, b) || this.compareHeld(a, b)
  }

  /** Locks and places in the queues tell apart vCPUs that are alike otherwise; a drain belongs to a place. */
  private compareHeld(a: number, b: number): number {
    const { lock, queueKind, queueOwner } = this.s
    for (let at = 0; at < lock.length; at += 1) {
      if (lock[at] === a + 1) return 1
      if (lock[at] === b + 1) return -1
    }
    for (let slot = 0; slot < queueOwner.length; slot += 1) {
      if (queueKind[slot] === Descriptor.None) continue
      if (queueOwner[slot] === a) return 1
      if (queueOwner[slot] === b) return -1
    }
    return 0
  }

  /** Exchanges two vCPUs in all of the state. */
  swap(a: number, b: number): void {
    swapIn(this.guest, a, b)
    if (this.s.closed[0] !== 0) return
    swapIn(this.plan, a, b)
    const { lock, queueKind, queueOwner, dmaDrain } = this.s
    for (let at = 0; at < lock.length; at += 1) {
      if (lock[at] === a + 1) lock[at] = b + 1
      else if (lock[at] === b + 1) lock[at] = a + 1
    }
    for (let slot = 0; slot < queueOwner.length; slot += 1) {
      if (queueKind[slot] === Descriptor.None) continue
      if (queueOwner[slot] === a) queueOwner[slot] = b
      else if (queueOwner[slot] === b) queueOwner[slot] = a
    }
    for (let device = 0; device < dmaDrain.length; device += 1) {
      const differs = ((dmaDrain[device] >>> a) ^ (dmaDrain[device] >>> b)) & 1
      dmaDrain[device] ^= (differs << a) | (differs << b)
    }
  }

  /**
   * Makes sure that nothing of a plan is left with any vCPU when the container begins to be torn down.
   *
   * @throws Error if there is: then vCPU 0 is not like the others, and a search up to symmetry would be wrong
   */
  checkTeardown(): void {
    const { lock, queueKind, queueOwner, invalidating } = this.s
    const isLeft = (view: View) => view.some((value) => value !== 0)
    const isOwned = queueKind.some((kind, slot) => kind !== Descriptor.None && queueOwner[slot] < this.count)
    if (!isLeft(lock) && !isOwned && !isLeft(invalidating)) return
    throw new Error('a plan ended with a lock, a descriptor or an invalidation of its own: vCPUs are not alike')
  }
}
