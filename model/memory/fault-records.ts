import { architectures } from '../machine/architectures/index.js'
import { FaultReason } from '../machine/effects.js'
import type { Machine } from '../machine/machine.js'
import type { State } from '../machine/state.js'
import type { UnitId } from '../machine/units.js'

/** Reasons of an access that an architecture keeps away; a machine without one need not ask what it is. */
const ofArchitecture = new Set<number>(Object.values(architectures).map(({ blockedReason }) => blockedReason))

/** Whether a rule keeps the unit from recording a fault. @param reason a `FaultReason` */
export function isSuppressed(m: Machine, reason: number): boolean {
  const { platform, event } = m
  if (platform.faultProcessingDisable) return true
  if (reason === FaultReason.NoContext && platform.faultWithoutDomain === 'unrecorded') return true
  if (ofArchitecture.has(reason) && !m.architecture.blockedIsRecorded) return true
  if (event.cached === 0 || (reason !== FaultReason.NoWrite && reason !== FaultReason.NoRead)) return false
  return platform.faultAfterRead === 'suppressed'
}

/** Records a fault, or sets the unit's overflow if no register is free. @returns 1: software can tell of a fault */
export function recordFault(m: Machine, s: State, unit: UnitId, what: number): number {
  if (s.faults.length === 0) return 1
  const registers = m.scope.faultRecords
  if (s.faults[unit] === registers || s.overflow[unit] === 1) s.overflow[unit] = 1
  else {
    if (s.faultRecord.length > 0) s.faultRecord[unit * registers + s.faults[unit]] = what
    s.faults[unit] += 1
  }
  return 1
}
