import { kindIndex } from '../../../model/actions/relation.js'
import type { Machine, Operand } from '../../../model/machine/machine.js'
import { Phase, type State } from '../../../model/machine/state.js'
import type { VcpuId } from '../../../model/machine/units.js'
import { guarded, isTrap } from './guarded.js'
import { blank, isHeld } from './others.js'

const acquire = kindIndex('lock.acquire')

/** What no vCPU begins while the plan of another runs: the host's first plan, and its last. */
const alone: readonly string[] = ['boot', 'teardown']
/** What a vCPU begins only on a machine with raw calls. */
const raw: readonly string[] = ['map', 'unmap']

/**
 * Which vCPUs have to wait for a lock that the plan of another holds. What a plan reads is not declared, so that a vCPU
 * which could take the next step of its plan, or begin one that does not take such a lock first, might depend on any.
 */
export class WaitingVcpus {
  /** The lock that the instruction takes, by its place in the program; -1 for none. */
  private readonly takes: Int8Array
  /** Locks of which every plan that a vCPU can begin takes one first: -1, where one takes none. */
  private readonly first: readonly number[]

  constructor(m: Machine, s: State) {
    this.takes = Int8Array.from(m.program.code, ({ kind, args }) => (kind === acquire ? constant(m, s, args[0]) : -1))
    const entries = Object.entries(m.program.entry).filter(
      ([name, at]) => at >= 0 && !alone.includes(name) && (m.scope.calls || !raw.includes(name)),
    )
    this.first = entries.map(([, at]) => this.takes[at])
  }

  /** @param held locks that the plan of this vCPU holds, as bits */
  allButOne(s: State, vcpu: VcpuId, held: number): boolean {
    for (let other = 0; other < s.phase.length; other += 1)
      if (other !== vcpu && !this.waits(s, other, held)) return false
    return true
  }

  private waits(s: State, vcpu: VcpuId, held: number): boolean {
    if (s.phase[vcpu] === Phase.Running) return isHeld(held, this.takes[s.pc[vcpu]])
    return this.first.every((lock) => isHeld(held, lock))
  }
}

/** The value of an operand that reads nothing of the state; -1 for another. */
function constant(m: Machine, s: State, operand: Operand | undefined): number {
  try {
    return operand?.(m, guarded(m, s, blank(s).fill(255)), 0) ?? -1
  } catch (error) {
    if (isTrap(error)) return -1
    throw error
  }
}
