import { vtdFaultSoftwareClears } from '../../../spec/index.js'
import { architectures } from '../../machine/architectures/index.js'
import { FaultReason } from '../../machine/effects.js'
import type { Machine } from '../../machine/machine.js'
import type { State } from '../../machine/state.js'
import type { UnitId } from '../../machine/units.js'
import { unit } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('unit')

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

/** Software reads and clears what a unit has recorded of blocked DMA. */
export const vtdFaultRows = {
  'iommu.read-faults': environmentRow({
    says: 'Software reads and clears what a unit has recorded of blocked DMA.',
    actor: 'iommu',
    params: [unit],
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdFaultSoftwareClears],
    needs: { on: ({ parts }) => parts.faultCount, says: 'parts faultCount' },
    candidates: (_, s) => s.faults.length,
    choose: chooseFirst,
    possible: (_, s, a) => s.faults[a[arg.unit]] > 0 || s.overflow[a[arg.unit]] === 1,
    apply: (m, s, a) => {
      s.faults[a[arg.unit]] = 0
      s.overflow[a[arg.unit]] = 0
      const registers = m.scope.faultRecords
      if (s.faultRecord.length > 0) s.faultRecord.fill(0, a[arg.unit] * registers, (a[arg.unit] + 1) * registers)
    },
  }),
}
